"""Pairs of a Primary and a duplicate, as a spreadsheet names them: whom each means, and what stands against it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from rollbook.common.sheet_in import Row, UnreadableSheet, rows_of, text_of
from rollbook.common.text import listed
from rollbook.ledger.actor import Actor
from rollbook.people.models import PrimaryOf, User
from rollbook.people.pasted import users_called
from rollbook.people.selection import NOT_THERE

COLUMNS = ("Primary", "Duplicate")
MOST_PAIRS = 10_000
MOST_BYTES = 2_000_000
SHORTENED = re.compile(r"\d([.,]\d+)?E\+\d+", re.IGNORECASE)


@dataclass(frozen=True)
class Pair:
    """One row: the number it has in the spreadsheet, and what stands in its two cells ("" for nothing)."""

    row: int
    primary: str
    duplicate: str

    def __str__(self) -> str:
        return f"row {self.row}: {self.duplicate or 'nobody'} → {self.primary or 'nobody'}"


class Outcome(StrEnum):
    """What becomes of a row."""

    MERGE = "merge"
    REFUSED = "refused"
    NOTHING = "nothing to do"


@dataclass(frozen=True)
class Resolved:
    """A pair with the users whom it means (None: nobody, or not one), what becomes of it, and why."""

    pair: Pair
    primary: User | None = None
    duplicate: User | None = None
    outcome: Outcome = Outcome.MERGE
    why: str = ""

    def __str__(self) -> str:
        """Return "Bea Brown (00124) → Ben Baker (00123)", with what stands in the file where nobody is meant."""
        sides = ((self.duplicate, self.pair.duplicate), (self.primary, self.pair.primary))
        return " → ".join(f"{user.full_name} ({cell})" if user else cell or "nobody" for user, cell in sides)

    def but(self, outcome: Outcome, why: str) -> "Resolved":
        """Return the same pair with another outcome."""
        return replace(self, outcome=outcome, why=why)


@dataclass(frozen=True)
class Known:
    """What the register says of the users who are named."""

    called: dict[str, set[int]]
    users: dict[int, User]
    # The Primary of those who were merged; those into whom somebody was.
    led_to: dict[int, int | None]
    joined: set[int]


def pairs_of_file(content: bytes) -> tuple[Pair, ...]:
    """Return the pairs of a CSV file. Raises UnreadableSheet, with a sentence for people."""
    return pairs_in(text_of(content, most_bytes=MOST_BYTES))


def pairs_in(text: str) -> tuple[Pair, ...]:
    """Return the pairs of a CSV text, with or without a row of headings; without, the Primary comes first.

    Raises UnreadableSheet, with a sentence for people.
    """
    rows = rows_of(text, most_rows=MOST_PAIRS + 1)
    places = _headings(rows[0]) if rows else None
    pairs = tuple(_pair(row, places or (0, 1)) for row in (rows[1:] if places else rows))
    if not pairs:
        raise UnreadableSheet("The file names nobody. Give a Primary and a duplicate in each row.")
    if len(pairs) > MOST_PAIRS:
        raise UnreadableSheet(f"These are more than {MOST_PAIRS:,} rows, which is the most at one time.")
    return pairs


def _headings(row: Row) -> tuple[int, int] | None:
    cells = [cell.casefold() for cell in row[1]]
    places = [[i for i, cell in enumerate(cells) if name.casefold() in cell.split()] for name in COLUMNS]
    if not any(places):
        return None
    for name, found in zip(COLUMNS, places, strict=True):
        if len(found) != 1:
            number = "no" if not found else "more than one"
            raise UnreadableSheet(
                f"Row {row[0]} holds headings, but {number} column is called “{name}”. "
                "Call one column “Primary” and one “Duplicate”, or leave the headings out."
            )
    return places[0][0], places[1][0]


def _pair(row: Row, places: tuple[int, int]) -> Pair:
    number, cells = row
    primary, duplicate = (cells[place] if place < len(cells) else "" for place in places)
    return Pair(number, primary, duplicate)


def resolved(pairs: Sequence[Pair], acting: Actor) -> list[Resolved]:
    """Return each pair with whom it means among those whom the actor reaches, and what stands against it by itself.

    Six queries whatever the number of pairs.
    """
    reached = acting.reach(User.objects.order_by())
    names = {name for pair in pairs for name in (pair.primary, pair.duplicate) if name}
    called = users_called(sorted(names), reached, bare_numbers=False)
    ids = {next(iter(meant)) for meant in called.values() if len(meant) == 1}
    known = Known(
        called,
        User.objects.select_related("merged_into").in_bulk(ids),
        dict(User.objects.filter(pk__in=ids, merged_into__isnull=False).values_list("pk", PrimaryOf("pk"))),
        set(User.objects.filter(pk__in=ids, duplicates__isnull=False).values_list("pk", flat=True)),
    )
    found = []
    first: dict[tuple[int, int], Resolved] = {}
    for pair in pairs:
        one = _one(pair, known)
        if one.primary and one.duplicate and one.outcome == Outcome.MERGE:
            ids_of_pair = (one.primary.pk, one.duplicate.pk)
            if ids_of_pair in first:
                one = one.but(Outcome.NOTHING, f"the same as row {first[ids_of_pair].pair.row}")
            first.setdefault(ids_of_pair, one)
        found.append(one)
    return found


def _one(pair: Pair, known: Known) -> Resolved:
    one = Resolved(pair)
    for cell, name in ((pair.primary, "Primary"), (pair.duplicate, "duplicate")):
        if problem := _unclear(cell, name, known.called):
            return one.but(Outcome.REFUSED, problem)
    primary, duplicate = (
        known.users[next(iter(known.called[name]))] for name in (pair.primary, pair.duplicate)
    )
    one = Resolved(pair, primary, duplicate)
    if primary == duplicate:
        if primary.pk in known.joined and pair.primary != pair.duplicate:
            return one.but(Outcome.NOTHING, f"both lead to {primary} already")
        return one.but(Outcome.REFUSED, f"both are {primary}: nobody is merged into the same account")
    if known.led_to.get(duplicate.pk) == primary.pk:
        return one.but(Outcome.NOTHING, f"{duplicate} was merged into {primary} already")
    return one


def _unclear(cell: str, name: str, called: dict[str, set[int]]) -> str:
    if not cell:
        return f"the {name} is missing"
    meant = called[cell]
    if len(meant) == 1:
        return ""
    if meant:
        which = listed([f"#{pk}" for pk in sorted(meant)])
        return f"“{cell}” means more than one user: give {which} instead"
    if SHORTENED.fullmatch(cell):
        return f"“{cell}” is a number that a spreadsheet program has shortened: format the column as text"
    return f"“{cell}” is {NOT_THERE}"
