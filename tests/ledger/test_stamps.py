"""Rows of chapter progress keep the last operation that changed them; the record has no index by row of them."""

import pytest
from django.db import connection

from rollbook.ledger.models import Change
from rollbook.ledger.undo import Undo
from rollbook.ledger.verify import broken_invariants
from rollbook.operations.award_completion import award
from rollbook.operations.reset_in_progress import ResetInProgress
from rollbook.people.models import User
from rollbook.people.selection import UserSelection
from rollbook.training import activity
from rollbook.training.records import ChapterProgress
from rollbook.training.selection import ContentSelection
from tests.cast import Cast, outside_the_ledger
from tests.operations.doing import do
from tests.training.stage import Stage, furnish, study


@pytest.fixture
def stage(cast: Cast) -> Stage:
    made = furnish()
    study(cast, made)
    return made


def reset(cast: Cast, stage: Stage) -> int:
    content = ContentSelection(chapter_ids=(stage.bandage.pk,))
    return do(cast.alice, ResetInProgress(users=UserSelection(ids=(cast.ben.pk,)), content=content)).pk


def bandage(cast: Cast, stage: Stage) -> ChapterProgress:
    return ChapterProgress.objects.get(enrolment__user=cast.ben, chapter=stage.bandage, erased_at=None)


def test_every_operation_that_changes_a_row_leaves_its_number_there(cast: Cast, stage: Stage) -> None:
    assert bandage(cast, stage).last_operation_id is None
    first = reset(cast, stage)
    assert bandage(cast, stage).last_operation_id == first
    undone = do(cast.alice, Undo(operation_id=first)).pk
    assert bandage(cast, stage).last_operation_id == undone


def test_what_a_learner_does_leaves_it_as_it_is(cast: Cast, stage: Stage) -> None:
    first = reset(cast, stage)
    activity.start(cast.ben, stage.bandage, award=award)
    assert bandage(cast, stage).last_operation_id == first


def test_a_conflict_names_the_later_operation(cast: Cast, stage: Stage) -> None:
    first = reset(cast, stage)
    activity.start(cast.ben, stage.bandage, award=award)
    (conflict,) = [c for c in Undo(operation_id=first).conflicts(9) if c.table == "rollbook_chapter_progress"]
    assert conflict.later is None
    second = reset(cast, stage)
    activity.start(cast.ben, stage.bandage, award=award)
    (conflict,) = [c for c in Undo(operation_id=first).conflicts(9) if c.table == "rollbook_chapter_progress"]
    assert conflict.later is not None
    assert conflict.later.pk == second


def test_a_forced_undo_leaves_its_number_also_where_a_row_makes_way(cast: Cast, stage: Stage) -> None:
    first = reset(cast, stage)
    activity.start(cast.ben, stage.bandage, award=award)
    forced = do(cast.alice, Undo(operation_id=first, include_conflicts=True)).pk
    assert bandage(cast, stage).last_operation_id == forced


def test_verify_tells_of_rows_that_do_not_know_their_last_operation(cast: Cast, stage: Stage) -> None:
    first = reset(cast, stage)
    row = bandage(cast, stage)
    with outside_the_ledger():
        ChapterProgress.objects.filter(pk=row.pk).update(last_operation=None)
    assert broken_invariants() == [
        f"Rows of “rollbook_chapter_progress” that do not name the last operation that changed them: [{row.pk}]."
    ]
    with outside_the_ledger():
        ChapterProgress.objects.filter(pk=row.pk).update(last_operation=first)


def test_the_history_of_any_other_row_is_found_by_index(cast: Cast) -> None:
    history = Change.objects.filter(table=User._meta.db_table, row_id=cast.ben.pk).order_by("-id")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "change_row" in history.explain()
