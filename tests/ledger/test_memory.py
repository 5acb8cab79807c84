"""An operation on many rows may use more of PostgreSQL's memory, and its undo reads its changes by index."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from django.db import connection

from rollbook.ledger import recording, undo, writer
from rollbook.ledger.effects import Update
from rollbook.ledger.writer import preview
from rollbook.people.models import User
from tests.cast import Cast
from tests.ledger.doing import OPERATOR, do, only


def setting(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        (value,) = cursor.fetchone()
    return str(value)


def work_mem() -> str:
    return setting("work_mem")


@dataclass(frozen=True)
class Looking(Update):
    """An update that notes how much memory it may use."""

    seen: list[str] = field(default_factory=list)

    def execute(self) -> int:
        self.seen.append(work_mem())
        return super().execute()


def renaming(ben: User) -> tuple[list[str], Callable[[], Looking]]:
    seen: list[str] = []
    return seen, lambda: Looking(only(ben), {"first_name": "Benedict"}, seen)


def test_one_on_few_rows_uses_what_is_set(cast: Cast) -> None:
    seen, make = renaming(cast.ben)
    do(make)
    assert seen == [work_mem()]


def test_one_on_many_rows_may_use_more(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "LARGE", 0)
    seen, make = renaming(cast.ben)
    do(make)
    assert seen == ["64MB"]


def test_more_than_that_is_never_taken_away(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "LARGE", 0)
    monkeypatch.setattr(recording, "MEMORY", 64)
    seen, make = renaming(cast.ben)
    do(make)
    assert seen == [work_mem()]


def test_the_undo_of_one_on_many_users_reads_its_changes_by_index(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, make = renaming(cast.ben)
    record = do(make, subjects=[only(cast.ben)])
    as_set = setting("random_page_cost")
    preview(undo.Undo(operation_id=record.pk), acting=OPERATOR)
    assert setting("random_page_cost") == as_set
    monkeypatch.setattr(undo, "MANY", 0)
    preview(undo.Undo(operation_id=record.pk), acting=OPERATOR)
    assert setting("random_page_cost") == "1.1"
    # Joining in the order of ids ended with the statements that it was for.
    assert setting("enable_hashjoin") == "on"
