"""A learner's saves and an administrator's operations at the same moment: each wholly before or after the other."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import sleep

import pytest
from django.db import connection, transaction

from rollbook.ledger.errors import StalePlan
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.operation import Operation
from rollbook.ledger.verify import broken_invariants
from rollbook.ledger.writer import apply, preview
from rollbook.operations.award_completion import award
from rollbook.operations.reset_in_progress import ResetInProgress
from rollbook.operations.reset_training import ResetTraining
from rollbook.operations.save_chapter import SaveChapter
from rollbook.operations.save_quiz import SaveQuiz
from rollbook.people.access import actor_for
from rollbook.people.models import User
from rollbook.people.selection import UserSelection
from rollbook.training import activity
from rollbook.training.catalogue import Chapter, RoleGrant
from rollbook.training.learning_errors import Busy, LearningError, WasReset
from rollbook.training.records import Attempt, Certificate, ChapterProgress, Enrolment, Status
from rollbook.training.selection import ContentSelection
from tests.cast import Cast, assemble, outside_the_ledger
from tests.training.stage import Stage, furnish

pytestmark = pytest.mark.django_db(transaction=True)
RIGHT = {"q1": ["a"], "q2": ["a", "b"]}


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.fixture
def stage(cast: Cast) -> Stage:
    stage = furnish()
    Enrolment.objects.create(user=cast.ben, course=stage.fire)
    return stage


def at_once(*jobs: Callable[[], object]) -> list[object]:
    """Run jobs at the same moment and return what each gave back or was told."""
    barrier = Barrier(len(jobs))

    def run(job: Callable[[], object]) -> object:
        try:
            barrier.wait()
            return job()
        except LearningError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def saving(progress: ChapterProgress, user: User) -> Callable[[], int]:
    """Return a job that saves bookmarks until it is told of a reset; it gives the last one that was kept."""

    def job() -> int:
        kept = 0
        for seconds in range(1, 200):
            try:
                activity.save_bookmark(progress.pk, progress.resets, seconds, user=user)
                kept = seconds
            except Busy:
                continue
            except WasReset:
                break
            # So that a preview and its OK fit in between now and then.
            sleep(0.1)
        return kept

    return job


def applying(operation: Operation, cast: Cast) -> Callable[[], OperationRecord]:
    """Return a job that previews and applies until no save comes in between."""

    def job() -> OperationRecord:
        acting = actor_for(cast.alice)
        while True:
            try:
                return apply(preview(operation, acting=acting), acting=acting, reason="asked for it")
            except StalePlan:
                continue

    return job


def test_no_save_reaches_what_was_erased_meanwhile(cast: Cast, stage: Stage) -> None:
    content = ContentSelection(chapter_ids=(stage.film.pk,))
    operation = ResetTraining(users=UserSelection(ids=(cast.ben.pk,)), content=content)
    for _ in range(2):
        progress = activity.start(cast.ben, stage.film, award=award)
        kept, record = at_once(saving(progress, cast.ben), applying(operation, cast))
        assert isinstance(record, OperationRecord)
        erased = ChapterProgress.objects.get(pk=progress.pk)
        assert erased.erased_at
        assert erased.bookmark == kept
    assert broken_invariants() == []


def test_no_save_brings_back_what_was_set_back_meanwhile(cast: Cast, stage: Stage) -> None:
    operation = ResetInProgress(users=UserSelection(ids=(cast.ben.pk,)))
    for turn in range(1, 3):
        progress = activity.start(cast.ben, stage.film, award=award)
        at_once(saving(progress, cast.ben), applying(operation, cast))
        progress.refresh_from_db()
        assert (progress.status, progress.bookmark, progress.resets) == (Status.NOT_STARTED, 0, turn)
    assert broken_invariants() == []


def test_while_an_operation_works_on_the_user_a_save_is_told_at_once_and_another_users_is_kept(
    cast: Cast, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activity, "LONGEST_WAIT", "50ms")
    Enrolment.objects.create(user=cast.bea, course=stage.fire)
    bens, beas = (activity.start(user, stage.film, award=award) for user in (cast.ben, cast.bea))
    attempt = bens.attempts.get()

    def work() -> list[object]:
        def finish() -> object:
            return activity.finish_video(bens.pk, 0, seconds=60, duration=60, user=cast.ben, award=award)

        return at_once(
            lambda: activity.save_bookmark(bens.pk, 0, 9, user=cast.ben),
            finish,
            lambda: activity.start(cast.ben, stage.extra, award=award),
            lambda: activity.submit_quiz(attempt.pk, 0, RIGHT, user=cast.ben, award=award),
            lambda: activity.save_bookmark(beas.pk, 0, 9, user=cast.bea),
        )

    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=cast.ben.pk)
        answers = work()
    assert [type(answer) for answer in answers] == [Busy, Busy, Busy, Busy, type(None)]


def test_two_pages_that_complete_a_course_at_once_award_it_once(cast: Cast, stage: Stage) -> None:
    film = activity.start(cast.ben, stage.film, award=award)
    activity.finish_video(film.pk, 0, seconds=60, duration=60, user=cast.ben, award=award)
    progress = activity.start(cast.ben, stage.quiz, award=award)
    attempt = progress.attempts.get()

    def submit() -> Attempt:
        return activity.submit_quiz(attempt.pk, 0, RIGHT, user=cast.ben, award=award)

    answers = at_once(submit, submit, submit)
    assert [answer.score for answer in answers if isinstance(answer, Attempt)] == [100, 100, 100]
    assert (Attempt.objects.filter(progress=progress).count(), Certificate.objects.count()) == (1, 1)


def test_two_first_starts_at_once_enrol_once_and_open_one_attempt(cast: Cast, stage: Stage) -> None:
    def begin() -> ChapterProgress:
        return activity.start(cast.ben, stage.film, award=award)

    answers = at_once(begin, begin, begin)
    assert len({answer.pk for answer in answers if isinstance(answer, ChapterProgress)}) == 1
    assert Enrolment.objects.filter(user=cast.ben).count() == 1
    assert Attempt.objects.count() == 1


@pytest.mark.parametrize("late", [0, 0.02, 0.05])
def test_whoever_ends_the_last_chapter_while_the_other_one_ceases_to_be_required_has_completed_the_course(
    cast: Cast, stage: Stage, late: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activity, "LONGEST_WAIT", "30s")
    film = activity.start(cast.ben, stage.film, award=award)
    enrolment = Enrolment.objects.get(user=cast.ben)

    def finish() -> object:
        sleep(late)
        return activity.finish_video(film.pk, 0, seconds=60, duration=60, user=cast.ben, award=award)

    at_once(finish, applying(not_required(stage.quiz), cast))
    enrolment.refresh_from_db()
    assert enrolment.status == Status.COMPLETED


@pytest.mark.parametrize("late", [0, 0.02, 0.05])
def test_whoever_sees_a_video_to_its_end_while_the_quiz_after_it_is_taken_away_has_completed_the_chapter(
    cast: Cast, stage: Stage, late: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activity, "LONGEST_WAIT", "30s")
    Enrolment.objects.create(user=cast.ben, course=stage.first_aid)
    bandage = activity.start(cast.ben, stage.bandage, award=award)

    def finish() -> object:
        sleep(late)
        return activity.finish_video(bandage.pk, 0, seconds=60, duration=60, user=cast.ben, award=award)

    at_once(finish, applying(SaveQuiz(chapter_id=stage.bandage.pk, quiz={}), cast))
    bandage.refresh_from_db()
    assert (bandage.status, bandage.enrolment.status) == (Status.COMPLETED, Status.COMPLETED)


def test_nobody_enrols_by_starting_a_chapter_while_it_changes_what_the_course_requires(
    cast: Cast, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activity, "LONGEST_WAIT", "50ms")
    with outside_the_ledger():
        RoleGrant.objects.create(user=cast.bea, content_role=stage.crew)
    with transaction.atomic():
        apply(preview(not_required(stage.quiz), acting=actor_for(cast.alice)), acting=actor_for(cast.alice))
        (answer,) = at_once(lambda: activity.start(cast.bea, stage.film, award=award))
    assert isinstance(answer, Busy)


def not_required(chapter: Chapter) -> SaveChapter:
    """Return an operation after which the course does not require the chapter."""
    return SaveChapter(
        course_id=chapter.course_id, chapter_id=chapter.pk, title=chapter.title, required=False
    )
