"""[204] Reset In-Progress Data."""

from datetime import timedelta

import pytest
from django.utils import timezone

from rollbook.ledger.errors import NothingToDo
from rollbook.ledger.undo import Undo
from rollbook.ledger.writer import apply, preview
from rollbook.operations.award_completion import award
from rollbook.operations.reset_in_progress import ResetInProgress
from rollbook.operations.save_location import SaveLocation
from rollbook.people.access import actor_for, oneself
from rollbook.people.models import User
from rollbook.people.selection import UserSelection
from rollbook.training import activity
from rollbook.training.invariants import broken_invariants
from rollbook.training.records import Attempt, ChapterProgress, Enrolment, Status
from rollbook.training.selection import ContentSelection
from tests.cast import Cast, outside_the_ledger
from tests.operations.doing import do, refusals
from tests.snapshots import snapshot
from tests.training.stage import LATER, LONG_AGO, Stage, furnish, progress, state, study


@pytest.fixture
def stage(cast: Cast) -> Stage:
    made = furnish()
    study(cast, made)
    return made


def of(*users: User) -> UserSelection:
    return UserSelection(ids=tuple(user.pk for user in users))


def statuses(user: User) -> dict[str, str]:
    rows = ChapterProgress.objects.filter(enrolment__user=user, erased_at=None)
    return dict(rows.values_list("chapter__title", "status"))


def course_of(user: User, stage: Stage) -> Enrolment:
    return Enrolment.objects.get(user=user, course=stage.fire, current=True)


def test_in_progress_becomes_not_started_and_no_attempt_is_erased(cast: Cast, stage: Stage) -> None:
    """Seed: "any chapter or course that is In Progress to Not Started. This will NOT erase any past attempts"."""
    attempts = list(Attempt.objects.order_by("pk").values())
    do(
        cast.lou,
        ResetInProgress(users=of(cast.ben), content=ContentSelection(course_ids=(stage.first_aid.pk,))),
    )

    bandage = ChapterProgress.objects.get(enrolment__user=cast.ben, chapter=stage.bandage)
    assert (bandage.status, bandage.bookmark, bandage.started_at) == (Status.NOT_STARTED, 0, None)
    course = Enrolment.objects.get(user=cast.ben, course=stage.first_aid)
    assert (course.status, course.started_at) == (Status.NOT_STARTED, None)
    assert list(Attempt.objects.order_by("pk").values()) == attempts


def test_completed_and_not_started_are_untouched_and_the_answer_counts_what_really_changed(
    cast: Cast, stage: Stage
) -> None:
    progress(cast.ben, stage.extra, Status.NOT_STARTED)
    before = statuses(cast.ben)
    record = do(cast.lou, ResetInProgress(users=of(cast.ben, cast.bea)))

    assert statuses(cast.ben) == before | {"The bandage": "not_started"}
    assert statuses(cast.bea) == {"The film": "completed", "The quiz": "not_started", "Extra": "not_started"}
    assert record.counts == {
        "rollbook_enrolment": {"update": 1},
        "rollbook_chapter_progress": {"update": 3},
    }


def test_a_course_with_a_completed_chapter_stays_in_progress(cast: Cast, stage: Stage) -> None:
    do(cast.lou, ResetInProgress(users=of(cast.bea)))
    assert course_of(cast.bea, stage).status == Status.IN_PROGRESS


def test_an_optional_chapter_in_progress_of_a_completed_course_leaves_it_completed(
    cast: Cast, stage: Stage
) -> None:
    progress(cast.ben, stage.extra, Status.IN_PROGRESS)
    do(cast.lou, ResetInProgress(users=of(cast.ben), content=ContentSelection(chapter_ids=(stage.extra.pk,))))
    course = course_of(cast.ben, stage)
    assert (course.status, course.completed_at) == (Status.COMPLETED, LONG_AGO)


def test_numbers_that_are_not_there_or_of_another_type_are_named_and_nothing_is_done(
    cast: Cast, stage: Stage
) -> None:
    with outside_the_ledger():
        type(stage.safety).objects.create(pk=987_654, name="Sport")
    content = ContentSelection(course_ids=(stage.fire.pk, 987_654, 987_655))
    said = refusals(cast.lou, ResetInProgress(content=content))
    assert "There is no course #987654. #987654 is a category." in said
    assert "There is no course #987655. Check the number." in said


def test_without_a_choice_of_users_it_is_about_whoever_the_actor_manages(cast: Cast, stage: Stage) -> None:
    content = ContentSelection(category_ids=(stage.safety.pk,))
    plan = preview(ResetInProgress(content=content), acting=actor_for(cast.lou))
    assert plan.left_out == []
    do(cast.lou, ResetInProgress(content=content))
    assert statuses(cast.mallory)["Extra"] == "in_progress"
    assert statuses(cast.bea)["Extra"] == "not_started"


def test_users_beyond_reach_or_with_nothing_in_progress_are_left_out_with_the_reason(
    cast: Cast, stage: Stage
) -> None:
    users = UserSelection(names=("ben", "dora.dunn@example.org", "mallory.malik@example.org"))
    plan = preview(ResetInProgress(users=users), acting=actor_for(cast.lou))
    assert [(note.what, note.why) for note in plan.left_out] == [
        ("“mallory.malik@example.org”", "not there, or beyond your locations or access level"),
        ("Dora Dunn", "nothing of this is in progress"),
    ]


def test_chapters_that_overlap_are_set_back_once(cast: Cast, stage: Stage) -> None:
    content = ContentSelection(
        chapter_ids=(stage.extra.pk,),
        course_ids=(stage.fire.pk,),
        category_ids=(stage.safety.pk,),
        content_role_ids=(stage.crew.pk,),
    )
    plan = preview(ResetInProgress(users=of(cast.bea), content=content), acting=actor_for(cast.lou))
    assert plan.counts == {"rollbook_chapter_progress": {"update": 2}}


def test_nothing_in_progress_is_said(cast: Cast, stage: Stage) -> None:
    said = refusals(cast.lou, ResetInProgress(users=of(cast.dora)))
    assert said == "Nothing of this is in progress: there is nothing to reset."


def test_learners_reset_their_own_chapters_where_their_location_allows_it(cast: Cast, stage: Stage) -> None:
    """Seed: "The option to reset in progress data is also available for end-users in their profile settings"."""
    bea = oneself(cast.bea)
    mine = ResetInProgress(users=of(cast.bea))
    do(cast.alice, SaveLocation(location_id=cast.north.pk, name="North", learners_may_reset=False))
    assert preview(mine, acting=bea).refusals == [
        "Your location does not let learners do this themselves. Ask an administrator."
    ]
    do(
        cast.carla,
        SaveLocation(location_id=cast.oak.pk, name="Oak", parent_id=cast.north.pk, learners_may_reset=True),
    )
    apply(preview(mine, acting=bea), acting=bea)
    assert statuses(cast.bea)["Extra"] == "not_started"


def test_learners_reset_nobody_else(cast: Cast, stage: Stage) -> None:
    plan = preview(ResetInProgress(users=of(cast.bea, cast.ben)), acting=oneself(cast.ben))
    assert [note.what for note in plan.left_out] == [f"User #{cast.bea.pk}"]
    everybody = preview(ResetInProgress(), acting=oneself(cast.ben))
    assert [list(rows) for rows in everybody.subjects] == [[cast.ben]]


def test_undo_brings_everything_back(cast: Cast, stage: Stage) -> None:
    before = snapshot()
    record = do(cast.lou, ResetInProgress(users=of(cast.ben, cast.bea)))
    do(cast.lou, Undo(operation_id=record.pk))
    assert snapshot() == before


def test_new_work_is_not_overwritten_by_undo_and_the_administrator_sees_both(
    cast: Cast, stage: Stage
) -> None:
    record = do(cast.lou, ResetInProgress(users=of(cast.ben)))
    bandage = ChapterProgress.objects.filter(enrolment__user=cast.ben, chapter=stage.bandage)
    again = timezone.now() + timedelta(minutes=1)
    bandage.update(status=Status.IN_PROGRESS, bookmark=200, started_at=again)
    state(cast.ben, stage.first_aid, Status.IN_PROGRESS)

    undo = Undo(operation_id=record.pk)
    (conflict,) = [found for found in undo.conflicts(10) if found.table == "rollbook_chapter_progress"]
    assert (conflict.state, (conflict.change.before or {})["bookmark"]) == ("changed", 75)
    with pytest.raises(NothingToDo):
        do(cast.lou, undo)
    assert bandage.get().bookmark == 200
    do(cast.lou, Undo(operation_id=record.pk, include_conflicts=True))
    assert bandage.get().bookmark == 75


def test_an_undo_that_wins_over_a_completion_since_leaves_no_completion_date_and_gives_it_back_when_undone(
    cast: Cast, stage: Stage
) -> None:
    content = ContentSelection(chapter_ids=(stage.extra.pk,))
    record = do(cast.lou, ResetInProgress(users=of(cast.bea), content=content))
    begun = activity.start(cast.bea, stage.extra, award=award)
    activity.finish_video(begun.pk, begun.resets, seconds=60, duration=60, user=cast.bea, award=award)
    begun.refresh_from_db()

    undone = do(cast.lou, Undo(operation_id=record.pk, include_conflicts=True))
    row = ChapterProgress.objects.get(pk=begun.pk)
    assert (row.status, row.completed_at) == (Status.IN_PROGRESS, None)
    assert broken_invariants() == []

    do(cast.lou, Undo(operation_id=undone.pk))
    row.refresh_from_db()
    assert (row.status, row.completed_at) == (
        Status.COMPLETED,
        begun.attempts.get(finished_at__gt=LATER).finished_at,
    )
