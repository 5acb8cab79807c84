"""What merging users needs: the ends of chains of merges, and two columns that are not recorded."""

from django.db import migrations, models

# NULL for a chain that goes in a circle, which no operation may leave.
PRIMARY = """
CREATE FUNCTION rollbook_primary_of(bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
  WITH RECURSIVE chain(id, merged_into_id) AS (
    SELECT u.id, u.merged_into_id FROM rollbook_user u WHERE u.id = $1
    UNION SELECT u.id, u.merged_into_id FROM rollbook_user u JOIN chain c ON u.id = c.merged_into_id
  ) SELECT id FROM chain WHERE merged_into_id IS NULL
$$
"""


class Migration(migrations.Migration):

    dependencies = [
        ('rollbook', '0006_enrolment_whole'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='session_salt',
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='user',
            name='merge_told',
            field=models.BooleanField(db_default=True, default=True, editable=False, help_text="the Primary's learner knows of this merge"),
        ),
        migrations.RunSQL(PRIMARY, "DROP FUNCTION rollbook_primary_of(bigint)"),
    ]
