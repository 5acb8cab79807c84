"""What a learner does: start a chapter, get on with its video, answer its quiz. Not operations, and all of it is here.

Each write takes the learner's own row first, so that it comes wholly before or wholly after an operation on that user
(decision 0004). It names the chapter progress and its `resets` as the learner's page knows them: what was erased or set
back meanwhile is not written into (WasReset). Where it completes the course, `award(enrolment id, user)` is called in
the same transaction.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import timedelta

from django.db import OperationalError, connection, transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from rollbook.people.models import User
from rollbook.training.access import has_whole_course, may_watch
from rollbook.training.catalogue import Chapter, Course
from rollbook.training.completion import completed_at_without, status_without
from rollbook.training.learning_errors import (
    Busy,
    NoAttemptsLeft,
    NotAtTheEnd,
    NotOpen,
    NotWatched,
    WasReset,
)
from rollbook.training.quiz import mark, passed
from rollbook.training.records import Attempt, ChapterProgress, Enrolment, Status

Award = Callable[[int, User], object]
# How far from its end a video may be when the player says that it was seen; players round.
END_SECONDS = 5
LONGEST_WAIT = "2s"


def start(user: User, chapter: Chapter, *, award: Award) -> ChapterProgress:
    """Begin a chapter, or another attempt at it, and enrol the user on its course if need be.

    What is begun already stays as it is. Raises NotOpen, NoAttemptsLeft or Busy.
    """
    with transaction.atomic():
        _hold(user)
        if not may_watch(user, chapter):
            raise NotOpen
        enrolment = _enrolled(user, chapter.course)
        progress, _ = ChapterProgress.objects.get_or_create(
            enrolment=enrolment, chapter=chapter, erased_at=None
        )
        _open_attempt(progress)
        if progress.status == Status.NOT_STARTED:
            progress.status, progress.started_at = Status.IN_PROGRESS, timezone.now()
            progress.save(update_fields=["status", "started_at"])
            _follow(enrolment, user, award)
    return progress


def save_bookmark(progress_id: int, resets: int, seconds: int, *, user: User) -> None:
    """Keep how far the video was seen. Raises WasReset, NotOpen or Busy."""
    with transaction.atomic():
        _share(user)
        progress = _writable(progress_id, resets, user)
        if progress.status == Status.IN_PROGRESS:
            progress.bookmark = seconds
            progress.save(update_fields=["bookmark"])


def finish_video(
    progress_id: int, resets: int, *, seconds: float, duration: float, user: User, award: Award
) -> ChapterProgress:
    """Keep that the video was seen to its end: the chapter is completed, or its quiz is open.

    That is the learner's word: whoever may seek to the end of a video needs no false one. What must be proved is asked
    in a quiz. `seconds` is where the player stands, `duration` how long it says the video is. Raises NotAtTheEnd where
    the two are further apart than END_SECONDS, WasReset, NotOpen or Busy.
    """
    if duration - seconds > END_SECONDS:
        raise NotAtTheEnd
    with transaction.atomic():
        _hold(user)
        progress = _writable(progress_id, resets, user)
        if progress.status == Status.IN_PROGRESS and not progress.watched:
            progress.watched, progress.bookmark = True, int(seconds)
            progress.save(update_fields=["watched", "bookmark"])
            if not progress.chapter.quiz:
                progress.attempts.filter(finished_at=None).update(finished_at=Now(), passed=True)
                _complete(progress, user, award)
    return progress


def submit_quiz(
    attempt_id: int, resets: int, answers: Mapping[str, Collection[str]], *, user: User, award: Award
) -> Attempt:
    """Mark `answers` ({question id: choice ids}) and finish the attempt; one that is finished stays as it is.

    Raises NotWatched while there is a video to be seen first, WasReset, NotOpen or Busy.
    """
    with transaction.atomic():
        _hold(user)
        attempt = Attempt.objects.filter(pk=attempt_id, enrolment__user=user).first()
        if attempt is None:
            raise NotOpen
        progress = _writable(attempt.progress_id, resets, user)
        quiz = progress.chapter.quiz
        if attempt.finished_at:
            return attempt
        if not quiz:
            raise NotOpen
        if progress.chapter.has_video and not progress.watched:
            raise NotWatched
        attempt.score = mark(quiz, answers)
        attempt.passed = passed(quiz, attempt.score)
        attempt.finished_at = timezone.now()
        attempt.answers = {
            question["id"]: sorted(
                {c["id"] for c in question["choices"]} & set(answers.get(question["id"], ()))
            )
            for question in quiz["questions"]
        }
        attempt.save()
        progress.score = max(attempt.score, progress.score or 0)
        progress.save(update_fields=["score"])
        if attempt.passed and progress.status == Status.IN_PROGRESS:
            _complete(progress, user, award)
    return attempt


def _share(user: User) -> None:
    """Keep operations off the user for this transaction; Busy where one is at work."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT status FROM rollbook_user WHERE id = %s FOR SHARE SKIP LOCKED", [user.pk])
        if (found := cursor.fetchone()) is None:
            raise Busy
    _check_active(found)


def _hold(user: User) -> None:
    """Keep operations and the user's other pages off for this transaction; Busy where that takes long.

    Not shared: what may go on to award the course locks the user as well, and of two that share neither could.
    """
    _check_active(_taken("SELECT status FROM rollbook_user WHERE id = %s FOR NO KEY UPDATE", user.pk))


def _taken(locking: str, pk: int) -> tuple[str] | None:
    """Return the row that a query locks; Busy where that takes long."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LONGEST_WAIT])
            cursor.execute(locking, [pk])
            found: tuple[str] | None = cursor.fetchone()
            cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
    except OperationalError as error:
        raise Busy from error
    return found


def _check_active(found: tuple[str] | None) -> None:
    """Whoever was merged or deactivated while this page was on its way writes nothing more."""
    if found is None or found[0] != User.Status.ACTIVE:
        raise NotOpen


def _writable(progress_id: int, resets: int, user: User) -> ChapterProgress:
    progress = (
        ChapterProgress.objects.select_related("chapter__course", "enrolment")
        .filter(pk=progress_id, enrolment__user=user)
        .first()
    )
    if progress is None:
        raise NotOpen
    if progress.erased_at or progress.resets != resets or progress.status == Status.NOT_STARTED:
        raise WasReset.of(progress, user)
    if not progress.enrolment.current or not progress.chapter.course.open:
        raise NotOpen
    return progress


def _enrolled(user: User, course: Course) -> Enrolment:
    current = Enrolment.objects.filter(user=user, course=course, current=True)
    if enrolment := current.first():
        return enrolment
    # Whoever changes what the course requires looks at all who are enrolled, and holds the course meanwhile.
    _taken("SELECT title FROM rollbook_course WHERE id = %s FOR SHARE", course.pk)
    whole = has_whole_course(user, course)
    # Of single chapters nobody can complete the course, so they are not due.
    days = course.due_days if whole else None
    due_at = None if days is None else timezone.now() + timedelta(days=days)
    return Enrolment.objects.create(user=user, course=course, whole=whole, due_at=due_at)


def _open_attempt(progress: ChapterProgress) -> None:
    chapter = progress.chapter
    done = progress.status == Status.COMPLETED and not chapter.quiz
    if done or progress.attempts.filter(finished_at=None).exists():
        return
    limit = chapter.quiz.get("attempt_limit")
    if limit is None or progress.attempts.count() < limit:
        Attempt.objects.create(enrolment=progress.enrolment, progress=progress)
    elif not chapter.has_video:
        raise NoAttemptsLeft


def _complete(progress: ChapterProgress, user: User, award: Award) -> None:
    progress.status, progress.completed_at = Status.COMPLETED, timezone.now()
    progress.save(update_fields=["status", "completed_at"])
    _follow(progress.enrolment, user, award)


def _follow(enrolment: Enrolment, user: User, award: Award) -> None:
    """Let the enrolment follow its chapters."""
    before = enrolment.status
    Enrolment.objects.filter(pk=enrolment.pk).update(
        status=status_without(),
        completed_at=completed_at_without(),
        started_at=Coalesce(F("started_at"), Now()),
    )
    enrolment.refresh_from_db()
    if enrolment.status == Status.COMPLETED and before != Status.COMPLETED:
        award(enrolment.pk, user)
