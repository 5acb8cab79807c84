"""An operation may wait for a second person, and its record says who approved it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('rollbook', '0013_identifier_lower'),
    ]

    operations = [
        migrations.AddField(
            model_name='operationjob',
            name='decided_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='operationjob',
            name='decider',
            field=models.CharField(default='', help_text='who approved or rejected it, as in actor', max_length=200),
        ),
        migrations.AddField(
            model_name='operationjob',
            name='decider_name',
            field=models.CharField(default='', max_length=401),
        ),
        migrations.AddField(
            model_name='operationjob',
            name='holds',
            field=models.JSONField(default=list, help_text='why a second person must approve it'),
        ),
        migrations.AddField(
            model_name='operationrecord',
            name='approver',
            field=models.CharField(db_default='', default='', help_text='the second person where it needed one, as in actor', max_length=200),
        ),
        migrations.AddField(
            model_name='operationrecord',
            name='approver_name',
            field=models.CharField(db_default='', default='', max_length=401),
        ),
        migrations.AlterField(
            model_name='operationjob',
            name='actor',
            field=models.CharField(default='', help_text='user:<id>, api:<name> or cli:<account>', max_length=200),
        ),
        migrations.AlterField(
            model_name='operationjob',
            name='message',
            field=models.TextField(blank=True, help_text='why it failed or was rejected, and what to do'),
        ),
        migrations.AlterField(
            model_name='operationjob',
            name='state',
            field=models.CharField(choices=[('held', 'Held'), ('waiting', 'Waiting'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed'), ('rejected', 'Rejected')], default='waiting', max_length=8),
        ),
    ]
