"""Retention: what [203] erased can be brought back until its time is over, and is then removed for good."""

import logging
from datetime import timedelta

import pytest
from django.db import connection
from procrastinate.contrib.django import app
from pytest_django import Settings

from rollbook.interfaces.web.tasks import purge_erased
from rollbook.ledger.errors import Refused
from rollbook.ledger.models import OperationRecord, Purge
from rollbook.ledger.undo import Undo
from rollbook.operations.reset_training import ResetTraining
from rollbook.people.selection import UserSelection
from rollbook.training import erased
from rollbook.training.records import Attempt, ChapterProgress
from rollbook.training.selection import ContentSelection
from tests.cast import Cast, assemble, outside_the_ledger
from tests.operations.doing import do
from tests.snapshots import snapshot
from tests.training.stage import Stage, furnish, study

DAYS = 180


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


@pytest.fixture
def stage(cast: Cast) -> Stage:
    made = furnish()
    study(cast, made)
    return made


def reset(cast: Cast, stage: Stage) -> OperationRecord:
    """Let Carla erase Ben's Fire safety."""
    content = ContentSelection(course_ids=(stage.fire.pk,))
    return do(cast.carla, ResetTraining(users=UserSelection(ids=(cast.ben.pk,)), content=content))


def let_pass(days: int) -> None:
    """Let time pass since everything that was done."""
    ago = timedelta(days=days)
    with outside_the_ledger(), connection.cursor() as cursor:
        cursor.execute("UPDATE rollbook_operation SET at = at - %s", [ago])
        cursor.execute("UPDATE rollbook_chapter_progress SET erased_at = erased_at - %s", [ago])
        cursor.execute(
            "UPDATE rollbook_change c SET after = c.after || jsonb_build_object('erased_at', p.erased_at) "
            "FROM rollbook_chapter_progress p WHERE p.id = c.row_id AND p.erased_at IS NOT NULL "
            "AND c.\"table\" = 'rollbook_chapter_progress' AND c.after->>'erased_at' IS NOT NULL"
        )


def test_before_its_time_is_over_nothing_is_purged_and_undo_brings_it_back(cast: Cast, stage: Stage) -> None:
    before = snapshot()
    record = reset(cast, stage)
    with outside_the_ledger(), connection.cursor() as cursor:
        cursor.execute("UPDATE rollbook_operation SET at = at - interval '179 days'")
    assert erased.purge(DAYS) == 0
    do(cast.carla, Undo(operation_id=record.pk))
    assert snapshot() == before


def test_afterwards_it_is_removed_with_its_attempts_and_the_operation_says_so(
    cast: Cast, stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    record = reset(cast, stage)
    kept = ChapterProgress.objects.filter(erased_at=None).count()
    let_pass(DAYS + 1)
    with caplog.at_level(logging.INFO):
        assert erased.purge(DAYS) == 2
    assert f"2 rows of chapter progress that operation {record.pk} erased" in caplog.text
    assert ChapterProgress.objects.count() == kept
    assert not Attempt.objects.filter(enrolment__user=cast.ben, enrolment__course=stage.fire).exists()
    purge = Purge.objects.get()
    assert (purge.operation, purge.table, purge.rows) == (record, "rollbook_chapter_progress", 2)
    assert erased.purge(DAYS) == 0


def test_the_worker_does_so_every_night_after_the_days_that_the_operator_set(
    cast: Cast, stage: Stage, settings: Settings
) -> None:
    assert "47 3 * * *" in {
        each.cron for each in app.periodic_registry.periodic_tasks.values() if each.task == purge_erased
    }
    assert settings.ERASED_DAYS == DAYS, "the default"
    reset(cast, stage)
    let_pass(11)
    gone = ChapterProgress.objects.exclude(erased_at=None)
    for days, left in ((12, 2), (10, 0)):
        settings.ERASED_DAYS = days
        purge_erased(timestamp=0)
        assert gone.count() == left


def test_undo_then_says_what_is_gone_and_changes_nothing(cast: Cast, stage: Stage) -> None:
    record = reset(cast, stage)
    let_pass(DAYS + 1)
    erased.purge(DAYS)
    undo, before = Undo(operation_id=record.pk), snapshot()
    with pytest.raises(
        Refused, match=r"purged for good on .* \(2 rows of chapter progress\).* no longer be undone"
    ):
        do(cast.carla, undo)
    assert {conflict.state for conflict in undo.conflicts(10)} == {"gone"}
    assert snapshot() == before


def test_what_was_brought_back_is_not_purged(cast: Cast, stage: Stage) -> None:
    record = reset(cast, stage)
    do(cast.carla, Undo(operation_id=record.pk))
    let_pass(DAYS + 1)
    assert erased.purge(DAYS) == 0


def test_what_was_erased_again_by_undoing_an_undo_is_kept_from_then_on(cast: Cast, stage: Stage) -> None:
    record = reset(cast, stage)
    let_pass(DAYS + 1)
    undo = do(cast.carla, Undo(operation_id=record.pk))
    do(cast.carla, Undo(operation_id=undo.pk))
    assert erased.purge(DAYS) == 0
    let_pass(DAYS + 1)
    assert erased.purge(DAYS) == 2


def test_it_is_purged_in_batches(cast: Cast, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    reset(cast, stage)
    let_pass(DAYS + 1)
    monkeypatch.setattr(erased, "BATCH", 1)
    assert erased.purge(DAYS) == 2
    assert Purge.objects.get().rows == 2
