"""Every operation that people confirm can be made again from what was recorded of it."""

import json
from collections.abc import Callable

import pytest

from rollbook.operations.admit_launch import AdmitLaunch
from rollbook.operations.rebuilt import from_params
from tests.cast import Cast
from tests.operations.cases import MAKERS
from tests.operations.scene import Scene

# An LMS does it at once, and what it said of a person is kept in the launch log alone.
CONFIRMED = [(operation, maker) for operation, maker in MAKERS if operation is not AdmitLaunch]


@pytest.mark.parametrize("maker", [maker for _, maker in CONFIRMED], ids=[op.verb for op, _ in CONFIRMED])
def test_it_is_the_same_operation(cast: Cast, maker: Callable[[Cast], Scene]) -> None:
    operation = maker(cast).operation
    recorded = json.loads(json.dumps(operation.params()))
    assert from_params(operation.verb, recorded) == operation
