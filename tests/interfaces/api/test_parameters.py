"""A parameter that does not exist is refused: one that is spelt wrong must not pass for one that was left out."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any
from uuid import uuid4

import pytest

from rollbook.ledger.operation import Operation
from rollbook.operations.deactivate_users import DeactivateUsers
from tests.cast import Cast
from tests.interfaces.api.conftest import Caller, Calling
from tests.interfaces.api.offered import OFFERED, something
from tests.operations.doing import do
from tests.snapshots import differences, snapshot

CONFIRMED = {"fingerprint": "x", "key": str(uuid4()), "reason": "a test"}
STEPS: tuple[tuple[str, dict[str, str]], ...] = (("plan", {}), ("apply", CONFIRMED))


def with_one_more(value: Any, shown: Any, pointer: str) -> Iterator[tuple[Any, str]]:
    """Yield a value as JSON, once for each part of it that has fields, with one more in that part and its pointer."""
    if is_dataclass(value):
        yield {**shown, "unheard_of": 1}, f"{pointer}/unheard_of"
        for name in (field.name for field in fields(value)):
            for more, where in with_one_more(getattr(value, name), shown[name], f"{pointer}/{name}"):
                yield {**shown, name: more}, where
    elif isinstance(value, list | tuple):
        for index, each in enumerate(value):
            for more, where in with_one_more(each, shown[index], f"{pointer}/{index}"):
                yield [*shown[:index], more, *shown[index + 1 :]], where


@pytest.mark.parametrize("operation", OFFERED, ids=[operation.verb for operation in OFFERED])
def test_a_parameter_that_an_operation_does_not_have_is_named(
    operation: type[Operation], calling: Calling, cast: Cast
) -> None:
    everything, made = calling(), something(operation, cast)
    params = made.params()
    before = snapshot()
    for step, confirmed in STEPS:
        wrong = [({"params": more}, where) for more, where in with_one_more(made, params, "#/params")]
        for body, pointer in (*wrong, ({"params": params, "unheard_of": 1}, "#/unheard_of")):
            answer = everything("POST", f"/operations/{operation.verb}/{step}", {**body, **confirmed})
            assert answer.status_code == 422, (step, pointer)
            assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert differences(before, snapshot()) == set()


def test_a_parameter_that_an_undo_does_not_have_is_named(oak: Caller, cast: Cast) -> None:
    record = do(cast.alice, DeactivateUsers(user_ids=(cast.ben.pk,)))
    for step, confirmed in STEPS:
        answer = oak("POST", f"/operations/{record.pk}/undo/{step}", {"include_conflict": True, **confirmed})
        assert answer.status_code == 422
        assert [error["pointer"] for error in answer.json()["errors"]] == ["#/include_conflict"]
