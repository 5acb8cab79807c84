"""What stands against a row of a file: each rule is one query over `rollbook_import_now` (see `checking.py`).

A query gives (row_id, code, field, other, text): `code` names the sentence in `wording.py`, `other` is the user it
speaks of, `text` what it quotes. The rules are those of a form (`people/profile_checks.py`), said of all rows at once.
"""

from collections.abc import Iterator, Mapping

from rollbook.ledger.actor import Actor
from rollbook.people.access import grantable_levels
from rollbook.people.importing.as_dates import DATE, MARKED, PERHAPS_DATE
from rollbook.people.importing.as_written import DIGITS_LOST, UNSEEN, has_other_letters, plain
from rollbook.people.importing.columns import ATTRIBUTE, EMAIL, ID, LOCATION, Field
from rollbook.people.importing.models import ImportFile
from rollbook.people.importing.sql import (
    Fragment,
    attribute_of,
    literal,
    reached_locations,
    reached_users,
    table_of,
)
from rollbook.people.importing.terms import Terms
from rollbook.people.models import AccessLevel, UserAttribute

NOBODY = "NULL::bigint"
NO_TEXT = "NULL::text"
# The width of IDs that begin with a zero, by attribute, in the register and in the column itself.
WIDTHS = """
SELECT max(length(value)) FROM (
  (SELECT value FROM {table} WHERE attribute_id = %s AND value ~ '^0[0-9]+$' LIMIT 10000)
  UNION ALL SELECT {given} FROM rollbook_import_now n WHERE {given} ~ '^0[0-9]+$') x
"""


def rules_for(
    file: ImportFile, terms: Terms, fields: Mapping[str, Field], columns: Mapping[str, str], acting: Actor
) -> Iterator[Fragment]:
    """Return the queries of what refuses a row."""
    yield from _whom(file, terms, acting)
    yield from _twice(file, fields, columns)
    if EMAIL in columns:
        yield from _email(columns[EMAIL])
    for key, field in fields.items():
        if field.attribute and field.attribute.key:
            yield from _identifier(key, attribute_of(field), columns, acting)
        if field.is_id:
            yield _zeros_lost(key, attribute_of(field), columns)
            given = f"n.{columns[key]}"
            date = f"{_new_text(field, given)} AND {given} ~ {literal(DATE)}"
            yield _rule("as_date", date, field=key, text=given), ()
            lost = f"{given} ~ {literal(DIGITS_LOST)} AND {_new(field, given)}"
            yield _rule("digits_lost", lost, field=key, text=given), ()
            yield from _seen_otherwise(key, field, given)
    yield from _required(terms, fields, columns)
    yield from _places(terms, columns, acting)


def warnings_for(
    file: ImportFile, fields: Mapping[str, Field], columns: Mapping[str, str]
) -> Iterator[Fragment]:
    """Return the queries of what makes one doubt a row that can be taken."""
    for key, field in fields.items():
        if field.is_id:
            given = f"n.{columns[key]}"
            width = WIDTHS.format(given=given, table=table_of(attribute_of(field)))
            short = f"{given} ~ '^[1-9][0-9]*$' AND length({given}) < w.max"
            padded = f"lpad({given}, w.max, '0')"
            rule = _rule("short", short, field=key, text=padded, tables=f"CROSS JOIN ({width}) w")
            yield rule, (attribute_of(field).pk,)
            date = f"{_new_text(field, given)} AND {given} ~* {literal(PERHAPS_DATE)} AND {given} !~ {literal(DATE)}"
            yield _rule("perhaps_date", date, field=key, text=given), ()


def _rule(
    code: str, where: str, *, field: str = "", other: str = NOBODY, text: str = NO_TEXT, tables: str = ""
) -> str:
    return (
        f"SELECT n.row_id, '{code}' AS code, {literal(field)} AS field, {other} AS other, {text} AS text "
        f"FROM rollbook_import_now n {tables} WHERE {where}"
    )


def _whom(file: ImportFile, terms: Terms, acting: Actor) -> Iterator[Fragment]:
    row = "JOIN rollbook_import_row r ON r.id = n.row_id"
    user = "JOIN rollbook_user u ON u.id = n.user_id"
    yield _rule("no_key", "n.key = '' AND cardinality(r.problems) = 0", field=file.by, tables=row), ()
    yield (
        _rule("ambiguous", "n.found > 1", field=file.by, text="'#' || array_to_string(n.candidates, ', #')"),
        (),
    )
    if not terms.creates or file.by == ID:
        yield _rule("nobody", "n.found = 0 AND n.key <> ''", field=file.by, text="n.key"), ()
    merged = "u.merged_into_id IS NOT NULL"
    yield _rule("merged", merged, field=file.by, other="rollbook_primary_of(u.id)", tables=user), ()
    yield (
        _rule("inactive", "u.status = 'inactive' AND u.merged_into_id IS NULL", other="u.id", tables=user),
        (),
    )
    reach, params = reached_users(acting)
    beyond = f"n.user_id IS NOT NULL AND NOT EXISTS (SELECT FROM ({reach}) x(id) WHERE x.id = n.user_id)"
    yield _rule("beyond", beyond, other="n.user_id"), params


def _twice(file: ImportFile, fields: Mapping[str, Field], columns: Mapping[str, str]) -> Iterator[Fragment]:
    """Refuse every row of several that mean one user, or give one value: which of them is right cannot be told."""
    # Two of a user's IDs mean one user, as do those of an account that was merged into another.
    whom = "coalesce(n.user_id::text, 'new ' || nullif(n.key, ''))"
    yield _repeated("same_user", whom, file.by), ()
    unique = [
        key for key, field in fields.items() if key != file.by and field.attribute and field.attribute.key
    ]
    for key in unique:
        yield _repeated("same_value", f"n.{columns[key]}", key), ()
    if EMAIL in columns and file.by != EMAIL:
        yield _repeated("same_value", f"lower(n.{columns[EMAIL]})", EMAIL), ()
    if EMAIL in columns:
        for key, field in fields.items():
            if field.attribute and field.attribute.key:
                mine, its = f"lower(n.{columns[key]})", f"lower(o.{columns[EMAIL]})"
                yield (
                    _rule(
                        "email_of_row",
                        "o.row_id <> n.row_id",
                        field=key,
                        text="o.number::text",
                        tables=f"JOIN rollbook_import_now o ON {its} = {mine} AND {its} <> ''",
                    ),
                    (),
                )


def _repeated(code: str, value: str, field: str) -> str:
    return (
        f"SELECT row_id, '{code}' AS code, {literal(field)} AS field, {NOBODY} AS other, "
        "(CASE WHEN number = first THEN last ELSE first END)::text AS text FROM (SELECT n.row_id, n.number, "
        f"min(n.number) OVER same AS first, max(n.number) OVER same AS last FROM rollbook_import_now n "
        f"WHERE {value} <> '' WINDOW same AS (PARTITION BY {value})) x WHERE first <> last"
    )


def _email(given: str) -> Iterator[Fragment]:
    new = f"n.{given} <> '' AND (n.changes ? '{EMAIL}')"
    other = "IS DISTINCT FROM n.user_id"
    user = f"JOIN rollbook_user o ON lower(o.email) = lower(n.{given}) AND o.email <> '' AND o.id {other}"
    yield _rule("taken", new, field=EMAIL, other="o.id", text=f"n.{given}", tables=user), ()
    # As typed, and as it is compared: one after the other, so that each can be joined by its hash.
    for value in (f"n.{given}", f"lower(n.{given})"):
        held = f"JOIN rollbook_identifier o ON o.value = {value} AND o.user_id {other}"
        yield _rule("identifies", new, field=EMAIL, other="o.user_id", text=f"n.{given}", tables=held), ()


def _identifier(
    key: str, attribute: UserAttribute, columns: Mapping[str, str], acting: Actor
) -> Iterator[Fragment]:
    given = f"n.{columns[key]}"
    new = f"{given} <> '' AND (n.changes ? {literal(key)})"
    other = "IS DISTINCT FROM n.user_id"
    held = f"JOIN rollbook_identifier o ON o.value = {given} AND o.user_id {other}"
    mine = f"{held} AND o.attribute_id = {int(attribute.pk)}"
    yield _rule("taken", new, field=key, other="o.user_id", text=given, tables=mine), ()
    user = f"JOIN rollbook_user o ON lower(o.email) = lower({given}) AND o.email <> '' AND o.id {other}"
    yield _rule("email_of", new, field=key, other="o.id", text=given, tables=user), ()
    # An ambiguous identifier signs nobody in: who may not change a user may not lock that user out.
    levels = sorted({AccessLevel.LEARNER.value, *(level.value for level in grantable_levels(acting))})
    staff = f"{held} AND o.attribute_id <> {int(attribute.pk)} JOIN rollbook_user u ON u.id = o.user_id"
    yield (
        _rule(
            "signs_in",
            f"{new} AND u.access_level <> ALL(%s)",
            field=key,
            other="u.id",
            text=given,
            tables=staff,
        ),
        (levels,),
    )
    several = (
        f"JOIN LATERAL (SELECT array_agg(v.value ORDER BY v.id) AS v FROM rollbook_identifier v WHERE "
        f"v.user_id = n.user_id AND v.attribute_id = {int(attribute.pk)}) x ON cardinality(x.v) > 1"
    )
    yield (
        _rule(
            "several",
            f"n.changes ? {literal(key)}",
            field=key,
            other="n.user_id",
            text="array_to_string(x.v, ', ')",
            tables=several,
        ),
        (),
    )


def _zeros_lost(key: str, attribute: UserAttribute, columns: Mapping[str, str]) -> Fragment:
    """Refuse 123 where somebody has 00123: it would otherwise be somebody new."""
    given, table = f"n.{columns[key]}", table_of(attribute)
    zeros = (
        f"JOIN ({WIDTHS.format(given=given, table=table)}) w ON length({given}) < w.max JOIN {table} o "
        f"ON o.value = lpad({given}, w.max, '0') AND o.attribute_id = {int(attribute.pk)}"
    )
    lost = f"{given} ~ '^[1-9][0-9]*$' AND (n.user_id IS NULL OR n.changes ? {literal(key)})"
    rule = _rule("zeros_lost", lost, field=key, other="o.user_id", text="o.value", tables=zeros)
    return rule, (attribute.pk,)


def _seen_otherwise(key: str, field: Field, given: str) -> Iterator[Fragment]:
    """Refuse what looks like another ID and would be somebody new: with unseen or full-width characters."""
    new = f"{has_other_letters(given)} AND {_new(field, given)}"
    yield _rule("unseen", f"{new} AND {given} ~ '{UNSEEN}'", field=key, text=plain(given)), ()
    attribute = attribute_of(field)
    held = (
        f"JOIN {table_of(attribute)} o ON o.value = {plain(given)} AND o.attribute_id = {int(attribute.pk)}"
    )
    wide = f"{new} AND {given} !~ '{UNSEEN}'"
    yield _rule("wide", wide, field=key, other="o.user_id", text="o.value", tables=held), ()


def _new_text(field: Field, given: str) -> str:
    """Return the condition that a value is a text with marks which the register does not have."""
    if attribute_of(field).kind in {UserAttribute.Kind.DATE, UserAttribute.Kind.CHOICE}:
        return "false"
    return f"{given} ~ {literal(MARKED)} AND {_new(field, given)}"


def _new(field: Field, given: str) -> str:
    """Return the condition that the register does not have a value: what it has is an ID, whatever it looks like."""
    attribute = attribute_of(field)
    held = f"SELECT FROM {table_of(attribute)} o WHERE o.value = {given} AND o.attribute_id = {int(attribute.pk)}"
    return f"NOT EXISTS ({held})"


def _required(terms: Terms, fields: Mapping[str, Field], columns: Mapping[str, str]) -> Iterator[Fragment]:
    for key in ("first_name", *(f"{ATTRIBUTE}{code}" for code in _required_codes())):
        given = f"n.{columns[key]}" if key in columns else NO_TEXT
        if terms.creates:
            yield (
                _rule(
                    "required",
                    f"n.found = 0 AND coalesce({given}, '') = ''{_as_sent(key, columns)}",
                    field=key,
                ),
                (),
            )
        if terms.empty_clears:
            yield _rule("required", f"n.found = 1 AND {given} = ''", field=key), ()


def _as_sent(key: str, columns: Mapping[str, str]) -> str:
    """Return the condition that nothing was refused about the cell itself, which is then not merely empty."""
    if key not in columns:
        return ""
    return (
        " AND NOT EXISTS (SELECT FROM rollbook_import_row r WHERE r.id = n.row_id "
        f"AND cardinality(r.problems) > 0 AND NOT r.given ? {literal(key)})"
    )


def _required_codes() -> list[str]:
    return list(UserAttribute.objects.filter(required=True).values_list("code", flat=True))


def _places(terms: Terms, columns: Mapping[str, str], acting: Actor) -> Iterator[Fragment]:
    if LOCATION in columns:
        given = f"n.{columns[LOCATION]}"
        place = f"JOIN rollbook_import_place p ON p.text = {given}"
        yield _rule("no_place", "p.found = 0", field=LOCATION, text=given, tables=place), ()
        yield _rule("places", "p.found > 1 AND p.id IS NULL", field=LOCATION, text=given, tables=place), ()
        no_place = f"coalesce({given}, '') = ''{_as_sent(LOCATION, columns)}"
    else:
        no_place = "true"
    if terms.creates:
        yield _rule("required", f"n.found = 0 AND n.place_id IS NULL AND {no_place}", field=LOCATION), ()
    reach, params = reached_locations(acting)
    text = f"n.{columns[LOCATION]}" if LOCATION in columns else NO_TEXT
    beyond = (
        f"(n.changes ? '{LOCATION}') AND NOT EXISTS (SELECT FROM ({reach}) x(id) WHERE x.id = n.place_id)"
    )
    yield _rule("no_place", beyond, field=LOCATION, text=text), params
