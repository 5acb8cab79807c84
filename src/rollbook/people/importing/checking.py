"""What would become of each row of a file: asked of the register for all rows at once.

The rows are joined with the register in a table that lasts for the transaction; each rule (`rules.py`) is one query
over it that names the rows against which something stands. What is found is kept with the rows, so that pages,
downloads and the plan read one answer, and is written only where it differs from what was kept.
"""

from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction

from rollbook.ledger.actor import Actor
from rollbook.ledger.recording import take_memory
from rollbook.ledger.writer import LARGE
from rollbook.people.importing.columns import EMAIL, ID, LOCATION, NOTIFY, Field, importable
from rollbook.people.importing.models import ImportFile
from rollbook.people.importing.rules import rules_for, warnings_for
from rollbook.people.importing.sql import Fragment, attribute_of, literal, quoted, seen_users, table_of
from rollbook.people.importing.terms import Terms

OF_USER = ("first_name", "last_name", EMAIL)
NOTHING = "'{}'::jsonb"
# Every location by its path, also from further down: "North / Oak" and "Oak" are both Oak.
PLACES = """
CREATE TEMP TABLE rollbook_import_place ON COMMIT DROP AS
WITH RECURSIVE tree(id, path) AS (
  SELECT id, name::text FROM rollbook_location WHERE parent_id IS NULL
  UNION ALL SELECT l.id, tree.path || ' / ' || l.name FROM rollbook_location l JOIN tree ON l.parent_id = tree.id
), asked AS (
  SELECT DISTINCT given->>'location' AS text FROM rollbook_import_row WHERE file_id = %s AND given->>'location' <> ''
)
SELECT a.text, CASE WHEN count(*) FILTER (WHERE t.path = a.text) = 1 THEN min(t.id) FILTER (WHERE t.path = a.text)
                    WHEN count(t.id) = 1 THEN min(t.id) END AS id, count(t.id) AS found
FROM asked a LEFT JOIN tree t ON t.path = a.text OR right(t.path, length(a.text) + 3) = ' / ' || a.text
                              OR '#' || t.id = a.text
GROUP BY a.text
"""
STATE = """
CASE WHEN p.reasons IS NOT NULL OR cardinality(r.problems) > 0 THEN 'refused'
     WHEN n.user_id IS NULL THEN 'created' WHEN n.changes <> '{}' THEN 'updated' ELSE 'unchanged' END
"""
# The number of a user who is to be created is taken once, so that all effects of a plan speak of the same one.
KEEP = (
    """
WITH found AS (
  SELECT n.row_id, n.user_id, """
    + STATE
    + """ AS state, n.changes, coalesce(p.reasons, '[]') AS reasons,
         coalesce(w.reasons, '[]') AS warnings
  FROM rollbook_import_now n JOIN rollbook_import_row r ON r.id = n.row_id
  LEFT JOIN (SELECT row_id, jsonb_agg(jsonb_build_array(code, field, other, text) ORDER BY position) AS reasons
             FROM rollbook_import_problem WHERE NOT is_warning GROUP BY row_id) p USING (row_id)
  LEFT JOIN (SELECT row_id, jsonb_agg(jsonb_build_array(code, field, other, text) ORDER BY position) AS reasons
             FROM rollbook_import_problem WHERE is_warning GROUP BY row_id) w USING (row_id)
)
UPDATE rollbook_import_row r SET state = f.state, changes = f.changes, reasons = f.reasons, warnings = f.warnings,
  user_id = CASE WHEN f.state <> 'created' THEN f.user_id WHEN r.state = 'created' THEN r.user_id
                 ELSE nextval(pg_get_serial_sequence('rollbook_user', 'id')) END
FROM found f WHERE r.id = f.row_id
  AND ((r.state, r.changes, r.reasons, r.warnings) IS DISTINCT FROM (f.state, f.changes, f.reasons, f.warnings)
       OR (f.state <> 'created' AND r.user_id IS DISTINCT FROM f.user_id))
"""
)


def check(file: ImportFile, terms: Terms, acting: Actor) -> None:
    """Find out what would become of each row, and keep it."""
    fields = {key: field for key, field in importable().items() if key in file.fields}
    # A column whose attribute was removed since is left alone.
    columns = {key: quoted(f"f{position}") for position, key in enumerate(fields)}
    with transaction.atomic(), connection.cursor() as cursor:
        if file.rows > LARGE:
            take_memory()
        for table in ("place", "now", "problem"):
            cursor.execute(f"DROP TABLE IF EXISTS pg_temp.rollbook_import_{table}")
        cursor.execute(PLACES, [file.pk])
        cursor.execute(*_now(file, terms, fields, columns, acting))
        cursor.execute("ANALYZE rollbook_import_now")
        cursor.execute(
            "CREATE TEMP TABLE rollbook_import_problem (position int GENERATED ALWAYS AS IDENTITY, row_id bigint, "
            "code text, field text, other bigint, text text, is_warning boolean) ON COMMIT DROP"
        )
        for is_warning, rules in (
            (False, rules_for(file, terms, fields, columns, acting)),
            (True, warnings_for(file, fields, columns)),
        ):
            for sql, params in rules:
                cursor.execute(
                    "INSERT INTO rollbook_import_problem (row_id, code, field, other, text, is_warning) "
                    f"SELECT s.row_id, s.code, s.field, s.other, s.text, {is_warning} FROM ({sql}) s",
                    params,
                )
        cursor.execute("ANALYZE rollbook_import_problem")
        cursor.execute(KEEP)
        file.checked = terms.kept(acting)
        file.save(update_fields=["checked"])


def _now(
    file: ImportFile, terms: Terms, fields: Mapping[str, Field], columns: Mapping[str, str], acting: Actor
) -> Fragment:
    """Return the rows with whom they mean, one column for each field (NULL: leave alone), and what would change."""
    empty = "{}" if terms.empty_clears else "nullif({}, '')"
    values = [(f"{empty.format('r.given->>%s')} AS {columns[key]}", key) for key in fields]
    who, who_params = _who(file.by, fields, acting)
    place = (
        "coalesce(pl.id, CASE WHEN m.found = 0 THEN %s::bigint END)"
        if LOCATION not in columns
        else (
            f"CASE WHEN coalesce(r.given->>'{LOCATION}', '') <> '' THEN pl.id WHEN m.found = 0 THEN %s::bigint END"
        )
    )
    # To link, one column only finds the user: an e-mail address in capitals is not to become the user's.
    brought = {key: field for key, field in fields.items() if terms.creates or key != file.by}
    changes, change_params = _changes(brought, columns)
    sql = f"""
CREATE TEMP TABLE rollbook_import_now ON COMMIT DROP AS
WITH met AS (
  SELECT r.id AS row_id, min(w.user_id) AS user_id, count(w.user_id) AS found,
         (array_agg(w.user_id ORDER BY w.user_id))[1:3] AS candidates
  FROM rollbook_import_row r LEFT JOIN LATERAL ({who}) w ON r.key <> '' WHERE r.file_id = %s GROUP BY r.id
), flat AS (
  SELECT r.id AS row_id, r.number, r.key, CASE WHEN m.found = 1 THEN m.user_id END AS user_id, m.found, m.candidates,
         {place} AS place_id{"".join(f", {sql}" for sql, _ in values)}
  FROM rollbook_import_row r JOIN met m ON m.row_id = r.id
  LEFT JOIN rollbook_import_place pl ON pl.text = r.given->>'{LOCATION}'
  WHERE r.file_id = %s
)
SELECT t.*, {changes} AS changes FROM flat t LEFT JOIN rollbook_user u ON u.id = t.user_id
"""
    return sql, (
        *who_params,
        file.pk,
        terms.location_id,
        *(key for _, key in values),
        file.pk,
        *change_params,
    )


def _who(by: str, fields: Mapping[str, Field], acting: Actor) -> Fragment:
    """Return a query of the users whom `r.key` means.

    Nobody tries numbers one by one to learn which of them are users elsewhere.
    """
    if by == ID:
        seen, params = seen_users(acting)
        means = "SELECT x.id AS user_id FROM rollbook_user x WHERE x.id = nullif(r.key, '')::bigint"
        return f"{means} AND EXISTS (SELECT FROM ({seen}) s(id) WHERE s.id = x.id)", params
    if by == EMAIL:
        return (
            "SELECT x.id AS user_id FROM rollbook_user x WHERE lower(x.email) = r.key AND x.email <> ''",
            (),
        )
    attribute = attribute_of(fields[by])
    return (
        f"SELECT x.user_id FROM {table_of(attribute)} x WHERE x.attribute_id = %s AND x.value = r.key",
        (attribute.pk,),
    )


def _changes(fields: Mapping[str, Field], columns: Mapping[str, str]) -> Fragment:
    """Return {field: [before, after]} as SQL over `t` and `u`; before is null for a user who is to be created."""
    parts: list[str] = []
    params: list[Any] = []
    for key, field in fields.items():
        given = f"t.{columns[key]}"
        if key in OF_USER:
            before, after = f"u.{quoted(key)}", given
        elif key == NOTIFY:
            before, after = "u.send_notifications::text", f"nullif({given}, '')"
        elif field.attribute:
            attribute = field.attribute
            parts.append(
                f"(SELECT CASE WHEN {given} IS NULL OR {given} = ANY(x.v) OR {given} = '' AND x.v IS NULL "
                f"THEN {NOTHING} ELSE jsonb_build_object(%s::text, jsonb_build_array(array_to_string(x.v, ', '), {given})) END "
                f"FROM (SELECT array_agg(v.value ORDER BY v.id) AS v FROM {table_of(attribute)} v "
                "WHERE v.user_id = t.user_id AND v.attribute_id = %s) x)"
            )
            params += [key, attribute.pk]
            continue
        else:
            continue  # the ID finds users and is never set; locations are below
        parts.append(_change(literal(key), before, after))
    parts.append(_change(f"'{LOCATION}'", "u.location_id", "t.place_id"))
    return " || ".join(parts), tuple(params)


def _change(key: str, before: str, after: str) -> str:
    differs = f"{after} IS NULL OR {after} IS NOT DISTINCT FROM {before}"
    return f"CASE WHEN {differs} THEN {NOTHING} ELSE jsonb_build_object({key}, jsonb_build_array({before}, {after})) END"
