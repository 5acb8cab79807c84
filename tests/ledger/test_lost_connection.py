"""The database goes away in the middle: nothing of the operation is there, or all of it and it is not done twice."""

from collections.abc import Callable

import psycopg
import pytest
from django.db import OperationalError, connection, transaction

from rollbook.ledger.effects import Update
from rollbook.ledger.errors import AlreadyApplied
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.operation import Plan
from rollbook.ledger.writer import apply, preview
from rollbook.people.models import User
from tests.cast import Cast, assemble
from tests.ledger.doing import OPERATOR, Do, only
from tests.snapshots import differences, snapshot

DISK_FULL = """
CREATE FUNCTION no_space_left() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER no_space_left AFTER INSERT ON rollbook_change EXECUTE FUNCTION no_space_left()
"""


def renaming(cast: Cast) -> Plan:
    operation = Do(
        subjects=[only(cast.ben)], effects=lambda: [Update(only(cast.ben), {"first_name": "Benjamin"})]
    )
    return preview(operation, acting=OPERATOR)


def at_commit(monkeypatch: pytest.MonkeyPatch, happens: Callable[[Callable[[], None]], None]) -> None:
    """Have something happen in place of the next commit, which it is given."""
    connection.ensure_connection()
    commit = connection._commit
    monkeypatch.setattr(connection, "_commit", lambda: happens(commit))


@pytest.mark.django_db(transaction=True)
def test_the_connection_drops_at_commit_and_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = assemble()
    plan, before = renaming(cast), snapshot()

    def drop(commit: Callable[[], None]) -> None:
        with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
        commit()

    at_commit(monkeypatch, drop)
    with pytest.raises(OperationalError):
        apply(plan, acting=OPERATOR)
    monkeypatch.undo()
    connection.close()
    assert differences(before, snapshot()) == set()
    assert not OperationRecord.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_answer_to_the_commit_is_lost_and_the_same_plan_is_not_done_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cast = assemble()
    plan = renaming(cast)

    def lose_the_answer(commit: Callable[[], None]) -> None:
        commit()
        raise OperationalError("server closed the connection unexpectedly")

    at_commit(monkeypatch, lose_the_answer)
    with pytest.raises(OperationalError):
        apply(plan, acting=OPERATOR)
    monkeypatch.undo()
    connection.close()
    assert User.objects.get(pk=cast.ben.pk).first_name == "Benjamin"
    with pytest.raises(AlreadyApplied):
        apply(plan, acting=OPERATOR)
    assert OperationRecord.objects.count() == 1


@pytest.mark.django_db
def test_the_disk_is_full_while_the_record_is_written_and_nothing_is_left() -> None:
    cast = assemble()
    plan, before = renaming(cast), snapshot()
    with connection.cursor() as cursor:
        cursor.execute(DISK_FULL)
    with pytest.raises(OperationalError, match="No space left"), transaction.atomic():
        apply(plan, acting=OPERATOR)
    assert differences(before, snapshot()) == set()
    assert not OperationRecord.objects.exists()
