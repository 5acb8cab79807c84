"""What a merge makes of courses, one by one, in words. The rule itself is declared beside `Enrolment`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import Case, F, Value, When

from rollbook.training.catalogue import Course
from rollbook.training.records import ONE_CURRENT, Enrolment, Status

FIRST = "the Primary’s enrolment takes priority"
BETTER = "a Completed enrolment takes priority over one that is not"
BOTH = "both are completed, and the Primary’s takes priority"
ONLY = "only the duplicate is on this course: the enrolment moves as it is"
EARLIER = "of two duplicates, the one that is merged first takes priority"
HISTORY = "history stays history"


@dataclass(frozen=True)
class MergedCourse:
    """One course on which somebody of those who are merged is or was.

    `kept` is the enrolment that is current afterwards, None where there is none; `overruled` are those that were
    current and become historical; `history` are those of duplicates that were historical before. `why` is the rule.
    """

    course: Course
    kept: Enrolment | None
    overruled: Sequence[Enrolment]
    history: Sequence[Enrolment]
    why: str

    @property
    def widened(self) -> bool:
        """Say whether the one that stays opened single chapters, and opens the whole course afterwards."""
        return self.kept is not None and not self.kept.whole and any(e.whole for e in self.overruled)


def merged_courses(people: Sequence[int]) -> list[MergedCourse]:
    """Return what becomes of the courses of the people when people[1:] are merged into people[0]; by title.

    A course on which only the Primary is, is left out: nothing of it changes. One query.
    """
    overruled = ONE_CURRENT.overruled(Enrolment, "user", people)
    # Enrolments with one column more.
    rows: Iterable[Any] = (
        Enrolment.objects.filter(user__in=people)
        .annotate(loses=Case(When(overruled, then=Value(value=True)), default=Value(value=False)))
        .select_related("course", "user")
        .order_by("course__title", "course", F("completed_at").desc(nulls_last=True), "pk")
    )
    grouped = (list(of_course) for _, of_course in groupby(rows, key=lambda row: row.course_id))
    return [
        _merged(of_course, people[0])
        for of_course in grouped
        if any(e.user_id != people[0] for e in of_course)
    ]


def _merged(rows: Sequence[Any], primary: int) -> MergedCourse:
    current = [e for e in rows if e.current]
    lost = [e for e in current if e.loses]
    kept = next((e for e in current if not e.loses), None)
    history = [e for e in rows if not e.current and e.user_id != primary]
    return MergedCourse(rows[0].course, kept, lost, history, _why(kept, lost, primary))


def _why(kept: Enrolment | None, lost: Sequence[Enrolment], primary: int) -> str:
    if kept is None:
        return HISTORY
    if not lost:
        return HISTORY if kept.user_id == primary else ONLY
    if kept.status == Status.COMPLETED:
        if any(e.status != Status.COMPLETED for e in lost) and kept.user_id != primary:
            return BETTER
        if kept.user_id == primary:
            return BOTH if any(e.status == Status.COMPLETED for e in lost) else FIRST
    return FIRST if kept.user_id == primary else EARLIER
