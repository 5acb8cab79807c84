"""The queries of the reports. Erased training is in none of them.

Each says which index answers it, for 100 million attempts: pages are read in the order of an index, and nothing counts
all rows to show some.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from rollbook.common.pagination import CAP, first_ids
from rollbook.people.models import User
from rollbook.training.catalogue import Course
from rollbook.training.records import Attempt, ChapterProgress, Enrolment, Status
from rollbook.training.selection import BELOW
from rollbook.training.transcript import mean_score, shown_enrolments

OVERDUE = "overdue"
CHUNK = 2000
T = TypeVar("T")


@dataclass(frozen=True)
class Counts:
    """How many users are how far with a course. `overdue` ones are among those not started or in progress."""

    not_started: int = 0
    in_progress: int = 0
    completed: int = 0
    overdue: int = 0

    @property
    def total(self) -> int:
        """Return how many users are on it."""
        return self.not_started + self.in_progress + self.completed

    @property
    def percent(self) -> int:
        """Return how many of a hundred have completed it."""
        return 100 * self.completed // self.total if self.total else 0

    def shares(self) -> list[tuple[str, float, float]]:
        """Return (status, where it begins, how wide it is) for a bar that is 100 wide."""
        order = (Status.COMPLETED, Status.IN_PROGRESS, Status.NOT_STARTED)
        return shares_of([(name.value, getattr(self, name.value)) for name in order])

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.not_started + other.not_started,
            self.in_progress + other.in_progress,
            self.completed + other.completed,
            self.overdue + other.overdue,
        )


@dataclass(frozen=True, kw_only=True)
class Narrowed:
    """What a report is about; None and "" mean all. `locations` are ids, each for itself; days include both ends."""

    locations: Collection[int] | None = None
    course_id: int | None = None
    category_id: int | None = None
    chapter_id: int | None = None
    users: "QuerySet[User] | None" = None
    status: str = ""
    passed: bool | None = None
    since: date | None = None
    until: date | None = None

    def courses(self) -> "QuerySet[Course]":
        """Return the courses, by title."""
        return Course.objects.filter(self._content("")).order_by("title", "pk")

    def current_enrolments(self) -> "QuerySet[Enrolment]":
        """Return the current enrolments of active users. With courses: index enrolment_report; else the whole table."""
        rows = Enrolment.objects.filter(self._people("user"), self._content("course"), current=True)
        return rows.filter(user__status=User.Status.ACTIVE).order_by()

    def enrolments(self) -> "QuerySet[Enrolment]":
        """Return enrolments with their `mean` score, each user's together.

        Read in the order of index enrolment_user; a rare course by enrolment_report, and sorted.
        """
        rows = Enrolment.objects.filter(self._people("user"), self._content("course"), self._status())
        rows = shown_enrolments(rows).select_related("user__location", "course")
        return rows.annotate(mean=mean_score()).order_by("user_id", "-id")

    def attempts(self) -> "QuerySet[Attempt]":
        """Return attempts, the newest first.

        Many are read along index attempt_newest, those not passed along attempt_not_passed; days narrow both.
        Those of few enrolments are read by attempt_enrolment, those of a chapter that few have opened by the index on
        progress, and sorted.
        """
        rows = Attempt.objects.filter(
            self._people("enrolment__user"),
            self._content("enrolment__course"),
            self.days(),
            self.few,
            progress__erased_at__isnull=True,
        )
        if self.chapter_id is not None:
            rows = rows.filter(progress__chapter=self.chapter_id)
        if self.passed is not None:
            rows = rows.filter(passed=self.passed, finished_at__isnull=False)
        return rows.select_related("enrolment__user__location", "progress__chapter__course").order_by(
            "-started_at", "-id"
        )

    @cached_property
    def few(self) -> Q:
        """Return the condition that names the few enrolments or chapters that are meant; none where they are many.

        Told only what they have in common, the planner may read all attempts in search of those of a rare chapter.
        """
        if self.chapter_id is not None:
            opened = ChapterProgress.objects.filter(self._people("enrolment__user"), chapter=self.chapter_id)
            few = first_ids(opened)
            return Q() if len(few) > CAP else Q(progress__in=few)
        people, content = self._people("user"), self._content("course")
        if not people and not content:
            return Q()
        few = first_ids(Enrolment.objects.filter(people, content))
        return Q() if len(few) > CAP else Q(enrolment__in=few)

    def _people(self, path: str) -> Q:
        found = Q() if self.locations is None else Q(**{f"{path}__location__in": self.locations})
        return found if self.users is None else found & Q(**{f"{path}__in": self.users.values("pk")})

    def _content(self, path: str) -> Q:
        found = Q() if self.course_id is None else Q(**{path or "pk": self.course_id})
        if self.category_id is None:
            return found
        below = RawSQL(BELOW, [[self.category_id]])  # noqa: S611  # the SQL is constant
        return found & Q(**{f"{path}__category__in" if path else "category__in": below})

    def _status(self) -> Q:
        if self.status == OVERDUE:
            return overdue()
        return Q(status=self.status) if self.status else Q()

    def days(self) -> Q:
        """Return the condition on the day on which an attempt began."""
        found = Q() if self.since is None else Q(started_at__gte=_start(self.since))
        return (
            found if self.until is None else found & Q(started_at__lt=_start(self.until + timedelta(days=1)))
        )


def shares_of(numbers: list[tuple[str, int]]) -> list[tuple[str, float, float]]:
    """Return (name, where it begins, how wide it is) for each part of a bar that is 100 wide."""
    at, found, total = 0.0, [], sum(number for _, number in numbers)
    for name, number in numbers:
        width = 100 * number / total if total else 0.0
        found.append((name, round(at, 2), round(width, 2)))
        at += width
    return found


def overdue() -> Q:
    """Return the condition that an enrolment is past its due date."""
    return Q(current=True, due_at__lte=timezone.now()) & ~Q(status=Status.COMPLETED)


def counts_of(rows: "QuerySet[Enrolment]", *by: str) -> "QuerySet[Enrolment, dict[str, Any]]":
    """Return rows with the fields `by`, and `not_started`, `in_progress`, `completed` and `overdue` for each."""
    numbers = {status.value: Count("pk", filter=Q(status=status)) for status in Status}
    counted: QuerySet[Enrolment, dict[str, Any]] = (
        rows.order_by().values(*by).annotate(**numbers, overdue=Count("pk", filter=overdue()))
    )
    return counted


def read_counts(row: dict[str, Any]) -> Counts:
    """Return the counts of a row of `counts_of`."""
    return Counts(row["not_started"], row["in_progress"], row["completed"], row["overdue"])


def course_rows(about: Narrowed, courses: Iterable[Course]) -> list[tuple[Course, Counts]]:
    """Return the courses with their counts, in their order."""
    wanted = list(courses)
    rows = about.current_enrolments().filter(course__in=[course.pk for course in wanted])
    found = {row["course"]: read_counts(row) for row in counts_of(rows, "course")}
    return [(course, found.get(course.pk, Counts())) for course in wanted]


def location_rows(about: Narrowed) -> Iterator[dict[str, Any]]:
    """Return the counts for each course and location, as a spreadsheet takes them."""
    by = ("course__title", "course", "user__location__name", "user__location")
    yield from streamed(counts_of(about.current_enrolments(), *by).order_by(*by))


def streamed(rows: "QuerySet[Any, T]") -> Iterator[T]:
    """Read rows by a cursor of the server, `CHUNK` at a time, so that memory stays flat whatever their number."""
    # Outside a transaction the server would first set aside all rows for the cursor, which takes minutes for millions.
    with transaction.atomic():
        yield from rows.iterator(chunk_size=CHUNK)


def _start(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
