"""Bringing a file's rows into the database by COPY, each cell read once; memory stays flat."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone
from psycopg.types.json import Jsonb

from rollbook.common.sheets.bad_file import BadFile
from rollbook.common.sheets.table import Row, opened
from rollbook.common.text import one_line
from rollbook.ledger.actor import Actor
from rollbook.ledger.jobs import wanted_by_jobs
from rollbook.ledger.writer import LARGE
from rollbook.people.importing.cells import reader_of
from rollbook.people.importing.columns import EMAIL, Field, finding, guessed, importable, linking
from rollbook.people.importing.models import ImportFile, ImportRow, Upload

CHUNK = 5_000
# Rows that are read back from the database at a time, however long.
PAGE = 500
# Where rows are long, fewer are held at a time.
CHUNK_CHARACTERS = 2_000_000
KEPT = timedelta(days=7)
COPY = (
    "COPY rollbook_import_row (file_id, number, cells, given, key, problems, state, changes, reasons, warnings) "
    "FROM STDIN"
)
TYPES = ("int8", "int4", "text[]", "jsonb", "text", "text[]", "text", "jsonb", "jsonb", "jsonb")


@dataclass(frozen=True)
class Choice:
    """What a person says of a file's columns; what is not said is guessed from their names.

    `columns` maps the name of a column to a field, or to an empty text where it is left alone. `by` is the field that
    says whom a row means. `to_set` is the Username attribute that linking sets.
    """

    columns: dict[str, str]
    by: str = ""
    to_set: str = ""


Told = Callable[[int], None]


def _nobody(rows: int) -> None:
    """Tell nobody how many rows were read."""


def stage(
    path: Path,
    kind: str,
    *,
    acting: Actor,
    choice: Choice | None,
    name: str = "",
    told: Told = _nobody,
) -> ImportFile:
    """Read a file whole, and keep its rows. Raises BadFile, also for columns of which nothing can be made.

    Without a `choice` the columns are what their names say, and `by` is empty where that is not enough: somebody is
    asked before rows are checked. `told` is told how many rows were read.
    """
    with transaction.atomic(), opened(path) as table:
        fields = importable()
        try:
            chosen, by = _columns(table.columns, kind, choice or Choice({}), fields)
        except BadFile:
            if choice is not None:
                raise
            chosen, by = guessed(table.columns, fields), ""
        file = ImportFile.objects.create(
            kind=kind,
            name=one_line(name or path.name)[:200],
            how=table.how,
            columns=list(zip(table.columns, chosen, strict=True)),
            by=by,
            actor=acting.key,
        )
        _copy(file, table.rows, fields, told)
    return file


def check_choice(file: ImportFile, choice: Choice) -> None:
    """Raise BadFile for a choice by which nothing can be made of a file's columns."""
    _columns([name for name, _ in file.columns], file.kind, choice, importable())


def with_columns(old: ImportFile, choice: Choice) -> ImportFile:
    """Return a new file of the same rows whose columns mean something else; the rows of the old one go.

    They are kept no longer for that. The same file where they mean what is chosen already.
    """
    with transaction.atomic():
        fields = importable()
        chosen, by = _columns([name for name, _ in old.columns], old.kind, choice, fields)
        if (chosen, by) == ([key for _, key in old.columns], old.by):
            return old
        file = ImportFile.objects.create(
            kind=old.kind,
            name=old.name,
            how=old.how,
            columns=[(name, key) for (name, _), key in zip(old.columns, chosen, strict=True)],
            by=by,
            actor=old.actor,
            created_at=old.created_at,
        )
        _copy(file, _staged(old), fields, _nobody)
        discard(old)
    return file


def discard(file: ImportFile) -> None:
    """Remove a file's rows; what it was stays known."""
    rows = ImportRow.objects.filter(file=file)
    rows._raw_delete(rows.db)  # noqa: SLF001  # what Django's own fast deletes use


def purge() -> None:
    """Remove what was sent, and the rows that nobody took over in time and that no job still waits to take."""
    Upload.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
    late = ImportFile.objects.filter(created_at__lt=timezone.now() - KEPT, importrow__isnull=False)
    for file in late.exclude(pk__in=wanted_by_jobs("file_id")).distinct():
        discard(file)


def _columns(
    names: Sequence[str], kind: str, choice: Choice, fields: dict[str, Field]
) -> tuple[list[str], str]:
    """Return the field of each column, and the one that finds users."""
    for name, key in choice.columns.items():
        if name not in names:
            raise BadFile(f"There is no column “{name}”. The columns are: {', '.join(names)}.")
        if key and key not in fields:
            raise BadFile(f"There is no field “{key}”. Choose one of: {', '.join(fields)}.")
    said = set(choice.columns.values())
    chosen = [
        choice.columns.get(name, guess if guess not in said else "")
        for name, guess in zip(names, guessed(names, fields), strict=True)
    ]
    if twice := next((key for key in chosen if key and chosen.count(key) > 1), ""):
        raise BadFile(
            f"Two columns are taken for “{fields[twice].label}”. Say of one of them that it is left alone."
        )
    if kind == ImportFile.Kind.IMPORT:
        return chosen, _finder(choice.by or finding(chosen, fields), chosen, fields)
    by, to_set = linking(chosen, fields)
    by, to_set = choice.by or by, choice.to_set or to_set
    if not to_set or to_set not in chosen or not (attribute := fields[to_set].attribute) or not attribute.key:
        raise BadFile(
            "No column is taken for a Username attribute that could be set. Say which column it is; "
            f"Username attributes are: {_labels(f for f in fields.values() if f.attribute and f.attribute.key)}."
        )
    if by == to_set:
        raise BadFile(
            f"“{fields[by].label}” cannot both find the user and be set. Choose another column for one of them."
        )
    _finder(by, chosen, fields)
    return [key if key in {by, to_set} else "" for key in chosen], by


def _finder(by: str, chosen: Sequence[str], fields: dict[str, Field]) -> str:
    if by in chosen and by in fields and fields[by].finds:
        return by
    raise BadFile(
        "No column says whom a row means. Name one of them after what users are found by, or say which it is: "
        f"{_labels(field for field in fields.values() if field.finds)}."
    )


def _labels(fields: Iterable[Field]) -> str:
    return ", ".join(field.label for field in fields)


def chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """Return rows some at a time, of which memory holds no more than a few megabytes, and one row."""
    chunk: list[Row] = []
    characters = 0
    for row in rows:
        chunk.append(row)
        characters += sum(map(len, row[1]))
        if len(chunk) >= CHUNK or characters >= CHUNK_CHARACTERS:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk


def _copy(file: ImportFile, rows: Iterator[Row], fields: dict[str, Field], told: Told) -> None:
    readers = [
        (position, key, reader_of(fields[key])) for position, (_, key) in enumerate(file.columns) if key
    ]
    number = 0
    for chunk in chunks(rows):
        number += len(chunk)
        with connection.cursor() as cursor, cursor.copy(COPY) as copy:
            copy.set_types(TYPES)
            for row_number, cells in chunk:
                given: dict[str, str] = {}
                problems: list[str] = []
                for position, key, read in readers:
                    if position >= len(cells):
                        continue
                    cell = cells[position]
                    value, problem = read(cell) if cell.strip() else ("", None)
                    if problem:
                        problems.append(problem)
                    else:
                        given[key] = value
                key = given.get(file.by, "")
                if file.by == EMAIL:
                    key = key.lower()
                copy.write_row(
                    (
                        file.pk,
                        row_number,
                        cells,
                        Jsonb(given),
                        key,
                        problems,
                        "",
                        Jsonb({}),
                        Jsonb([]),
                        Jsonb([]),
                    )
                )
        told(number)
    file.rows = number
    file.save(update_fields=["rows"])
    if number > LARGE:
        # Until PostgreSQL has looked at them by itself, it takes them for few and reads the register row by row.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE rollbook_import_row")


def _staged(file: ImportFile) -> Iterator[Row]:
    after = 0
    while rows := list(
        ImportRow.objects.filter(file=file, number__gt=after)
        .order_by("number")
        .values_list("number", "cells")[:PAGE]
    ):
        yield from rows
        after = rows[-1][0]
