"""Trigram search, accents folded away, and no compiling of small queries."""

from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations

# `unaccent` is only STABLE because its dictionary could be changed; an index needs IMMUTABLE.
# The schema is written out, or restoring a dump (which empties search_path) fails.
FOLD = """
DO $do$
DECLARE s text := (SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
                   WHERE e.extname = 'unaccent');
BEGIN
  EXECUTE format($f$
    CREATE FUNCTION rollbook_fold(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    AS $$ SELECT lower(%s.unaccent('%s.unaccent', $1)) $$ $f$, s, s);
END $do$
"""

# Pages ask many small questions whose costs PostgreSQL overestimates: compiling them takes longer than answering.
NO_JIT = """
DO $do$ BEGIN EXECUTE format('ALTER DATABASE %I SET jit = off', current_database()); END $do$
"""


class Migration(migrations.Migration):
    """Runs before any table: generated columns and indexes use these."""

    dependencies = []

    operations = [
        TrigramExtension(),
        UnaccentExtension(),
        migrations.RunSQL(FOLD, "DROP FUNCTION rollbook_fold(text)"),
        migrations.RunSQL(NO_JIT, migrations.RunSQL.noop),
    ]
