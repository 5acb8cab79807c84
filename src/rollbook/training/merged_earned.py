"""What a merge makes of certificates and competencies: all are kept, and of several the best is shown as current."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Generic

from rollbook.training.certificates import E, Validity, better, current_ones, validity
from rollbook.training.records import Certificate, UserCompetency


@dataclass(frozen=True)
class Held(Generic[E]):
    """One certificate or competency that will be the Primary's."""

    earned: E
    validity: Validity
    current: bool


@dataclass(frozen=True)
class MergedEarned(Generic[E]):
    """All certificates for one course, or all of one competency; the best first. `shared` by several people."""

    name: str
    held: Sequence[Held[E]]
    shared: bool


def merged_certificates(people: Sequence[int]) -> list[MergedEarned[Certificate]]:
    """Return what becomes of certificates when people[1:] are merged into people[0]; by course.

    Courses for which only the Primary holds some are left out: nothing of them changes. One query.
    """
    rows = Certificate.objects.filter(user__in=people).select_related("course", "user")
    ordered = rows.order_by("course__title", "course")
    return [_merged(str(of[0].course), of, people[0]) for of in _grouped(ordered, "course_id", people[0])]


def merged_competencies(people: Sequence[int]) -> list[MergedEarned[UserCompetency]]:
    """Return the same of competencies; by name."""
    rows = UserCompetency.objects.filter(user__in=people).select_related("competency", "user")
    ordered = rows.order_by("competency__name", "competency")
    return [
        _merged(str(of[0].competency), of, people[0]) for of in _grouped(ordered, "competency_id", people[0])
    ]


def _grouped(rows: Iterable[E], about: str, primary: int) -> list[list[E]]:
    groups = (list(of) for _, of in groupby(rows, key=lambda row: getattr(row, about)))
    return [of for of in groups if any(row.user_id != primary for row in of)]


def _merged(name: str, rows: Sequence[E], primary: int) -> MergedEarned[E]:
    current = current_ones(rows)
    ordered = sorted(rows, key=better, reverse=True)
    held = [Held(row, validity(row), row.pk in current) for row in ordered]
    return MergedEarned(name, held, len({row.user_id for row in rows}) > 1)
