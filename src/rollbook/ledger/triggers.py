"""What the database itself does: record every change, and refuse a write that no operation stands behind.

Installed after every migration from the models, so that a new table has its triggers by itself.
"""

from django.db import connection
from django.db.backends.utils import CursorWrapper

from rollbook.ledger.models import Change, OperationRecord, OperationSubject
from rollbook.ledger.recorded import RegisterModel
from rollbook.ledger.tables import captured_columns, recorded_models, uncaptured_columns

# The setting is local to a transaction, and the operation must have been begun in that very transaction:
# a value left over in a pooled connection, or typed by hand, opens nothing. The search path is fixed, with temporary
# tables last: a temporary table that is called rollbook_operation would open everything.
CURRENT_OPERATION = """
CREATE OR REPLACE FUNCTION rollbook_current_operation() RETURNS bigint LANGUAGE sql STABLE
  SET search_path = {schema}, pg_temp AS $$
  SELECT id FROM rollbook_operation
  WHERE id = nullif(current_setting('rollbook.operation', true), '')::bigint
    AND xid = (pg_current_xact_id()::text)::bigint
$$
"""

GUARD = """
CREATE OR REPLACE FUNCTION rollbook_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = {schema}, pg_temp AS $$
BEGIN
  IF TG_OP = 'TRUNCATE' OR rollbook_current_operation() IS NULL THEN
    RAISE EXCEPTION 'The table "%" belongs to the register: % is refused outside an operation.', TG_TABLE_NAME, TG_OP
      USING ERRCODE = 'insufficient_privilege',
            HINT = 'Change it in the console, by "rollbook" on the command line, or through the API.';
  END IF;
  RETURN NULL;
END $$
"""

# The record tells rows by their ids: of one that got another id nothing would be recorded.
KEEP_ID = """
CREATE OR REPLACE FUNCTION rollbook_keep_id() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'The id of a row in "%" never changes: the record tells rows by it.', TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege', HINT = 'Create another row, and remove this one.';
END $$
"""

APPEND_ONLY = """
CREATE OR REPLACE FUNCTION rollbook_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' AND pg_trigger_depth() > 1 THEN RETURN NULL; END IF;
  RAISE EXCEPTION 'The history in "%" is written by the register alone and never changed.', TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege', HINT = 'To take an operation back, undo it: that is a new operation.';
END $$
"""

# What was not foreseen of a row: the statement that meets it is taken back and made again. See CAPTURE.
UNFORESEEN = """
CREATE OR REPLACE FUNCTION rollbook_unforeseen() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'A column was changed that the first rows did not show.' USING ERRCODE = 'RB001';
END $$
"""

# For an update, only the columns are recorded that the statement changed in any row: finding them first and
# writing two small objects a row costs less than writing whole rows. Of very many rows the first show them, since
# joining a million old rows with the new ones twice is a twentieth of the whole; each of the others is checked.
CAPTURE = """
CREATE OR REPLACE FUNCTION rollbook_capture() RETURNS trigger LANGUAGE plpgsql SET search_path = {schema}, pg_temp AS $$
DECLARE
  operation bigint := rollbook_current_operation();
  step smallint := nullif(current_setting('rollbook.step', true), '')::smallint;
  uncaptured text[] := TG_ARGV[0]::text[];
  first_rows CONSTANT int := 1000;
  columns text[];
  changed text[];
  look text;
  many boolean;
BEGIN
  IF operation IS NULL THEN RETURN NULL; END IF;
  IF TG_OP = 'INSERT' THEN
    INSERT INTO rollbook_change (operation_id, step, "table", row_id, kind, after)
    SELECT operation, step, TG_TABLE_NAME, n.id, 'create', to_jsonb(n) - uncaptured FROM new_rows n;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO rollbook_change (operation_id, step, "table", row_id, kind, before)
    SELECT operation, step, TG_TABLE_NAME, o.id, 'remove', to_jsonb(o) - uncaptured FROM old_rows o;
  ELSE
    SELECT array_agg(attname::text ORDER BY attnum) INTO columns FROM pg_attribute
    WHERE attrelid = TG_RELID AND attnum > 0 AND NOT attisdropped AND attname <> 'id' AND attname <> ALL (uncaptured);
    SELECT 'SELECT array_remove(ARRAY[' || string_agg(
             format('CASE WHEN bool_or(o.%1$I IS DISTINCT FROM n.%1$I) THEN %1$L END', c), ', ')
           || '], NULL) FROM (SELECT * FROM old_rows LIMIT $1) o JOIN (SELECT * FROM new_rows LIMIT $1) n USING (id)'
    INTO look FROM unnest(columns) c;
    EXECUTE look INTO changed USING first_rows;
    many := (SELECT count(*) > first_rows FROM (SELECT FROM new_rows LIMIT first_rows + 1) n);
    IF many THEN
      BEGIN
        IF cardinality(changed) > 0 THEN
          EXECUTE rollbook_capture_sql(columns, changed, many) USING operation, step, TG_TABLE_NAME;
          RETURN NULL;
        END IF;
      EXCEPTION WHEN SQLSTATE 'RB001' THEN NULL;
      END;
      EXECUTE look INTO changed USING NULL::int;
    END IF;
    IF cardinality(changed) > 0 THEN
      EXECUTE rollbook_capture_sql(columns, changed, many) USING operation, step, TG_TABLE_NAME;
    END IF;
  END IF;
  RETURN NULL;
END $$
"""

# The statement that records what was changed of the columns, and stops where another one was changed too. Of many rows
# those that have the values that most of the first have share their JSON: what was set back has the same everywhere,
# and comparing bytes takes a sixth of the time of making JSON. Where few do, as with bookmarks, no row is compared.
CAPTURE_SQL = """
CREATE OR REPLACE FUNCTION rollbook_capture_sql(columns text[], changed text[], many boolean) RETURNS text
  LANGUAGE sql STABLE AS $$
  WITH made AS (
    SELECT side, 'ROW(' || string_agg(format('%s.%I', side, c), ', ') || ')' AS row,
           'jsonb_build_object(' || string_agg(format('%1$L, %2$s.%1$I', c, side), ', ') || ')' AS json
    FROM unnest(changed) c, unnest(ARRAY['o', 'n']) side GROUP BY side
  ), usual AS (
    SELECT string_agg(format('%s AS MATERIALIZED (SELECT %s AS row, %s AS json, count(*) > 100 AS often
                              FROM (SELECT * FROM %s LIMIT 1000) %s GROUP BY 1, 2 ORDER BY count(*) DESC LIMIT 1)',
                             'usual_' || side, row, json, CASE side WHEN 'o' THEN 'old_rows' ELSE 'new_rows' END, side),
                      ', ') AS ctes
    FROM made
  ), recorded AS (
    SELECT side, CASE WHEN many THEN format('CASE WHEN (SELECT often FROM usual_%1$s)
                                                    AND record_image_eq(%2$s, (SELECT row FROM usual_%1$s))
                                               THEN (SELECT json FROM usual_%1$s) ELSE %3$s END', side, row, json)
                 ELSE json END AS json FROM made
  ), differing AS (
    SELECT string_agg(differs, ' OR ') FILTER (WHERE c = ANY (changed)) AS foreseen,
           coalesce(string_agg(differs, ' OR ') FILTER (WHERE c <> ALL (changed)), 'false') AS unforeseen
    FROM (SELECT c, format('o.%1$I IS DISTINCT FROM n.%1$I', c) AS differs FROM unnest(columns) c) s
  )
  SELECT format(
    '%s INSERT INTO rollbook_change (operation_id, step, "table", row_id, kind, before, after)
     SELECT $1, $2, $3, n.id, ''update'', %s, %s FROM old_rows o JOIN new_rows n USING (id)
     WHERE CASE WHEN %s THEN rollbook_unforeseen() ELSE %s END',
    CASE WHEN many THEN 'WITH ' || ctes END, o.json, n.json, unforeseen, foreseen)
  FROM recorded o, recorded n, usual, differing WHERE o.side = 'o' AND n.side = 'n'
$$
"""

CAPTURED_EVENTS = {
    "insert": "REFERENCING NEW TABLE AS new_rows",
    "update": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "REFERENCING OLD TABLE AS old_rows",
}


def install() -> None:
    """Create or replace the functions and every table's triggers. Changes nothing that is already so."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_schema())")
        (schema,) = cursor.fetchone()
        for function in (CURRENT_OPERATION, GUARD, KEEP_ID, APPEND_ONLY, UNFORESEEN, CAPTURE_SQL, CAPTURE):
            cursor.execute(function.replace("{schema}", schema))
        for sql in trigger_statements():
            cursor.execute(sql)


def trigger_statements() -> list[str]:
    """Return one CREATE OR REPLACE TRIGGER for each trigger that must exist."""
    statements = []
    for model in recorded_models():
        table = _quote(model._meta.db_table)
        uncaptured = "'{" + ",".join(uncaptured_columns(model)) + "}'"
        for event, referencing in CAPTURED_EVENTS.items():
            statements.append(
                f"CREATE OR REPLACE TRIGGER rollbook_capture_{event} AFTER {event.upper()} ON {table} {referencing} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION rollbook_capture({uncaptured})"
            )
        statements.append(
            f"CREATE OR REPLACE TRIGGER rollbook_keep_id BEFORE UPDATE OF id ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION rollbook_keep_id()"
        )
        if issubclass(model, RegisterModel):
            columns = ", ".join(map(_quote, captured_columns(model)))
            statements.append(
                f"CREATE OR REPLACE TRIGGER rollbook_guard BEFORE INSERT OR DELETE OR TRUNCATE OR UPDATE OF {columns} "
                f"ON {table} FOR EACH STATEMENT EXECUTE FUNCTION rollbook_guard()"
            )
    for log, events in (
        (Change, "INSERT OR UPDATE OR DELETE OR TRUNCATE"),
        (OperationRecord, "UPDATE OR DELETE OR TRUNCATE"),
        (OperationSubject, "UPDATE OR DELETE OR TRUNCATE"),
    ):
        statements.append(
            f"CREATE OR REPLACE TRIGGER rollbook_append_only BEFORE {events} ON {_quote(log._meta.db_table)} "
            "FOR EACH STATEMENT EXECUTE FUNCTION rollbook_append_only()"
        )
    return statements


def missing_triggers(cursor: CursorWrapper) -> list[str]:
    """Return "table: trigger" for each trigger that should exist and does not, or is switched off."""
    wanted = {
        (sql.split(" ON ")[1].split()[0].strip('"'), sql.split("TRIGGER ")[1].split()[0])
        for sql in trigger_statements()
    }
    cursor.execute(
        "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE t.tgname LIKE 'rollbook%%' AND t.tgenabled IN ('O', 'A')"
    )
    return sorted(f"{table}: {trigger}" for table, trigger in wanted - set(cursor.fetchall()))


def _quote(name: str) -> str:
    return connection.ops.quote_name(name)
