"""A small catalogue for tests: Fire safety (a video, a quiz, an optional extra) and First aid, and who does them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rollbook.people.models import User
from rollbook.training.catalogue import (
    Category,
    Chapter,
    Competency,
    ContentRole,
    Course,
    CourseCompetency,
    RoleContent,
    RoleGrant,
)
from rollbook.training.records import (
    Attempt,
    Certificate,
    ChapterProgress,
    Enrolment,
    Status,
    UserCompetency,
)
from tests.cast import Cast, outside_the_ledger

LONG_AGO = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
LATER = datetime(2026, 6, 5, 9, 30, tzinfo=UTC)
QUIZ: dict[str, Any] = {
    "pass_mark": 50,
    "attempt_limit": 3,
    "questions": [
        {
            "id": "q1",
            "text": "What do you do first?",
            "multiple": False,
            "choices": [
                {"id": "a", "text": "Raise the alarm", "correct": True},
                {"id": "b", "text": "Fetch your coat", "correct": False},
            ],
        },
        {
            "id": "q2",
            "text": "What puts out burning oil?",
            "multiple": True,
            "choices": [
                {"id": "a", "text": "A fire blanket", "correct": True},
                {"id": "b", "text": "Foam", "correct": True},
                {"id": "c", "text": "Water", "correct": False},
            ],
        },
    ],
}


@dataclass
class Stage:
    """The named rows of the catalogue."""

    safety: Category
    fire: Course
    film: Chapter
    quiz: Chapter
    extra: Chapter
    first_aid: Course
    bandage: Chapter
    crew: ContentRole
    alertness: Competency


def furnish() -> Stage:
    """Build the catalogue outside the ledger."""
    with outside_the_ledger():
        safety = Category.objects.create(name="Safety")
        fire = Course.objects.create(title="Fire safety", category=safety, due_days=30, certificate_days=365)
        film = Chapter.objects.create(
            course=fire, position=1, title="The film", video_url="https://video.example.org/fire.mp4"
        )
        quiz = Chapter.objects.create(course=fire, position=2, title="The quiz", quiz=QUIZ)
        extra = Chapter.objects.create(
            course=fire,
            position=3,
            title="Extra",
            required=False,
            video_url="https://video.example.org/x.mp4",
        )
        first_aid = Course.objects.create(title="First aid", category=safety)
        bandage = Chapter.objects.create(
            course=first_aid,
            position=1,
            title="The bandage",
            video_url="https://video.example.org/bandage.mp4",
            quiz=QUIZ,
        )
        crew = ContentRole.objects.create(name="Crew")
        RoleContent.objects.create(content_role=crew, course=fire)
        RoleContent.objects.create(content_role=crew, chapter=bandage)
        alertness = Competency.objects.create(name="Alertness")
        CourseCompetency.objects.create(course=fire, competency=alertness, level=2)
    return Stage(safety, fire, film, quiz, extra, first_aid, bandage, crew, alertness)


def progress(user: User, chapter: Chapter, status: Status, **fields: Any) -> ChapterProgress:
    """Put a user's progress in a chapter on the record, with one attempt, as it was long ago."""
    begun = None if status == Status.NOT_STARTED else LONG_AGO
    enrolment, _ = Enrolment.objects.get_or_create(user=user, course=chapter.course, current=True)
    made = ChapterProgress.objects.create(
        enrolment=enrolment,
        chapter=chapter,
        status=status,
        started_at=begun,
        completed_at=LONG_AGO if status == Status.COMPLETED else None,
        **fields,
    )
    if begun:
        attempt(made).save(force_insert=True)
    return made


def attempt(at: ChapterProgress) -> Attempt:
    """Return the one attempt, not stored yet, at what is in progress or completed."""
    done = at.status == Status.COMPLETED
    return Attempt(
        enrolment=at.enrolment,
        progress=at,
        started_at=LONG_AGO,
        finished_at=LONG_AGO,
        score=80 if done else 20,
        passed=done,
    )


def state(user: User, course: Course, status: Status) -> Enrolment:
    """Set what is recorded of a user's current enrolment as a whole."""
    enrolment = Enrolment.objects.get(user=user, course=course, current=True)
    enrolment.status = status
    enrolment.started_at = None if status == Status.NOT_STARTED else LONG_AGO
    enrolment.completed_at = LONG_AGO if status == Status.COMPLETED else None
    enrolment.save()
    return enrolment


def completed(user: User, stage: Stage, code: str) -> Enrolment:
    """Let a user have completed Fire safety, with its certificate and competency."""
    progress(user, stage.film, Status.COMPLETED)
    progress(user, stage.quiz, Status.COMPLETED, score=80)
    enrolment = state(user, stage.fire, Status.COMPLETED)
    earned(enrolment, stage, code)
    return enrolment


def earned(enrolment: Enrolment, stage: Stage, code: str) -> None:
    """Issue the certificate and the competency of Fire safety."""
    of = {"user_id": enrolment.user_id, "enrolment": enrolment}
    with outside_the_ledger():
        Certificate.objects.create(**of, course=stage.fire, code=code, issued_at=LONG_AGO)
        UserCompetency.objects.create(**of, competency=stage.alertness, level=2, earned_at=LONG_AGO)


def completed_again(user: User, stage: Stage) -> Enrolment:
    """Let a user complete Fire safety a second time after a reset, with nothing issued for it yet."""
    enrolment = state(user, stage.fire, Status.COMPLETED)
    enrolment.completed_at = LATER
    enrolment.save()
    return enrolment


def study(cast: Cast, stage: Stage) -> None:
    """Ben has completed Fire safety and is in First aid; Bea and Mallory are in the middle of Fire safety."""
    # As `completed`, `progress` and `state` do it one by one: many tests begin with this.
    whole, partly = Status.COMPLETED, Status.IN_PROGRESS
    done = {"status": whole, "started_at": LONG_AGO, "completed_at": LONG_AGO}
    begun = {"status": partly, "started_at": LONG_AGO}
    others = (cast.bea, cast.mallory)
    ben, aid, *rest = Enrolment.objects.bulk_create(
        [
            Enrolment(user=cast.ben, course=stage.fire, **done),
            Enrolment(user=cast.ben, course=stage.first_aid, **begun),
            *(Enrolment(user=who, course=stage.fire, **begun) for who in others),
        ]
    )
    rows = [
        ChapterProgress(enrolment=ben, chapter=stage.film, **done),
        ChapterProgress(enrolment=ben, chapter=stage.quiz, score=80, **done),
        ChapterProgress(enrolment=aid, chapter=stage.bandage, bookmark=75, **begun),
    ]
    for enrolment in rest:
        rows += [
            ChapterProgress(enrolment=enrolment, chapter=stage.film, **done),
            ChapterProgress(enrolment=enrolment, chapter=stage.quiz, **begun),
            ChapterProgress(enrolment=enrolment, chapter=stage.extra, bookmark=30, **begun),
        ]
    ChapterProgress.objects.bulk_create(rows)
    Attempt.objects.bulk_create(map(attempt, rows))
    earned(ben, stage, "CERT-BEN-0001")
    with outside_the_ledger():
        RoleGrant.objects.create(user=cast.ben, content_role=stage.crew)
