"""Two operations at the same moment end as if one had come after the other."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from rollbook.ledger.effects import Update
from rollbook.ledger.errors import LedgerError, StalePlan
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.verify import broken_invariants
from rollbook.ledger.writer import apply, preview
from rollbook.people.models import User
from tests.cast import Cast, assemble
from tests.ledger.doing import OPERATOR, Do, only

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> Cast:
    return assemble()


def at_once(*jobs: Callable[[], object]) -> list[object]:
    """Run jobs at the same moment and return what each gave back or raised."""
    start = Barrier(len(jobs))

    def run(job: Callable[[], object]) -> object:
        try:
            start.wait()
            return job()
        except LedgerError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def renaming(users: Sequence[User], name: str) -> Callable[[], OperationRecord]:
    """Return a job that applies an already made plan: one effect a user, in the order given."""
    operation = Do(
        subjects=[only(user) for user in users],
        effects=lambda: [Update(only(u), {"first_name": name}) for u in users],
    )
    plan = preview(operation, acting=OPERATOR)
    return lambda: apply(plan, acting=OPERATOR)


def test_of_two_plans_for_the_same_user_one_wins_and_the_other_is_stale(cast: Cast) -> None:
    for turn in range(10):
        answers = at_once(renaming([cast.ben], f"One {turn}"), renaming([cast.ben], f"Two {turn}"))
        (won,) = [a for a in answers if isinstance(a, OperationRecord)]
        assert [type(a) for a in answers if a is not won] == [StalePlan]
    assert OperationRecord.objects.count() == 10
    assert broken_invariants() == []


def test_users_named_in_opposite_order_never_deadlock(cast: Cast) -> None:
    for turn in range(10):
        answers = at_once(
            renaming([cast.ben, cast.bea], f"One {turn}"), renaming([cast.bea, cast.ben], f"Two {turn}")
        )
        assert sorted(type(a).__name__ for a in answers) == ["OperationRecord", "StalePlan"]
    assert broken_invariants() == []


def test_the_same_plan_sent_twice_is_applied_once(cast: Cast) -> None:
    job = renaming([cast.ben], "Once")
    answers = at_once(job, job)
    assert sorted(type(a).__name__ for a in answers) == ["AlreadyApplied", "OperationRecord"]


def test_operations_about_different_users_do_not_wait_for_each_other(cast: Cast) -> None:
    answers = at_once(*(renaming([user], "Apart") for user in (cast.ben, cast.bea, cast.lou, cast.mallory)))
    assert [type(a) for a in answers] == [OperationRecord] * 4
    assert User.objects.filter(first_name="Apart").count() == 4
