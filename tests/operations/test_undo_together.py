"""An undo while the worker resets the same users: the outcome is that of one after the other, in either order."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import sleep
from typing import Any

import pytest
from django.db import connection, transaction

from rollbook.interfaces.web.tasks import apply_operation
from rollbook.ledger import jobs
from rollbook.ledger.errors import StalePlan
from rollbook.ledger.models import OperationJob, OperationRecord
from rollbook.ledger.operation import MANY, Operation
from rollbook.ledger.undo import Undo
from rollbook.ledger.verify import broken_invariants
from rollbook.ledger.writer import preview
from rollbook.operations.reset_in_progress import ResetInProgress
from rollbook.operations.reset_training import ResetTraining
from rollbook.people.access import actor_for
from rollbook.people.selection import UserSelection
from rollbook.training.records import ChapterProgress, Enrolment, Status
from rollbook.training.selection import ContentSelection
from tests.cast import Cast, assemble, outside_the_ledger, user
from tests.operations.doing import do
from tests.training.stage import Stage, furnish, progress, state

pytestmark = pytest.mark.django_db(transaction=True)
State = list[tuple[Any, ...]]


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.fixture
def stage(cast: Cast) -> Stage:
    return furnish()


def a_class_of(size: int, cast: Cast, stage: Stage) -> None:
    """Let pupils in Oak have seen the film and be in the quiz."""
    with outside_the_ledger():
        pupils = [user(f"Pupil{number}", "Oak", cast.oak) for number in range(size)]
    for pupil in pupils:
        progress(pupil, stage.film, Status.COMPLETED)
        progress(pupil, stage.quiz, Status.IN_PROGRESS, bookmark=7)
        state(pupil, stage.fire, Status.IN_PROGRESS)


def earlier(kind: str, cast: Cast, stage: Stage) -> OperationRecord:
    """Let Carla reset the film, or what is in progress, and return the record."""
    oak = UserSelection(location_id=cast.oak.pk)
    film = ContentSelection(chapter_ids=(stage.film.pk,))
    return do(
        cast.carla, ResetTraining(users=oak, content=film) if kind == "film" else ResetInProgress(users=oak)
    )


def everything(cast: Cast) -> ResetTraining:
    users = UserSelection(location_id=cast.oak.pk)
    return ResetTraining(users=users, content=ContentSelection(everything=True))


def now() -> State:
    """Return how far everybody is, without times."""
    rows = Enrolment.objects.order_by("pk").values_list("pk", "status", "started_at", "completed_at")
    chapters = ChapterProgress.objects.order_by("pk").values_list("pk", "status", "bookmark", "erased_at")
    return [
        *((pk, status, started is None, completed is None) for pk, status, started, completed in rows),
        *((pk, status, bookmark, erased is None) for pk, status, bookmark, erased in chapters),
    ]


def after(cast: Cast, *operations: Operation) -> State:
    """Return how far everybody would be after the operations, one after the other."""
    with transaction.atomic():
        for operation in operations:
            do(cast.carla, operation)
        found = now()
        transaction.set_rollback(True)
    return found


def job_of(cast: Cast, operation: Operation) -> OperationJob:
    plan = preview(operation, acting=actor_for(cast.carla))
    return jobs.submit(plan, acting=actor_for(cast.carla), reason="a test", previewed=plan.fingerprint)


def at_once(*parts: Callable[[], object]) -> list[object]:
    """Do all at the same moment and return what each gave back; a plan that went stale is an answer."""
    barrier = Barrier(len(parts))

    def run(part: Callable[[], object]) -> object:
        try:
            barrier.wait()
            return part()
        except StalePlan as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(parts)) as pool:
        return list(pool.map(run, parts))


@pytest.mark.parametrize("kind", ["film", "in progress"])
@pytest.mark.parametrize("late", ["undo", "reset", "neither"])
def test_of_many_users_both_are_done_one_wholly_after_the_other(
    cast: Cast, stage: Stage, kind: str, late: str
) -> None:
    a_class_of(MANY + 2, cast, stage)
    undo = Undo(operation_id=earlier(kind, cast, stage).pk)
    orders = [after(cast, undo, everything(cast)), after(cast, everything(cast), undo)]
    # An undo takes only its own columns back: after a reset in progress both orders end alike.
    assert (orders[0] != orders[1]) is (kind == "film")
    job = job_of(cast, everything(cast))

    def reset() -> None:
        sleep(0.1 if late == "reset" else 0)
        apply_operation(job_id=job.pk)

    def undoing() -> OperationRecord:
        sleep(0.1 if late == "undo" else 0)
        return do(cast.carla, undo)

    _, undone = at_once(reset, undoing)
    job.refresh_from_db()
    assert isinstance(undone, OperationRecord)
    assert (job.state, job.message) == (OperationJob.State.DONE, "")
    assert now() in orders
    assert broken_invariants() == []


@pytest.mark.parametrize("kind", ["film", "in progress"])
def test_of_few_users_one_may_be_refused_as_stale_and_then_only_the_other_happened(
    cast: Cast, stage: Stage, kind: str
) -> None:
    a_class_of(3, cast, stage)
    undo = Undo(operation_id=earlier(kind, cast, stage).pk)
    reset = everything(cast)
    job = job_of(cast, reset)
    outcomes = {
        (True, True): [after(cast, undo, reset), after(cast, reset, undo)],
        (True, False): [after(cast, reset)],
        (False, True): [after(cast, undo)],
    }
    _, undone = at_once(lambda: apply_operation(job_id=job.pk), lambda: do(cast.carla, undo))
    job.refresh_from_db()
    happened = (job.state == OperationJob.State.DONE, isinstance(undone, OperationRecord))
    assert now() in outcomes[happened]
    assert broken_invariants() == []
