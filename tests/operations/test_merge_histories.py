"""Random histories around merges: nothing is lost, nobody gains a right, everything leads to somebody living.

`make test` runs a few, `make prove` at least 2,000 (TEST_HISTORIES). TEST_SEED picks others; a failure names the one
history, and TEST_HISTORY runs it alone.
"""

import os
import sys
import time
from collections import Counter

import pytest
from django.db import transaction

from rollbook.ledger.verify import broken_invariants
from tests.cast import assemble
from tests.operations.merge_world import Draw, World, crowd
from tests.training.stage import furnish

HISTORIES = int(os.environ.get("TEST_HISTORIES", "3"))
SEED = os.environ.get("TEST_SEED", "1")
ONLY = os.environ.get("TEST_HISTORY")
STEPS = 10
TELL_EVERY = 100


def live(world: World) -> None:
    """Let a history happen; one without learning is taken back as a whole."""
    for _ in range(STEPS):
        world.step()
    if not world.learning:
        world.take_everything_back()
    assert broken_invariants() == []


@pytest.mark.django_db(transaction=True)
def test_whatever_happens_around_merges_nothing_is_lost_and_nobody_gains(
    capsys: pytest.CaptureFixture[str],
) -> None:
    cast, counts, begun = assemble(), Counter[str](), time.monotonic()
    stage = furnish()
    crowd(cast)
    numbers = [int(ONLY)] if ONLY else range(HISTORIES)
    for lived, number in enumerate(numbers, 1):
        with transaction.atomic():
            world = World(cast, stage, Draw(f"{SEED}/{number}"), learning=number % 2 == 1)
            try:
                live(world)
            except BaseException as error:
                story = "\n".join(world.told)
                error.add_note(
                    f"history {number} of seed {SEED} (TEST_SEED={SEED} TEST_HISTORY={number}):\n{story}"
                )
                raise
            counts += world.counts
            transaction.set_rollback(True)
        if lived % TELL_EVERY == 0 or lived == len(numbers):
            with capsys.disabled():
                told = ", ".join(f"{name} {many:,}" for name, many in counts.items())
                seconds = time.monotonic() - begun
                sys.stdout.write(f"\n{lived:,} histories, seed {SEED}, {seconds:.0f} s: {told}\n")
    assert counts["merges applied"] >= len(numbers)
    assert counts["undos applied"] >= len(numbers) // 2
