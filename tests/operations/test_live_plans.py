"""Plans over more than a hundred users: learners go on working meanwhile (docs/decisions/0004-live-plans.md)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rollbook.ledger.errors import StalePlan
from rollbook.ledger.operation import MANY
from rollbook.ledger.undo import Undo
from rollbook.ledger.writer import apply, preview
from rollbook.operations import reset_in_progress
from rollbook.operations.reset_in_progress import ResetInProgress
from rollbook.people.access import actor_for
from rollbook.people.selection import UserSelection
from rollbook.training.records import ChapterProgress, Status
from rollbook.training.selection import ContentSelection
from tests.cast import Cast, outside_the_ledger, user
from tests.training.stage import Stage, furnish, progress, state


def a_class_of(size: int, cast: Cast, stage: Stage) -> None:
    with outside_the_ledger():
        pupils = [user(f"Pupil{number}", "Oak", cast.oak) for number in range(size)]
    for pupil in pupils:
        progress(pupil, stage.film, Status.IN_PROGRESS, bookmark=10)
        state(pupil, stage.fire, Status.IN_PROGRESS)


def somebody_finishes_the_film(stage: Stage) -> None:
    one = ChapterProgress.objects.filter(chapter=stage.film, status=Status.IN_PROGRESS).earliest("pk")
    ChapterProgress.objects.filter(pk=one.pk).update(status=Status.COMPLETED, completed_at=timezone.now())


def reset_oak(cast: Cast, stage: Stage) -> ResetInProgress:
    return ResetInProgress(
        users=UserSelection(location_id=cast.oak.pk), content=ContentSelection(course_ids=(stage.fire.pk,))
    )


@pytest.fixture
def stage(cast: Cast) -> Stage:
    return furnish()


def test_of_more_than_a_hundred_users_one_may_go_on_and_the_answer_says_how_many_were_reset(
    cast: Cast, stage: Stage
) -> None:
    a_class_of(MANY + 2, cast, stage)
    acting = actor_for(cast.carla)
    plan = preview(reset_oak(cast, stage), acting=acting)
    somebody_finishes_the_film(stage)
    record = apply(plan, acting=acting, reason="a test")

    assert plan.counts["rollbook_chapter_progress"] == {"update": MANY + 2}
    assert record.counts["rollbook_chapter_progress"] == {"update": MANY + 1}
    assert ChapterProgress.objects.filter(status=Status.COMPLETED).count() == 1


def test_of_a_hundred_users_none_may_go_on_between_preview_and_ok(cast: Cast, stage: Stage) -> None:
    a_class_of(MANY, cast, stage)
    acting = actor_for(cast.carla)
    plan = preview(reset_oak(cast, stage), acting=acting)
    somebody_finishes_the_film(stage)

    with pytest.raises(StalePlan):
        apply(plan, acting=acting, reason="a test")


def test_rows_of_more_than_a_hundred_users_are_found_in_order_and_of_a_hundred_as_postgresql_likes(
    cast: Cast, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gathers_by_hash() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SHOW enable_hashagg")
            return bool(cursor.fetchone() == ("on",))

    a_class_of(2, cast, stage)
    preview(reset_oak(cast, stage), acting=actor_for(cast.carla))
    assert gathers_by_hash()
    monkeypatch.setattr(reset_in_progress, "MANY", 1)
    preview(reset_oak(cast, stage), acting=actor_for(cast.carla))
    assert not gathers_by_hash()


def test_a_live_plan_is_still_refused_when_something_else_was_chosen(cast: Cast, stage: Stage) -> None:
    a_class_of(MANY + 1, cast, stage)
    acting = actor_for(cast.carla)
    everything = ContentSelection(everything=True)
    other = ResetInProgress(users=UserSelection(location_id=cast.oak.pk), content=everything)

    with pytest.raises(StalePlan):
        apply(
            preview(other, acting=acting),
            acting=acting,
            reason="a test",
            previewed=preview(reset_oak(cast, stage), acting=acting).fingerprint,
        )


def test_an_undo_over_more_than_a_hundred_users_leaves_alone_who_went_on(cast: Cast, stage: Stage) -> None:
    a_class_of(MANY + 1, cast, stage)
    acting = actor_for(cast.carla)
    record = apply(preview(reset_oak(cast, stage), acting=acting), acting=acting, reason="a test")
    plan = preview(Undo(operation_id=record.pk), acting=acting)
    one = ChapterProgress.objects.filter(chapter=stage.film).earliest("pk")
    ChapterProgress.objects.filter(pk=one.pk).update(status=Status.COMPLETED, completed_at=timezone.now())
    apply(plan, acting=acting)

    assert ChapterProgress.objects.filter(status=Status.IN_PROGRESS, bookmark=10).count() == MANY
    one.refresh_from_db()
    assert one.status == Status.COMPLETED
    assert not preview(Undo(operation_id=record.pk, include_conflicts=True), acting=acting).live


def test_an_undo_over_more_than_a_hundred_users_counts_its_rows_and_digests_none(
    cast: Cast, stage: Stage
) -> None:
    a_class_of(MANY + 1, cast, stage)
    acting = actor_for(cast.carla)
    record = apply(preview(reset_oak(cast, stage), acting=acting), acting=acting, reason="a test")
    with CaptureQueriesContext(connection) as caught:
        plan = preview(Undo(operation_id=record.pk), acting=acting)

    assert plan.counts == record.counts
    assert not [query for query in caught.captured_queries if "hash_record" in query["sql"]]
