"""The tree of locations as functions, and the attributes that every register has."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

BELOW = """
CREATE FUNCTION rollbook_locations_below(bigint[]) RETURNS SETOF bigint LANGUAGE sql STABLE ROWS 100 AS $$
  WITH RECURSIVE below(id) AS (
    SELECT unnest($1)
    UNION SELECT l.id FROM rollbook_location l JOIN below b ON l.parent_id = b.id
  ) SELECT id FROM below
$$;
CREATE FUNCTION rollbook_locations_managed(bigint) RETURNS SETOF bigint LANGUAGE sql STABLE ROWS 100 AS $$
  SELECT rollbook_locations_below(ARRAY(SELECT location_id FROM rollbook_managed_location WHERE user_id = $1))
$$
"""
DROP = "DROP FUNCTION rollbook_locations_managed(bigint); DROP FUNCTION rollbook_locations_below(bigint[])"


def create_system_attributes(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Give the register its username (with the key) and its employee ID."""
    attributes = apps.get_model("rollbook", "UserAttribute").objects
    attributes.create(code="username", label="Username", system=True, key=True, position=10)
    attributes.create(code="employee_id", label="Employee ID", system=True, key=False, position=20)


class Migration(migrations.Migration):
    """Runs before the triggers are installed, so that the first attributes need no operation."""

    dependencies = [("rollbook", "0002_initial")]

    operations = [
        migrations.RunSQL(BELOW, DROP),
        migrations.RunPython(create_system_attributes, migrations.RunPython.noop),
    ]
