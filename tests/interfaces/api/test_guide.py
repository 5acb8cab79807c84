"""What docs/api.md shows works as it stands there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.urls import resolve
from pytest_django.live_server_helper import LiveServer

from rollbook.interfaces.api.bearer import REQUESTS
from rollbook.ledger.models import OperationRecord
from rollbook.people.models import Location, User
from tests.cast import Cast, assemble, token

GUIDE = (Path(__file__).parents[3] / "docs/api.md").read_text()
RIGHTS = ("users:view", "users:create", "users:edit", "users:deactivate", "operations:view")


def code(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    assert found
    return found.group(1)


@pytest.fixture
def served(transactional_db: None, live_server: LiveServer) -> tuple[Cast, dict[str, str]]:
    """Return the cast, and the environment of a system that holds a token."""
    cast = assemble()
    secret = token(cast, *RIGHTS)[1]
    return cast, {
        **os.environ,
        "TOKEN": secret,
        "API": f"{live_server.url}/api/v1",
        "LEAVER": str(cast.ben.pk),
    }


def test_the_lines_of_python_plan_apply_and_undo(served: tuple[Cast, dict[str, str]]) -> None:
    _, environment = served
    run = subprocess.run(
        [sys.executable, "-c", code("python")], env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("Deactivate Ben Baker")
    verbs = OperationRecord.objects.order_by("pk").values_list("verb", "reason")
    assert list(verbs) == [("deactivate_users", "left"), ("undo", "stays after all")]


@pytest.mark.parametrize("language", ["python", "sh"])
def test_the_lines_are_ten_at_most_and_no_longer_than_a_screen_is_wide(language: str) -> None:
    lines = [line for line in code(language).splitlines() if line and not line.startswith("#")]
    assert len(lines) <= 10
    assert max(map(len, lines)) <= 140
    assert not any(";" in line for line in lines if language == "python")


@pytest.mark.skipif(
    not shutil.which("curl"),
    reason="the guide's lines are run with curl, which this machine lacks; CI installs it",
)
def test_the_lines_of_curl_find_create_and_edit(served: tuple[Cast, dict[str, str]]) -> None:
    cast, environment = served
    lines = code("sh").replace("https://rollbook.example.org/api/v1", environment["API"])
    lines = lines.replace('"location_id": 2', f'"location_id": {cast.oak.pk}')
    lines = lines.replace("/users/7", f"/users/{cast.bea.pk}")
    run = subprocess.run(["bash", "-ec", lines], env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr + run.stdout
    assert User.objects.get(email="nele@example.org").location == Location.objects.get(name="Oak")
    assert User.objects.get(pk=cast.bea.pk).last_name == "Newman"


def test_the_addresses_and_limits_are_those_of_the_api() -> None:
    table = GUIDE.split("| address |")[1].split("\n\n")[0]
    paths = re.findall(r"`(/[^`]+)`", table)
    assert len(paths) > 10
    for path in paths:
        real = path.replace("{id}", "1").replace("{verb}", "merge_users")
        assert resolve(f"/api/v1{real}").url_name != "nothing", path
    assert f"{REQUESTS.most} requests a minute" in GUIDE
