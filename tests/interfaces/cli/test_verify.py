"""`rollbook verify`."""

import json

import pytest
from django.apps import apps
from django.db import connection

from rollbook.models import install_triggers
from rollbook.people.models import User
from tests.cast import Cast, outside_the_ledger
from tests.interfaces.cli.conftest import Command


def test_all_is_well(cast: Cast, rollbook: Command) -> None:
    answer = rollbook("verify")
    assert (answer.code, answer.out, answer.err) == (0, "All is well.\n", "")


@pytest.mark.parametrize(
    "broken",
    [
        "ALTER TABLE rollbook_operation DISABLE TRIGGER rollbook_tell_webhooks",
        "DROP TRIGGER rollbook_tell_webhooks ON rollbook_operation",
    ],
    ids=["switched off", "dropped"],
)
def test_the_trigger_that_tells_webhooks_is_missed_and_migrating_brings_it_back(
    broken: str, cast: Cast, rollbook: Command
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(broken)
    answer = rollbook("verify")
    assert answer.code == 1
    assert "rollbook_tell_webhooks is missing or switched off: run “rollbook migrate”" in answer.err
    install_triggers(apps.get_app_config("rollbook"))
    assert rollbook("verify").code == 0


def test_what_is_broken_is_said_and_the_exit_code_is_1(cast: Cast, rollbook: Command) -> None:
    with outside_the_ledger():
        User.objects.filter(pk=cast.alice.pk).update(status=User.Status.INACTIVE)
    answer = rollbook("verify")
    assert answer.code == 1
    assert "No super user is active" in answer.err
    assert len(json.loads(rollbook("verify", "--json").out)["broken"]) == 1
