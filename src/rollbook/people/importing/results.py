"""What became of a file's rows: counts, rows with reasons, and tables to send back. For pages and commands alike."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from rollbook.common.text import counted
from rollbook.ledger.actor import Actor
from rollbook.people.importing.columns import EMAIL, ID, Field, linking
from rollbook.people.importing.models import ImportFile, ImportRow
from rollbook.people.importing.wording import Words

BATCH = 500
REASON = "Why it was refused"
State = ImportRow.State


@dataclass(frozen=True)
class Counts:
    """How many rows are in each state."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0

    def __str__(self) -> str:
        """Return "12 rows: 9 created, 3 refused"."""
        each = [f"{number:,} {state}" for state in State.values if (number := getattr(self, state))]
        return f"{counted(self.rows, 'row')}{': ' if each else ''}{', '.join(each)}"

    @property
    def rows(self) -> int:
        """Return how many rows there are."""
        return self.created + self.updated + self.unchanged + self.refused


@dataclass(frozen=True)
class Result:
    """One row in words: `changes` are (label, before, after), none of refused rows and of users beyond the scope."""

    number: int
    state: str
    user_id: int | None
    cells: list[str]
    changes: list[tuple[str, str, str]]
    reasons: list[str]
    warnings: list[str]


def counts_of(file: ImportFile) -> Counts:
    """Return how many rows of a checked file are in each state."""
    found = ImportRow.objects.filter(file=file).exclude(state="").values_list("state").annotate(Count("id"))
    return Counts(**dict(found))


def results(rows: Iterable[ImportRow], acting: Actor) -> list[Result]:
    """Return rows in words: a page of them, not all of a large file."""
    found, words = list(rows), Words(acting)
    known = words.known(found)
    told = zip(found, words.changes(found), words.reasons(found), words.warnings(found), strict=True)
    return [
        Result(
            number=row.number,
            state=row.state,
            user_id=row.user_id if row.user_id in known else None,
            cells=row.cells,
            changes=changes if row.user_id in known and row.state != State.REFUSED else [],
            reasons=reasons,
            warnings=warnings,
        )
        for row, changes, reasons, warnings in told
    ]


def doubtful(file: ImportFile) -> "QuerySet[ImportRow]":
    """Return the rows that can be taken and about which something is said."""
    return (
        ImportRow.objects.filter(file=file)
        .exclude(warnings=[])
        .exclude(state=State.REFUSED)
        .order_by("number")
    )


def in_state(file: ImportFile, state: str) -> "QuerySet[ImportRow]":
    """Return the rows in a state, in the order of the file."""
    return ImportRow.objects.filter(file=file, state=state).order_by("number")


def refused_table(file: ImportFile, acting: Actor) -> tuple[list[str], Iterator[list[str]]]:
    """Return headings and rows of what was refused, as it was sent, with a reason each: to correct and send again."""
    names = [name for name, _ in file.columns]

    def rows() -> Iterator[list[str]]:
        words, after = Words(acting), 0
        while batch := list(in_state(file, State.REFUSED).filter(number__gt=after)[:BATCH]):
            for row, reasons in zip(batch, words.reasons(batch), strict=True):
                cells = [*row.cells, *[""] * (len(names) - len(row.cells))]
                yield [*cells, " ".join(reasons)]
            after = batch[-1].number

    return [*names, *([] if REASON in names else [REASON])], (
        (row if REASON not in names else _replaced(row, names.index(REASON))) for row in rows()
    )


def template(fields: dict[str, Field], kind: str) -> list[str]:
    """Return the names of the columns of an empty file to fill in.

    Without the ID: whoever is to be created has none, and by an empty one nobody is found. To link, what finds a user
    and what is set.
    """
    if kind == ImportFile.Kind.LINK:
        _, to_set = linking(list(fields), fields)
        return [fields[EMAIL].label, *([fields[to_set].label] if to_set else [])]
    return [field.label for key, field in fields.items() if key != ID]


def _replaced(row: list[str], position: int) -> list[str]:
    """Put the new reason where the one of the last time stood."""
    *cells, reason = row
    cells[position] = reason
    return cells
