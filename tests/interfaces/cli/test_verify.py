"""`rollbook verify`."""

import json

from rollbook.people.models import User
from tests.cast import Cast, outside_the_ledger
from tests.interfaces.cli.conftest import Command


def test_all_is_well(cast: Cast, rollbook: Command) -> None:
    answer = rollbook("verify")
    assert (answer.code, answer.out, answer.err) == (0, "All is well.\n", "")


def test_what_is_broken_is_said_and_the_exit_code_is_1(cast: Cast, rollbook: Command) -> None:
    with outside_the_ledger():
        User.objects.filter(pk=cast.alice.pk).update(status=User.Status.INACTIVE)
    answer = rollbook("verify")
    assert answer.code == 1
    assert "No super user is active" in answer.err
    assert len(json.loads(rollbook("verify", "--json").out)["broken"]) == 1
