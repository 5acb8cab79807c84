"""A course is completed when its required chapters are, also where an operation or an undo changes what is required."""

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import DjangoAssertNumQueries

from rollbook.interfaces.web.tasks import award_completions
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.operation import Operation
from rollbook.ledger.undo import Undo
from rollbook.ledger.writer import preview
from rollbook.operations.award_completion import BATCH, award, award_later
from rollbook.operations.order_chapters import OrderChapters
from rollbook.operations.remove_from_catalogue import RemoveFromCatalogue
from rollbook.operations.reset_in_progress import ResetInProgress
from rollbook.operations.reset_training import ResetTraining
from rollbook.operations.save_chapter import SaveChapter
from rollbook.operations.save_quiz import SaveQuiz
from rollbook.operations.withdraw_enrolments import WithdrawEnrolments
from rollbook.people.access import actor_for
from rollbook.people.history import operations_on
from rollbook.people.models import User
from rollbook.people.selection import UserSelection
from rollbook.training import activity
from rollbook.training.catalogue import Chapter
from rollbook.training.records import (
    Attempt,
    Certificate,
    ChapterProgress,
    Enrolment,
    Status,
    UserCompetency,
)
from rollbook.training.selection import ContentSelection
from tests.cast import Cast, outside_the_ledger, user
from tests.operations.doing import do
from tests.snapshots import snapshot
from tests.training.stage import LONG_AGO, QUIZ, Stage, furnish, progress, state, study


@pytest.fixture
def stage(cast: Cast) -> Stage:
    """Return the catalogue. Bea and Mallory lack the quiz, Ben has completed the course."""
    made = furnish()
    study(cast, made)
    return made


def required(chapter: Chapter, *, is_so: bool) -> SaveChapter:
    return SaveChapter(
        course_id=chapter.course_id,
        chapter_id=chapter.pk,
        title=chapter.title,
        video_url=chapter.video_url,
        required=is_so,
    )


def notes(cast: Cast, operation: Operation) -> str:
    plan = preview(operation, acting=actor_for(cast.alice))
    return " ".join(f"{note.what}: {note.why}" for note in plan.notes)


def status(who: User, stage: Stage) -> str:
    return Enrolment.objects.get(user=who, course=stage.fire, current=True).status


def work_off_the_awards() -> None:
    """Do what the worker does."""
    waiting = ProcrastinateJob.objects.filter(task_name="award_completions").order_by("pk")
    for args in waiting.values_list("args", flat=True):
        award_completions(**args)


def test_whoever_lacks_only_a_chapter_that_is_no_longer_required_has_completed_the_course(
    cast: Cast, stage: Stage
) -> None:
    operation = required(stage.quiz, is_so=False)
    assert "2 enrolments become completed: nothing that is required is missing then" in notes(cast, operation)
    record = do(cast.alice, operation)
    assert (status(cast.bea, stage), status(cast.mallory, stage)) == ("completed", "completed")
    assert record.counts["rollbook_enrolment"] == {"update": 2}
    assert record in operations_on(cast.bea, OperationRecord.objects.all())


def test_the_course_counts_as_completed_when_the_last_required_chapter_was(cast: Cast, stage: Stage) -> None:
    do(cast.alice, required(stage.quiz, is_so=False))
    assert Enrolment.objects.get(user=cast.bea, course=stage.fire).completed_at == LONG_AGO


def test_such_a_completion_earns_what_every_other_one_does_also_for_who_is_inactive(
    cast: Cast, stage: Stage
) -> None:
    with outside_the_ledger():
        User.objects.filter(pk=cast.bea.pk).update(status=User.Status.INACTIVE)
    do(cast.alice, required(stage.quiz, is_so=False))
    assert not Certificate.objects.filter(user=cast.bea).exists()
    work_off_the_awards()
    work_off_the_awards()
    for who in (cast.bea, cast.mallory):
        assert Certificate.objects.get(user=who).issued_at == LONG_AGO
        assert UserCompetency.objects.get(user=who).competency == stage.alertness
    record = OperationRecord.objects.latest("pk")
    assert (record.verb, record.actor, record.actor_name) == (
        "award_completion",
        "rollbook:Rollbook",
        "Rollbook",
    )


def test_whoever_was_set_back_before_the_award_gets_none_and_the_others_do(cast: Cast, stage: Stage) -> None:
    do(cast.alice, required(stage.quiz, is_so=False))
    of_bea = UserSelection(ids=(cast.bea.pk,))
    do(cast.alice, ResetTraining(users=of_bea, content=ContentSelection(everything=True)))
    work_off_the_awards()
    assert not Certificate.objects.filter(user=cast.bea).exists()
    assert Certificate.objects.filter(user=cast.mallory).exists()


def test_whoever_lacks_only_a_chapter_that_is_removed_has_completed_the_course(
    cast: Cast, stage: Stage
) -> None:
    do(cast.alice, SaveChapter(course_id=stage.fire.pk, title="The drill", required=True))
    drill = Chapter.objects.get(title="The drill")
    ChapterProgress.objects.filter(chapter=stage.quiz, enrolment__user=cast.bea).update(
        status=Status.COMPLETED, completed_at=LONG_AGO
    )
    removal = RemoveFromCatalogue(kind="chapter", row_id=drill.pk)
    assert "1 enrolment becomes completed" in notes(cast, removal)
    do(cast.alice, removal)
    assert (status(cast.bea, stage), status(cast.mallory, stage)) == ("completed", "in_progress")


def test_a_chapter_that_becomes_the_first_required_one_completes_the_course_for_who_has_completed_it(
    cast: Cast, stage: Stage
) -> None:
    with outside_the_ledger():
        Chapter.objects.filter(course=stage.first_aid).update(required=False)
    progress(cast.bea, stage.bandage, Status.COMPLETED)
    enrolment = state(cast.bea, stage.first_aid, Status.IN_PROGRESS)
    do(cast.alice, required(stage.bandage, is_so=True))
    enrolment.refresh_from_db()
    assert enrolment.status == Status.COMPLETED


def test_without_any_required_chapter_nobody_completes_a_course(cast: Cast, stage: Stage) -> None:
    assert "become" not in notes(cast, required(stage.bandage, is_so=False))
    do(cast.alice, required(stage.bandage, is_so=False))
    assert Enrolment.objects.get(user=cast.ben, course=stage.first_aid).status == Status.IN_PROGRESS


def test_a_completed_course_stays_so_when_another_chapter_becomes_required_or_is_added(
    cast: Cast, stage: Stage
) -> None:
    do(cast.alice, required(stage.extra, is_so=True))
    do(cast.alice, SaveChapter(course_id=stage.fire.pk, title="The drill", required=True))
    assert status(cast.ben, stage) == "completed"


def test_the_order_of_chapters_and_history_change_nobodys_completion(cast: Cast, stage: Stage) -> None:
    Enrolment.objects.filter(user=cast.bea).update(current=False)
    ids = (stage.quiz.pk, stage.film.pk, stage.extra.pk)
    assert (
        "rollbook_enrolment"
        not in do(cast.alice, OrderChapters(course_id=stage.fire.pk, chapter_ids=ids)).counts
    )
    do(cast.alice, required(stage.quiz, is_so=False))
    assert Enrolment.objects.get(user=cast.bea).status == Status.IN_PROGRESS


def test_undo_leaves_those_completed_who_have_done_all_of_it_since(cast: Cast, stage: Stage) -> None:
    record = do(cast.alice, required(stage.quiz, is_so=False))
    ChapterProgress.objects.filter(chapter=stage.quiz, enrolment__user=cast.bea).update(
        status=Status.COMPLETED, completed_at=LONG_AGO
    )
    do(cast.alice, Undo(operation_id=record.pk))
    assert (status(cast.bea, stage), status(cast.mallory, stage)) == ("completed", "in_progress")


def test_undoing_a_chapter_that_was_added_completes_the_course_for_who_has_done_the_rest_since(
    cast: Cast, stage: Stage
) -> None:
    record = do(cast.alice, SaveChapter(course_id=stage.fire.pk, title="The drill", required=True))
    quiz = ChapterProgress.objects.get(chapter=stage.quiz, enrolment__user=cast.bea)
    right = {"q1": ["a"], "q2": ["a", "b"]}
    activity.start(cast.bea, stage.quiz, award=award)
    attempt = quiz.attempts.get(finished_at=None)
    activity.submit_quiz(attempt.pk, quiz.resets, right, user=cast.bea, award=award)
    assert status(cast.bea, stage) == "in_progress"
    do(cast.alice, Undo(operation_id=record.pk))
    assert (status(cast.bea, stage), status(cast.mallory, stage)) == ("completed", "in_progress")
    work_off_the_awards()
    assert Certificate.objects.filter(user=cast.bea).count() == 1


def test_an_undone_reset_that_completes_a_course_earns_its_certificate(cast: Cast, stage: Stage) -> None:
    film = ContentSelection(chapter_ids=(stage.film.pk,))
    record = do(cast.alice, ResetTraining(users=UserSelection(ids=(cast.bea.pk,)), content=film))
    ChapterProgress.objects.filter(chapter=stage.quiz, enrolment__user=cast.bea).update(
        status=Status.COMPLETED, completed_at=LONG_AGO
    )
    do(cast.alice, Undo(operation_id=record.pk))
    assert status(cast.bea, stage) == "completed"
    work_off_the_awards()
    assert Certificate.objects.filter(user=cast.bea).count() == 1


def test_an_enrolment_that_an_undo_brings_back_follows_what_is_required_by_now(
    cast: Cast, stage: Stage
) -> None:
    withdrawal = WithdrawEnrolments(users=UserSelection(ids=(cast.bea.pk,)), course_ids=(stage.fire.pk,))
    record = do(cast.alice, withdrawal)
    do(cast.alice, required(stage.quiz, is_so=False))
    do(cast.alice, Undo(operation_id=record.pk))
    assert status(cast.bea, stage) == "completed"


def without_quiz(chapter: Chapter) -> SaveQuiz:
    return SaveQuiz(chapter_id=chapter.pk, quiz={})


def watch(who: User, chapter: Chapter) -> ChapterProgress:
    """Let a user see the chapter's video to its end, so that only its quiz is missing."""
    made = activity.start(who, chapter, award=award)
    return activity.finish_video(made.pk, made.resets, seconds=60, duration=60, user=who, award=award)


def test_a_chapter_whose_quiz_is_taken_away_is_completed_for_who_has_seen_its_video(
    cast: Cast, stage: Stage
) -> None:
    row = watch(cast.ben, stage.bandage)
    operation = without_quiz(stage.bandage)
    said = notes(cast, operation)
    assert "The chapter becomes completed for 1 user: its video was seen to its end" in said
    assert "1 enrolment becomes completed: nothing that is required is missing then" in said
    record = do(cast.alice, operation)
    row.refresh_from_db()
    assert (row.status, row.enrolment.status) == (Status.COMPLETED, Status.COMPLETED)
    last = Attempt.objects.filter(progress=row).latest("pk")
    assert last.passed
    for moment in (row.completed_at, row.enrolment.completed_at, last.finished_at):
        assert moment is not None
        assert moment >= record.at
    assert record in operations_on(cast.ben, OperationRecord.objects.all())
    work_off_the_awards()
    assert Certificate.objects.filter(user=cast.ben, course=stage.first_aid).exists()


def test_whoever_has_not_seen_the_video_or_is_on_it_no_more_is_left_as_they_are(
    cast: Cast, stage: Stage
) -> None:
    progress(cast.bea, stage.bandage, Status.IN_PROGRESS, watched=True)
    Enrolment.objects.filter(user=cast.bea, course=stage.first_aid).update(current=False)
    assert "completed" not in notes(cast, without_quiz(stage.bandage))
    do(cast.alice, without_quiz(stage.bandage))
    rows = ChapterProgress.objects.filter(chapter=stage.bandage).order_by("pk")
    assert [row.status for row in rows] == [Status.IN_PROGRESS, Status.IN_PROGRESS]


def test_undo_gives_the_quiz_back_and_with_it_what_was_missing(cast: Cast, stage: Stage) -> None:
    row = watch(cast.ben, stage.bandage)
    record = do(cast.alice, without_quiz(stage.bandage))
    do(cast.alice, Undo(operation_id=record.pk))
    row.refresh_from_db()
    assert (row.status, row.completed_at) == (Status.IN_PROGRESS, None)
    assert (row.enrolment.status, row.enrolment.completed_at) == (Status.IN_PROGRESS, None)
    assert row.attempts.filter(finished_at=None).exists()


def test_a_quiz_that_an_undo_takes_away_completes_the_chapter_too(cast: Cast, stage: Stage) -> None:
    record = do(cast.alice, SaveQuiz(chapter_id=stage.extra.pk, quiz=QUIZ))
    row = watch(cast.bea, stage.extra)
    assert row.status == Status.IN_PROGRESS
    do(cast.alice, Undo(operation_id=record.pk))
    row.refresh_from_db()
    assert (row.status, row.enrolment.status) == (Status.COMPLETED, Status.IN_PROGRESS)
    assert not row.attempts.filter(finished_at=None).exists()


def test_an_undone_reset_brings_back_a_chapter_whose_quiz_is_gone_as_completed(
    cast: Cast, stage: Stage
) -> None:
    row = watch(cast.ben, stage.bandage)
    record = do(cast.alice, ResetInProgress(users=UserSelection(ids=(cast.ben.pk,))))
    do(cast.alice, without_quiz(stage.bandage))
    do(cast.alice, Undo(operation_id=record.pk))
    row.refresh_from_db()
    assert (row.status, row.enrolment.status) == (Status.COMPLETED, Status.COMPLETED)


def test_an_undone_reset_is_exact_where_the_chapter_is_as_it_was(cast: Cast, stage: Stage) -> None:
    """Also of a row that other data, such as an import, left between two states."""
    ChapterProgress.objects.filter(chapter=stage.extra).update(watched=True)
    before = snapshot()
    record = do(cast.alice, ResetInProgress(users=UserSelection(ids=(cast.bea.pk,))))
    do(cast.alice, Undo(operation_id=record.pk))
    assert snapshot() == before


def test_the_number_of_queries_does_not_grow_with_the_enrolments(
    cast: Cast, stage: Stage, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    counted = []
    for turn in range(2):
        with django_assert_num_queries(200, exact=False) as seen:
            do(cast.alice, required(stage.quiz, is_so=False))
        counted.append(len(seen))
        with outside_the_ledger():
            Chapter.objects.filter(pk=stage.quiz.pk).update(required=True)
            pupils = [user(f"Pupil{turn}-{number}", "Oak", cast.oak) for number in range(10)]
        for pupil in pupils:
            progress(pupil, stage.film, Status.COMPLETED)
            state(pupil, stage.fire, Status.IN_PROGRESS)
    assert counted[0] == counted[1]


def test_awards_are_done_by_the_hundred(cast: Cast) -> None:
    award_later(list(range(1, 2 * BATCH + 2)))
    jobs = ProcrastinateJob.objects.filter(task_name="award_completions")
    assert sorted(len(args["enrolment_ids"]) for args in jobs.values_list("args", flat=True)) == [1, 100, 100]
