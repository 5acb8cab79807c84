"""A user's transcript: courses with history, certificates, competencies. Erased training is not in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Avg, Exists, FloatField, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from rollbook.people.models import User
from rollbook.training.certificates import Validity, better, current_ones, day, validity
from rollbook.training.pdf import pdf_of
from rollbook.training.records import Certificate, ChapterProgress, Enrolment, Status, UserCompetency

HEADINGS = (
    "Kind",
    "Name",
    "State",
    "Current",
    "Began",
    "Completed or earned",
    "Due or expires",
    "Result",
    "Code",
)


@dataclass(frozen=True)
class Line:
    """One course, certificate or competency. `result` is "80 %" or "Level 2"; `code` a certificate's."""

    kind: str
    name: str
    state: str
    label: str
    current: bool
    began: datetime | None = None
    achieved: datetime | None = None
    until: datetime | None = None
    result: str = ""
    code: str = ""

    @property
    def told(self) -> str:
        """Return the state with what its not being the current one means."""
        if self.current or (self.kind != "Course" and self.state != Validity.VALID):
            return self.label
        return f"{self.label}, {'historical' if self.kind == 'Course' else 'replaced'}"

    def cells(self) -> tuple[str, ...]:
        """Return the line for a spreadsheet, in the order of `HEADINGS`; dates as YYYY-MM-DD."""
        dates = [_iso(moment) for moment in (self.began, self.achieved, self.until)]
        current = "yes" if self.current else "no"
        return (self.kind, self.name, self.label, current, *dates, self.result, self.code)


@dataclass(frozen=True)
class Transcript:
    """What a user has done and earned, the newest first."""

    user: User
    courses: list[Line]
    certificates: list[Line]
    competencies: list[Line]

    def __iter__(self) -> Iterator[Line]:
        yield from (*self.courses, *self.certificates, *self.competencies)

    def pdf(self) -> bytes:
        """Return it as PDF, A4."""
        groups = [
            ("Courses", ("Completed", "Due"), self.courses),
            ("Certificates", ("Issued", "Expires"), self.certificates),
            ("Competencies", ("Earned", "Expires"), self.competencies),
        ]
        values = {
            "title": f"Transcript: {self.user.full_name}",
            "name": self.user.full_name,
            "made": day(timezone.now()),
            "groups": [
                {"title": title, "dates": dates, "lines": [_printed(line) for line in lines]}
                for title, dates, lines in groups
            ],
        }
        return pdf_of("transcript.typ", values)


def shown_enrolments(enrolments: "QuerySet[Enrolment]") -> "QuerySet[Enrolment]":
    """Leave out historical enrolments of which nothing is left: not completed, and all progress erased."""
    left = ChapterProgress.objects.filter(enrolment=OuterRef("pk"), erased_at__isnull=True)
    return enrolments.filter(Q(current=True) | Q(status=Status.COMPLETED) | Exists(left))


def mean_score() -> Subquery:
    """Return the mean of the best scores in the quizzes of an enrolment, in percent; NULL where there is none."""
    scored = ChapterProgress.objects.filter(
        enrolment=OuterRef("pk"), erased_at__isnull=True, score__isnull=False
    )
    mean = scored.order_by().values("enrolment").annotate(mean=Avg("score")).values("mean")
    return Subquery(mean, output_field=FloatField())


def transcript_of(user: User) -> Transcript:
    """Read a user's transcript, with three queries."""
    enrolments = shown_enrolments(user.enrolments.all()).select_related("course")
    return Transcript(
        user,
        [
            _course(row, row.mean)
            for row in enrolments.annotate(mean=mean_score()).order_by("-current", "-id")
        ],
        _certificates(list(user.certificates.select_related("course"))),
        _competencies(list(user.competencies.select_related("competency"))),
    )


def is_overdue(enrolment: Enrolment) -> bool:
    """Say whether a current enrolment is past its due date and not completed."""
    late = enrolment.due_at is not None and enrolment.due_at <= timezone.now()
    return late and enrolment.current and enrolment.status != Status.COMPLETED


def _course(row: Enrolment, mean: float | None) -> Line:
    state, label = (row.status, Status(row.status).label)
    if is_overdue(row):
        state, label = "overdue", f"{label}, overdue"
    result = "" if mean is None else f"{mean:.0f} %"
    return Line(
        "Course",
        row.course.title,
        state,
        label,
        row.current,
        row.started_at,
        row.completed_at,
        row.due_at,
        result,
    )


def _certificates(rows: list[Certificate]) -> list[Line]:
    current = current_ones(rows)
    return [
        Line(
            "Certificate", row.course.title, validity(row).value, validity(row).label, row.pk in current,
            achieved=row.issued_at, until=row.expires_at, code=row.code,
        )
        for row in sorted(rows, key=better, reverse=True)
    ]  # fmt: skip


def _competencies(rows: list[UserCompetency]) -> list[Line]:
    current = current_ones(rows)
    return [
        Line(
            "Competency", row.competency.name, validity(row).value, validity(row).label, row.pk in current,
            achieved=row.earned_at, until=row.expires_at, result=f"Level {row.level}",
        )
        for row in sorted(rows, key=better, reverse=True)
    ]  # fmt: skip


def _printed(line: Line) -> list[str]:
    dates = [day(moment, "j M Y") if moment else "" for moment in (line.achieved, line.until)]
    return [line.name, line.told, *dates, line.result or line.code]


def _iso(moment: datetime | None) -> str:
    return timezone.localtime(moment).date().isoformat() if moment else ""
