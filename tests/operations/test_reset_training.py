"""[203] Reset Training Data."""

import pytest

from rollbook.ledger.models import OperationRecord
from rollbook.ledger.undo import Undo
from rollbook.ledger.writer import preview
from rollbook.operations.award_completion import award
from rollbook.operations.reset_training import ResetTraining
from rollbook.people.access import actor_for
from rollbook.people.models import User
from rollbook.people.selection import UserSelection
from rollbook.training import activity
from rollbook.training.certificates import validity
from rollbook.training.learning_errors import WasReset
from rollbook.training.records import Attempt, Certificate, ChapterProgress, Enrolment, Status, UserCompetency
from rollbook.training.selection import ContentSelection
from tests.cast import Cast
from tests.operations.doing import do, refusals
from tests.snapshots import snapshot
from tests.training.stage import Stage, furnish, study


@pytest.fixture
def stage(cast: Cast) -> Stage:
    made = furnish()
    study(cast, made)
    return made


def of(*users: User) -> UserSelection:
    return UserSelection(ids=tuple(user.pk for user in users))


def living(user: User) -> dict[str, str]:
    rows = ChapterProgress.objects.filter(enrolment__user=user, erased_at=None)
    return dict(rows.values_list("chapter__title", "status"))


def course_of(user: User, stage: Stage) -> Enrolment:
    return Enrolment.objects.get(user=user, course=stage.fire)


def reset_fire(stage: Stage, *users: User, revoke: bool = False) -> ResetTraining:
    return ResetTraining(
        users=of(*users), content=ContentSelection(course_ids=(stage.fire.pk,)), revoke=revoke
    )


def test_past_attempts_leave_and_all_courses_and_chapters_revert_to_incomplete(
    cast: Cast, stage: Stage
) -> None:
    """Seed: "all past attempts will be erased from reporting and all courses/chapters will revert to Incomplete"."""
    do(cast.carla, reset_fire(stage, cast.ben))

    assert living(cast.ben) == {"The bandage": "in_progress"}
    course = course_of(cast.ben, stage)
    assert (course.status, course.started_at, course.completed_at) == (Status.NOT_STARTED, None, None)
    of_fire = Attempt.objects.filter(enrolment=course)
    assert of_fire.exists()
    assert not of_fire.filter(progress__erased_at=None).exists()


def test_one_required_chapter_of_a_completed_course_leaves_it_in_progress(cast: Cast, stage: Stage) -> None:
    operation = ResetTraining(users=of(cast.ben), content=ContentSelection(chapter_ids=(stage.quiz.pk,)))
    do(cast.carla, operation)

    course = course_of(cast.ben, stage)
    assert (course.status, course.completed_at) == (Status.IN_PROGRESS, None)
    assert course.started_at is not None


def test_an_optional_chapter_leaves_a_completed_course_completed(cast: Cast, stage: Stage) -> None:
    enrolment = course_of(cast.ben, stage)
    ChapterProgress.objects.create(enrolment=enrolment, chapter=stage.extra, status=Status.COMPLETED)
    operation = ResetTraining(users=of(cast.ben), content=ContentSelection(chapter_ids=(stage.extra.pk,)))
    do(cast.carla, operation)

    course = course_of(cast.ben, stage)
    assert course.status == Status.COMPLETED
    assert course.completed_at is not None


@pytest.mark.parametrize("revoke", [False, True])
def test_certificates_are_kept_unless_the_administrator_says_revoke(
    cast: Cast, stage: Stage, revoke: bool
) -> None:
    operation = reset_fire(stage, cast.ben, revoke=revoke)
    notes = " ".join(note.what for note in preview(operation, acting=actor_for(cast.carla)).notes)
    do(cast.carla, operation)

    assert ("1 certificate and 1 competency are revoked" in notes) is revoke
    for earned in (Certificate.objects.get(), UserCompetency.objects.get()):
        assert (earned.revoked_at is not None) is revoke


def test_what_overlaps_is_reset_once(cast: Cast, stage: Stage) -> None:
    content = ContentSelection(
        chapter_ids=(stage.film.pk,),
        course_ids=(stage.fire.pk,),
        category_ids=(stage.safety.pk,),
        content_role_ids=(stage.crew.pk,),
    )
    plan = preview(ResetTraining(users=of(cast.ben), content=content), acting=actor_for(cast.carla))

    assert plan.counts == {
        "rollbook_enrolment": {"update": 2},
        "rollbook_chapter_progress": {"update": 3},
    }


def test_all_chapters_and_courses_within_a_content_role_are_reset(cast: Cast, stage: Stage) -> None:
    """The seed: "If any content roles are chosen, all chapters and courses within those roles will be reset"."""
    content = ContentSelection(content_role_ids=(stage.crew.pk,))
    do(cast.carla, ResetTraining(users=of(cast.ben), content=content))

    assert living(cast.ben) == {}


def test_users_outside_the_actors_locations_are_left_out_and_said(cast: Cast, stage: Stage) -> None:
    plan = preview(reset_fire(stage, cast.ben, cast.mallory), acting=actor_for(cast.carla))
    do(cast.carla, reset_fire(stage, cast.ben, cast.mallory))

    assert [(note.what, note.why) for note in plan.left_out] == [
        (f"User #{cast.mallory.pk}", "not there, or beyond your locations or access level")
    ]
    assert len(living(cast.mallory)) == 3


def test_a_whole_location_is_reset_by_choice(cast: Cast, stage: Stage) -> None:
    content = ContentSelection(everything=True)
    do(cast.carla, ResetTraining(users=UserSelection(location_id=cast.north.pk), content=content))

    assert living(cast.ben) == living(cast.bea) == {}
    assert len(living(cast.mallory)) == 3


def test_ids_that_are_not_there_or_of_another_kind_are_named(cast: Cast, stage: Stage) -> None:
    content = ContentSelection(chapter_ids=(987_654,))
    said = refusals(cast.carla, ResetTraining(users=of(cast.ben), content=content))
    assert said == "There is no chapter #987654. Check the number."
    assert "Nothing was chosen" in refusals(cast.carla, ResetTraining(users=of(cast.ben)))


def test_undo_brings_everything_back(cast: Cast, stage: Stage) -> None:
    before = snapshot()
    record = do(cast.carla, reset_fire(stage, cast.ben, revoke=True))
    do(cast.carla, Undo(operation_id=record.pk))

    assert snapshot() == before


def test_new_work_is_not_overwritten_by_undo_and_the_administrator_sees_both(
    cast: Cast, stage: Stage
) -> None:
    record: OperationRecord = do(cast.carla, reset_fire(stage, cast.ben))
    again = ChapterProgress.objects.create(
        enrolment=course_of(cast.ben, stage), chapter=stage.film, status=Status.IN_PROGRESS, bookmark=12
    )
    undo = Undo(operation_id=record.pk)

    assert [conflict.state for conflict in undo.conflicts(10)] == ["taken"]
    do(cast.carla, undo)
    again.refresh_from_db()
    assert (again.erased_at, again.bookmark) == (None, 12)
    assert living(cast.ben)["The quiz"] == "completed"


def test_an_administrator_who_chooses_the_erased_training_has_the_new_work_erased_and_both_can_come_back(
    cast: Cast, stage: Stage
) -> None:
    """CASES 36: the administrator sees both and chooses."""
    before = course_of(cast.ben, stage)
    record = do(cast.carla, reset_fire(stage, cast.ben))
    again = activity.start(cast.ben, stage.film, award=award)
    attempt = again.attempts.get()
    started_again = snapshot()

    chosen = do(cast.carla, Undo(operation_id=record.pk, include_conflicts=True))
    assert chosen.counts["rollbook_chapter_progress"] == {"update": 3}
    assert living(cast.ben)["The film"] == "completed"
    course = course_of(cast.ben, stage)
    assert (course.status, course.completed_at) == (Status.COMPLETED, before.completed_at)
    again.refresh_from_db()
    assert again.erased_at
    assert Attempt.objects.get(progress=again) == attempt
    with pytest.raises(WasReset):
        activity.save_bookmark(again.pk, again.resets, 5, user=cast.ben)

    do(cast.carla, Undo(operation_id=chosen.pk))
    assert snapshot() == started_again


def test_a_course_that_goes_back_without_its_chapters_is_what_they_are_by_now(
    cast: Cast, stage: Stage
) -> None:
    first = do(cast.carla, reset_fire(stage, cast.bea))
    do(cast.carla, Undo(operation_id=first.pk))
    second = do(cast.carla, reset_fire(stage, cast.bea))
    # Its chapters are erased by the second reset; only the course's status is still to go back.
    again = do(cast.carla, Undo(operation_id=first.pk))
    assert again.counts == {"rollbook_enrolment": {"update": 1}}
    assert course_of(cast.bea, stage).status == Status.NOT_STARTED
    do(cast.carla, Undo(operation_id=second.pk))

    do(cast.carla, Undo(operation_id=again.pk, include_conflicts=True))
    assert living(cast.bea)["The quiz"] == "in_progress"
    assert course_of(cast.bea, stage).status == Status.IN_PROGRESS


@pytest.mark.parametrize(("chapter", "worth"), [("quiz", "revoked"), ("extra", "valid")])
def test_a_certificate_follows_the_course_when_one_of_its_chapters_is_reset(
    cast: Cast, stage: Stage, chapter: str, worth: str
) -> None:
    """CASES 32: what the chapter was required for is earned no longer; an optional one takes nothing away."""
    ChapterProgress.objects.create(
        enrolment=course_of(cast.ben, stage), chapter=stage.extra, status=Status.COMPLETED
    )
    content = ContentSelection(chapter_ids=(getattr(stage, chapter).pk,))
    do(cast.carla, ResetTraining(users=of(cast.ben), content=content, revoke=True))

    assert [validity(one) for one in (Certificate.objects.get(), UserCompetency.objects.get())] == [worth] * 2


def test_the_preview_counts_chapters_and_users_by_course_and_status(cast: Cast, stage: Stage) -> None:
    users = of(cast.ben, cast.bea)
    plan = preview(
        ResetTraining(users=users, content=ContentSelection(everything=True)), acting=actor_for(cast.carla)
    )
    assert [note.what for note in plan.notes][:2] == [
        "Fire safety: 3 chapters completed, of 2 users; 2 chapters in progress, of 1 user",
        "First aid: 1 chapter in progress, of 1 user",
    ]


def test_the_course_follows_when_one_of_two_resets_that_overlap_is_undone(cast: Cast, stage: Stage) -> None:
    before = snapshot()
    film = ContentSelection(chapter_ids=(stage.film.pk,))
    first = do(cast.carla, ResetTraining(users=of(cast.ben), content=film))
    second = do(cast.carla, reset_fire(stage, cast.ben))

    do(cast.carla, Undo(operation_id=first.pk))
    assert course_of(cast.ben, stage).status == Status.IN_PROGRESS
    do(cast.carla, Undo(operation_id=second.pk))
    assert snapshot() == before
