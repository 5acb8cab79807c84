"""An operation on many rows may use more of PostgreSQL's memory, for its own transaction only."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from django.db import connection

from rollbook.ledger import recording, writer
from rollbook.ledger.effects import Update
from rollbook.people.models import User
from tests.cast import Cast
from tests.ledger.doing import do, only


def work_mem() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW work_mem")
        (value,) = cursor.fetchone()
    return str(value)


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
