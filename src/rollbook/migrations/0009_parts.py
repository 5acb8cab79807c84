"""An operation may be applied as a part of another, and is undone by itself or together with it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('rollbook', '0008_attempts_not_passed'),
    ]

    operations = [
        migrations.AddField(
            model_name='operationrecord',
            name='part_of',
            field=models.ForeignKey(db_index=False, help_text='the operation that applied it together with others; that one has no changes of its own', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='rollbook.operationrecord'),
        ),
        migrations.AddIndex(
            model_name='operationrecord',
            index=models.Index(condition=models.Q(('part_of__isnull', False)), fields=['part_of'], name='operation_part_of'),
        ),
    ]
