"""What a learner does is kept, and never where it no longer belongs."""

import pytest
from django.utils import timezone

from rollbook.ledger.writer import apply, preview
from rollbook.operations.award_completion import award
from rollbook.operations.reset_in_progress import ResetInProgress
from rollbook.operations.reset_training import ResetTraining
from rollbook.people.access import actor_for, oneself
from rollbook.people.models import User
from rollbook.people.selection import UserSelection
from rollbook.training.activity import finish_video, save_bookmark, start, submit_quiz
from rollbook.training.catalogue import Chapter, Course, RoleGrant
from rollbook.training.learning_errors import NoAttemptsLeft, NotAtTheEnd, NotOpen, NotWatched, WasReset
from rollbook.training.records import Attempt, Certificate, ChapterProgress, Enrolment, Status
from rollbook.training.selection import ContentSelection
from tests.cast import Cast, outside_the_ledger
from tests.training.stage import Stage

RIGHT = {"q1": ["a"], "q2": ["a", "b"]}
WRONG = {"q1": ["b"], "q2": ["c"]}


@pytest.fixture(autouse=True)
def ben_is_of_the_crew(cast: Cast, stage: Stage) -> None:
    with outside_the_ledger():
        RoleGrant.objects.create(user=cast.ben, content_role=stage.crew)


def begin(user: User, chapter: Chapter) -> ChapterProgress:
    return start(user, chapter, award=award)


def watch(progress: ChapterProgress) -> ChapterProgress:
    user = progress.enrolment.user
    return finish_video(progress.pk, progress.resets, seconds=58, duration=60, user=user, award=award)


def answer(progress: ChapterProgress, answers: dict[str, list[str]]) -> Attempt:
    attempt = progress.attempts.get(finished_at=None)
    return submit_quiz(attempt.pk, progress.resets, answers, user=progress.enrolment.user, award=award)


def set_back(cast: Cast, user: User, chapter: Chapter, *, erase: bool) -> None:
    users, content = UserSelection(ids=(user.pk,)), ContentSelection(chapter_ids=(chapter.pk,))
    kind = ResetTraining if erase else ResetInProgress
    acting = actor_for(cast.alice)
    apply(preview(kind(users=users, content=content), acting=acting), acting=acting, reason="asked for it")


def test_the_first_start_enrols_with_a_due_date_and_opens_one_attempt(cast: Cast, stage: Stage) -> None:
    progress = begin(cast.ben, stage.film)
    again = begin(cast.ben, stage.film)
    assert again.pk == progress.pk
    enrolment = Enrolment.objects.get(user=cast.ben, course=stage.fire)
    assert enrolment.due_at is not None
    assert (enrolment.due_at - timezone.now()).days in {29, 30}
    assert (enrolment.status, progress.status) == (Status.IN_PROGRESS, Status.IN_PROGRESS)
    assert enrolment.started_at
    assert progress.started_at
    assert Attempt.objects.filter(progress=progress, finished_at=None).count() == 1


def test_what_is_not_open_cannot_be_started(cast: Cast, stage: Stage) -> None:
    with pytest.raises(NotOpen):
        begin(cast.bea, stage.film)
    assert not Enrolment.objects.exists()


def test_a_bookmark_is_kept_and_only_in_ones_own_progress(cast: Cast, stage: Stage) -> None:
    progress = begin(cast.ben, stage.film)
    save_bookmark(progress.pk, 0, 42, user=cast.ben)
    with pytest.raises(NotOpen):
        save_bookmark(progress.pk, 0, 7, user=cast.bea)
    progress.refresh_from_db()
    assert progress.bookmark == 42


def test_a_video_alone_completes_its_chapter_when_it_was_seen_to_the_end(cast: Cast, stage: Stage) -> None:
    progress = begin(cast.ben, stage.film)
    with pytest.raises(NotAtTheEnd):
        finish_video(progress.pk, 0, seconds=54, duration=60, user=cast.ben, award=award)
    assert watch(progress).status == Status.COMPLETED
    attempt = progress.attempts.get()
    assert (attempt.passed, attempt.score) == (True, None)
    assert attempt.finished_at


def test_the_quiz_after_a_video_opens_when_the_video_was_seen(cast: Cast, stage: Stage) -> None:
    progress = begin(cast.ben, stage.bandage)
    with pytest.raises(NotWatched):
        answer(progress, RIGHT)
    assert watch(progress).status == Status.IN_PROGRESS
    answer(progress, RIGHT)
    progress.refresh_from_db()
    assert (progress.status, progress.score) == (Status.COMPLETED, 100)
    assert Enrolment.objects.get(user=cast.ben, course=stage.first_aid).status == Status.COMPLETED


def test_a_quiz_sent_twice_finishes_one_attempt_once(cast: Cast, stage: Stage) -> None:
    progress = begin(cast.ben, stage.quiz)
    attempt = progress.attempts.get()
    first = submit_quiz(attempt.pk, 0, WRONG, user=cast.ben, award=award)
    second = submit_quiz(attempt.pk, 0, RIGHT, user=cast.ben, award=award)
    assert (first.score, second.score, second.passed) == (0, 0, False)
    assert progress.attempts.count() == 1


def test_answers_to_questions_that_are_not_there_are_not_kept(cast: Cast, stage: Stage) -> None:
    attempt = answer(begin(cast.ben, stage.quiz), {"q1": ["a", "zzz"], "q9": ["a"]})
    assert attempt.answers == {"q1": ["a"], "q2": []}


def test_the_best_score_stays_and_passed_stays_passed(cast: Cast, stage: Stage) -> None:
    progress = begin(cast.ben, stage.quiz)
    answer(progress, RIGHT)
    begin(cast.ben, stage.quiz)
    answer(progress, WRONG)
    progress.refresh_from_db()
    assert (progress.status, progress.score) == (Status.COMPLETED, 100)


def test_the_limit_counts_attempts_also_those_before_an_in_progress_reset(cast: Cast, stage: Stage) -> None:
    for turn in range(3):
        answer(begin(cast.ben, stage.quiz), WRONG)
        if turn == 0:
            set_back(cast, cast.ben, stage.quiz, erase=False)
    with pytest.raises(NoAttemptsLeft):
        begin(cast.ben, stage.quiz)


def test_erased_training_gives_all_attempts_back(cast: Cast, stage: Stage) -> None:
    for _ in range(3):
        answer(begin(cast.ben, stage.quiz), WRONG)
    set_back(cast, cast.ben, stage.quiz, erase=True)
    assert begin(cast.ben, stage.quiz).attempts.count() == 1


def test_the_required_chapters_complete_the_course_and_earn_its_certificate(cast: Cast, stage: Stage) -> None:
    watch(begin(cast.ben, stage.film))
    enrolment = Enrolment.objects.get(user=cast.ben, course=stage.fire)
    assert (enrolment.status, Certificate.objects.count()) == (Status.IN_PROGRESS, 0)
    answer(begin(cast.ben, stage.quiz), RIGHT)
    enrolment.refresh_from_db()
    assert enrolment.status == Status.COMPLETED
    assert enrolment.completed_at
    assert Certificate.objects.get().enrolment == enrolment


def test_the_optional_chapter_afterwards_earns_nothing_twice(cast: Cast, stage: Stage) -> None:
    watch(begin(cast.ben, stage.film))
    answer(begin(cast.ben, stage.quiz), RIGHT)
    watch(begin(cast.ben, stage.extra))
    assert Certificate.objects.count() == 1


@pytest.mark.parametrize("erase", [True, False])
def test_a_learner_who_is_in_a_chapter_while_it_is_reset_is_told_at_the_next_save(
    cast: Cast, stage: Stage, erase: bool
) -> None:
    """CASES 31, and issue 3: is told so at the next save, loses nothing else."""
    other = begin(cast.ben, stage.film)
    progress = begin(cast.ben, stage.bandage)
    save_bookmark(progress.pk, 0, 30, user=cast.ben)
    set_back(cast, cast.ben, stage.bandage, erase=erase)
    before = ChapterProgress.objects.values().get(pk=progress.pk)
    for write in (
        lambda: save_bookmark(progress.pk, 0, 35, user=cast.ben),
        lambda: watch(progress),
        lambda: answer(progress, RIGHT),
    ):
        with pytest.raises(
            WasReset, match=r"^An administrator set this chapter back at \d\d:\d\d\. Start it"
        ):
            write()
    assert ChapterProgress.objects.values().get(pk=progress.pk) == before
    save_bookmark(other.pk, 0, 12, user=cast.ben)
    fresh = begin(cast.ben, stage.bandage)
    assert (fresh.pk == progress.pk) is not erase
    save_bookmark(fresh.pk, fresh.resets, 5, user=cast.ben)


def test_who_set_it_back_oneself_is_told_so(cast: Cast, stage: Stage) -> None:
    progress = begin(cast.ben, stage.film)
    acting = oneself(cast.ben)
    apply(preview(ResetInProgress(), acting=acting), acting=acting)
    with pytest.raises(WasReset, match=r"^You set this chapter back"):
        save_bookmark(progress.pk, 0, 35, user=cast.ben)


def test_a_page_that_was_open_before_a_reset_stays_out_after_a_new_start_elsewhere(
    cast: Cast, stage: Stage
) -> None:
    old = begin(cast.ben, stage.film)
    set_back(cast, cast.ben, stage.film, erase=False)
    new = begin(cast.ben, stage.film)
    save_bookmark(new.pk, new.resets, 11, user=cast.ben)
    with pytest.raises(WasReset):
        save_bookmark(old.pk, old.resets, 50, user=cast.ben)
    new.refresh_from_db()
    assert new.bookmark == 11


def test_nothing_more_is_kept_once_the_enrolment_is_historical_or_the_course_closed(
    cast: Cast, stage: Stage
) -> None:
    film, bandage = begin(cast.ben, stage.film), begin(cast.ben, stage.bandage)
    Enrolment.objects.filter(course=stage.fire).update(current=False)
    with outside_the_ledger():
        Course.objects.filter(pk=stage.first_aid.pk).update(open=False)
    for progress in (film, bandage):
        with pytest.raises(NotOpen):
            save_bookmark(progress.pk, 0, 9, user=cast.ben)
