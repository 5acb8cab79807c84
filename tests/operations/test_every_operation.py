"""The contract that holds for every operation (DESIGN 2.7), over the explicit list of operations."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet

from rollbook.ledger.errors import AlreadyApplied, LedgerError, NotAllowed, OutOfScope, StalePlan
from rollbook.ledger.models import Change, OperationRecord
from rollbook.ledger.undo import Undo
from rollbook.ledger.writer import apply, preview
from rollbook.operations import OPERATIONS
from rollbook.people.access import MachineActor, actor_for
from tests.cast import Cast
from tests.operations.cases import MAKERS, SCENES
from tests.operations.scene import Scene
from tests.snapshots import differences, snapshot

REASON = "because the contract says so"
EVERY_STATEMENT = "TEST_EVERY_STATEMENT" in os.environ
MOST_STOPS = 100


@pytest.fixture(
    params=[maker for _, maker in MAKERS], ids=[f"{op.verb}-{maker.__name__}" for op, maker in MAKERS]
)
def scene(cast: Cast, request: pytest.FixtureRequest) -> Scene:
    maker: Callable[[Cast], Scene] = request.param
    return maker(cast)


class Interrupted(Exception):
    """The process was stopped here."""


@contextmanager
def counting_statements(stop_at: int | None = None) -> Iterator[list[str]]:
    seen: list[str] = []

    def count(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        # Savepoints are the test's own: an apply runs in one transaction.
        if "SAVEPOINT" not in sql:
            if len(seen) == stop_at:
                raise Interrupted
            seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        yield seen


def changes_of(record: OperationRecord) -> QuerySet[Change]:
    """Return its changes, or those of its parts."""
    return Change.objects.filter(operation__in=[record, *record.parts.all()])


def test_every_operation_has_a_scene() -> None:
    assert {op for op in OPERATIONS if not SCENES.get(op)} == set()


def test_every_verb_is_named_once() -> None:
    assert max(Counter(op.verb for op in OPERATIONS).values()) == 1


def test_planning_writes_nothing(scene: Scene) -> None:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL transaction_read_only = on")
        plan = preview(scene.operation, acting=scene.actor)
        for effect in plan.effects:
            effect.sample(5)
        assert plan.can_apply, plan.refusals
        transaction.set_rollback(True)


def test_planning_twice_says_the_same(scene: Scene) -> None:
    first, second = (preview(scene.operation, acting=scene.actor) for _ in range(2))
    assert first.fingerprint == second.fingerprint
    assert first.key != second.key


def test_applying_does_exactly_what_the_preview_said(scene: Scene) -> None:
    plan = preview(scene.operation, acting=scene.actor)
    record = apply(plan, acting=scene.actor, reason=REASON)
    recorded: dict[str, dict[str, int]] = {}
    for table, kind in changes_of(record).values_list("table", "kind"):
        recorded.setdefault(table, Counter())[kind] += 1
    assert recorded == plan.counts
    assert record.counts == plan.counts
    assert record.summary == plan.summary


def test_each_changed_row_has_one_recorded_change(scene: Scene) -> None:
    before = snapshot()
    record = apply(preview(scene.operation, acting=scene.actor), acting=scene.actor, reason=REASON)
    after = snapshot()
    changes = list(changes_of(record))
    assert Counter((c.table, c.row_id) for c in changes) == Counter(differences(before, after))
    for change in changes:
        old, new = before[change.table].get(change.row_id), after[change.table].get(change.row_id)
        assert (change.before or {}).items() <= (old or {}).items()
        assert (change.after or {}).items() <= (new or {}).items()


def test_undo_puts_every_row_back_and_can_be_undone(scene: Scene) -> None:
    before = snapshot()
    record = apply(preview(scene.operation, acting=scene.actor), acting=scene.actor, reason=REASON)
    done = snapshot()
    undone = apply(
        preview(Undo(operation_id=record.pk), acting=scene.actor), acting=scene.actor, reason=REASON
    )
    assert differences(before, snapshot()) == set()
    apply(preview(Undo(operation_id=undone.pk), acting=scene.actor), acting=scene.actor, reason=REASON)
    assert differences(done, snapshot()) == set()


def test_a_stale_plan_is_refused(scene: Scene) -> None:
    plan = preview(scene.operation, acting=scene.actor)
    scene.disturb()
    before = snapshot()
    with pytest.raises(StalePlan):
        apply(plan, acting=scene.actor, reason=REASON)
    assert differences(before, snapshot()) == set()


def test_a_plan_applies_once(scene: Scene) -> None:
    plan = preview(scene.operation, acting=scene.actor)
    apply(plan, acting=scene.actor, reason=REASON)
    before = snapshot()
    with pytest.raises(AlreadyApplied):
        apply(plan, acting=scene.actor, reason=REASON)
    assert differences(before, snapshot()) == set()


def test_without_the_right_nothing_happens(scene: Scene, cast: Cast) -> None:
    plan = preview(scene.operation, acting=scene.actor)
    before = snapshot()
    for nobody in (actor_for(cast.mallory), MachineActor("api", "no rights")):
        with pytest.raises(NotAllowed):
            preview(scene.operation, acting=nobody)
        with pytest.raises(NotAllowed):
            apply(plan, acting=nobody, reason=REASON)
    assert differences(before, snapshot()) == set()


def test_out_of_scope_nothing_happens(scene: Scene) -> None:
    if scene.outsider is None:
        super_users_only = {"lms:edit", "attributes:edit", "catalogue:edit", "api_tokens:edit"}
        assert scene.operation.required_right in super_users_only, "no scope to be out of"
        return
    plan = preview(scene.operation, acting=scene.actor)
    before = snapshot()
    # Whoever is beyond reach stops the whole, or is left out: and then nothing is left to do.
    with suppress(OutOfScope, NotAllowed):
        assert not preview(scene.operation, acting=scene.outsider).can_apply
    with pytest.raises((OutOfScope, NotAllowed, StalePlan)):
        apply(plan, acting=scene.outsider, reason=REASON)
    assert differences(before, snapshot()) == set()


def test_an_interrupted_apply_leaves_nothing(scene: Scene) -> None:
    plan = preview(scene.operation, acting=scene.actor)
    before, operations = snapshot(), OperationRecord.objects.count()
    with transaction.atomic():
        with counting_statements() as statements:
            apply(plan, acting=scene.actor, reason=REASON)
        transaction.set_rollback(True)
    assert len(statements) > 10
    # A plan of parts repeats the same for each of them, and takes as long each time.
    step = 1 if EVERY_STATEMENT or len(statements) <= MOST_STOPS else len(statements) // MOST_STOPS + 1
    for stop_at in range(0, len(statements), step):
        with pytest.raises(Interrupted), counting_statements(stop_at), transaction.atomic():
            apply(plan, acting=scene.actor, reason=REASON)
    assert differences(before, snapshot()) == set()
    assert OperationRecord.objects.count() == operations


def test_an_operation_that_needs_a_reason_gets_none_by_blanks(scene: Scene) -> None:
    plan = preview(scene.operation, acting=scene.actor)
    if scene.operation.needs_reason:
        with pytest.raises(LedgerError, match="reason"):
            apply(plan, acting=scene.actor, reason="  ")
    else:
        assert apply(plan, acting=scene.actor).reason == ""
