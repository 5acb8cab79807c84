"""Training: enrolments, progress in chapters, transcripts."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from rollbook.interfaces.api.answers import READ
from rollbook.interfaces.api.bearer import actor_of, entitled
from rollbook.interfaces.api.paging import Id, Page, Paging, page_of
from rollbook.interfaces.api.problems import not_found
from rollbook.interfaces.api.users import seen_user
from rollbook.people.access import Right
from rollbook.training.records import ChapterProgress, Enrolment, Status
from rollbook.training.transcript import Line, shown_enrolments, transcript_of

router = Router(tags=["Training"])


class EnrolmentOut(Schema):
    """A user on a course."""

    id: int
    user_id: int
    course_id: int
    course: str
    current: bool
    status: Status
    enrolled_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    due_at: datetime | None


class EnrolmentFilters(Paging):
    """Which enrolments. What is not given does not matter."""

    user_id: Id | None = None
    course_id: Id | None = None
    status: Status | None = None
    current: bool | None = None


class ProgressOut(Schema):
    """The state of one enrolment in one chapter. `bookmark` is in seconds, `score` in percent."""

    chapter_id: int
    chapter: str
    status: Status
    bookmark: int
    score: int | None
    started_at: datetime | None
    completed_at: datetime | None


class LineOut(Schema):
    """One course, certificate or competency of a transcript."""

    name: str
    state: str
    current: bool
    began: datetime | None
    achieved: datetime | None = Field(description="when it was completed, issued or earned")
    until: datetime | None = Field(description="when it is due or expires")
    result: str
    code: str = Field(description="of a certificate: opens the public page that verifies it")


class TranscriptOut(Schema):
    """What a user has done and earned, the newest first."""

    user_id: int
    courses: list[LineOut]
    certificates: list[LineOut]
    competencies: list[LineOut]


@router.get(
    "/enrolments",
    response={200: Page[EnrolmentOut], **READ},
    url_name="enrolments",
    operation_id="list_enrolments",
)
def enrolments(request: HttpRequest, asked: Query[EnrolmentFilters]) -> Any:
    """List enrolments, filtered. Needs `training:view`."""
    entitled(request, Right.TRAINING_VIEW)
    given = asked.dict(exclude={"limit", "cursor"}, exclude_none=True)
    return page_of(request, asked, _seen(request).filter(**given), lambda rows: [_shown(row) for row in rows])


@router.get(
    "/enrolments/{int:enrolment_id}/progress",
    response={200: list[ProgressOut], **READ},
    url_name="progress",
    operation_id="list_progress",
)
def progress(request: HttpRequest, enrolment_id: int) -> Any:
    """List how far an enrolment is in each chapter that was begun. Needs `training:view`."""
    entitled(request, Right.TRAINING_VIEW)
    enrolment = _seen(request).filter(pk=enrolment_id).first()
    if enrolment is None:
        raise not_found(f"enrolment {enrolment_id}")
    rows = ChapterProgress.objects.filter(enrolment=enrolment, erased_at=None).select_related("chapter")
    return [
        ProgressOut(
            chapter_id=row.chapter_id,
            chapter=row.chapter.title,
            status=Status(row.status),
            bookmark=row.bookmark,
            score=row.score,
            started_at=row.started_at,
            completed_at=row.completed_at,
        )
        for row in rows.order_by("chapter__position", "pk")
    ]


@router.get(
    "/users/{int:user_id}/transcript",
    response={200: TranscriptOut, **READ},
    url_name="transcript",
    operation_id="get_transcript",
)
def transcript(request: HttpRequest, user_id: int) -> Any:
    """Read a user's transcript: courses with history, certificates, competencies. Needs `training:view`."""
    entitled(request, Right.TRAINING_VIEW)
    found = transcript_of(seen_user(request, user_id))
    groups = {name: [_line(line) for line in getattr(found, name)] for name in GROUPS}
    return TranscriptOut(user_id=user_id, **groups)


GROUPS = ("courses", "certificates", "competencies")


def _seen(request: HttpRequest) -> "QuerySet[Enrolment]":
    acting = actor_of(request)
    rows = shown_enrolments(Enrolment.objects.select_related("course"))
    return rows.filter(acting.scope("user__location"))


def _shown(row: Enrolment) -> EnrolmentOut:
    return EnrolmentOut(
        id=row.pk,
        user_id=row.user_id,
        course_id=row.course_id,
        course=row.course.title,
        current=row.current,
        status=Status(row.status),
        enrolled_at=row.enrolled_at,
        started_at=row.started_at,
        completed_at=row.completed_at,
        due_at=row.due_at,
    )


def _line(line: Line) -> LineOut:
    return LineOut(
        name=line.name,
        state=line.state,
        current=line.current,
        began=line.began,
        achieved=line.achieved,
        until=line.until,
        result=line.result,
        code=line.code,
    )
