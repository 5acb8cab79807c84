from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("rollbook", "0016_uploads"),
    ]

    operations = [
        # The numbers still come from a sequence. What replicates the table needs a unique index to name rows by.
        migrations.RunSQL(
            "ALTER TABLE rollbook_change DROP CONSTRAINT rollbook_change_pkey;"
            "ALTER TABLE rollbook_change REPLICA IDENTITY USING INDEX change_once;",
            "ALTER TABLE rollbook_change ADD CONSTRAINT rollbook_change_pkey PRIMARY KEY (id);"
            "ALTER TABLE rollbook_change REPLICA IDENTITY DEFAULT;",
        ),
    ]
