"""The process is killed on its way and around the commit: all of the operation is there, or nothing of it.

`make test` kills one scene of each operation before every write. `make prove` (TEST_EVERY_STATEMENT=1) kills every
scene before every statement, also between two reads, where nothing can be half done.
"""

import os
import signal
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections

from rollbook.ledger.models import Change, OperationRecord
from rollbook.ledger.writer import apply, preview
from tests.cast import Cast, assemble
from tests.operations.cases import MAKERS
from tests.operations.scene import Scene
from tests.snapshots import differences, snapshot

NOW = signal.SIGKILL
EVERY_STATEMENT = os.environ.get("TEST_EVERY_STATEMENT") == "1"
# Else one scene of each operation: the statements are the writer's, whatever the scene, and each takes a process.
SCENES = {
    f"{operation.verb}-{maker.__name__}" if EVERY_STATEMENT else operation.verb: maker
    for operation, maker in reversed(MAKERS)
}


def let_go_of_the_database() -> None:
    """Close what a forked child must not share with us."""
    connection.close()
    if connection.pool:
        connection.close_pool()


def die_at(step: int, scene: Scene) -> None:
    """Apply in a child process that kills itself before write `step`; the commit counts as two steps."""
    let_go_of_the_database()
    child = os.fork()
    if child == 0:
        # Where Playwright ran before, its event loop gave the parent a second connection, and the first
        # one is inherited here: it stays the parent's, open and untouched.
        inherited = connections["default"]
        connections["default"] = inherited.copy()
        try:
            apply_until(step, scene)
        except BaseException:  # noqa: BLE001  # the parent sees that the child ended by itself
            traceback.print_exc()
        finally:
            os._exit(1)  # whatever happens, the child must not go on as a second run of the tests
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"the child was to be killed at step {step} and ended by itself"
    assert os.WTERMSIG(status) == NOW


def apply_until(step: int, scene: Scene) -> None:
    """Apply, and be killed on the way."""
    seen = 0

    def one_more() -> None:
        nonlocal seen
        if seen == step:
            os.kill(os.getpid(), NOW)
        seen += 1

    def count(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        if EVERY_STATEMENT or not sql.startswith("SELECT"):
            one_more()
        return execute(sql, *args)

    plan = preview(scene.operation, acting=scene.actor)
    commit = connection.connection.commit

    def at_commit() -> None:
        one_more()
        commit()
        one_more()

    connection.connection.commit = at_commit
    with connection.execute_wrapper(count):
        apply(plan, acting=scene.actor, reason="killed")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("maker", SCENES.values(), ids=SCENES)
def test_killed_before_every_write_an_apply_leaves_all_or_nothing(maker: Callable[[Cast], Scene]) -> None:
    scene = maker(assemble())
    before, operations, changes = snapshot(), OperationRecord.objects.count(), Change.objects.count()
    promised = preview(scene.operation, acting=scene.actor).rows
    boundaries = 0
    while True:
        die_at(boundaries, scene)
        if OperationRecord.objects.count() > operations:
            break
        assert differences(before, snapshot()) == set(), f"killed before write {boundaries}"
        assert Change.objects.count() == changes
        boundaries += 1
    # The last boundary is after the commit: there all of it must be there.
    assert boundaries > 4
    assert Change.objects.count() - changes == promised == len(differences(before, snapshot()))
