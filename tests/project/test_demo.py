"""The demo as people use it: start it, look, stop it, start it again."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import psycopg
import pytest

from rollbook.project.children import working_in
from tests.project.test_supervisor import free_port


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return the environment of a plain shell, with a data folder and ports for this test alone."""
    return {
        "PATH": os.environ["PATH"],
        "ROLLBOOK_DATA": str(tmp_path / "the data"),
        "ROLLBOOK_PORT": str(free_port()),
        "DEMO_LMS_PORT": str(free_port()),
    }


def rollbook(environment: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the command to its end."""
    command = [sys.executable, "-m", "rollbook", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


@contextlib.contextmanager
def running(environment: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """Run the demo until it says that it is ready."""
    with subprocess.Popen(
        [sys.executable, "-m", "rollbook", "demo"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout
        said = []
        for line in process.stdout:
            said.append(line)
            if "Ctrl-C stops everything" in line:
                break
        else:
            pytest.fail("".join(said))
        try:
            yield process
        finally:
            process.kill()


def settings(environment: dict[str, str]) -> dict[str, str]:
    """Return the settings that the running demo left for the command line."""
    lines = (Path(environment["ROLLBOOK_DATA"]) / "demo.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


@pytest.mark.database
def test_it_runs_stops_cleanly_and_finds_its_data_again(environment: dict[str, str]) -> None:
    cluster = Path(environment["ROLLBOOK_DATA"]) / "postgres"
    with running(environment) as demo:
        for port in (environment["ROLLBOOK_PORT"], environment["DEMO_LMS_PORT"]):
            with urlopen(f"http://127.0.0.1:{port}/", timeout=10) as page:
                assert page.status == 200
        with psycopg.connect(settings(environment)["DATABASE_URL"]) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        refused = rollbook(environment, "demo")
        assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
        assert environment["ROLLBOOK_PORT"] in refused.stderr
        demo.send_signal(signal.SIGINT)
        assert demo.wait(30) == 0
    assert not working_in(cluster, "postgres")
    with running(environment) as demo:
        with psycopg.connect(settings(environment)["DATABASE_URL"]) as connection:
            assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
        demo.send_signal(signal.SIGTERM)
        assert demo.wait(30) == 0
    assert not working_in(cluster, "postgres")


def test_a_folder_that_cannot_be_used_is_one_sentence(environment: dict[str, str]) -> None:
    Path(environment["ROLLBOOK_DATA"]).write_text("not a folder")
    refused = rollbook(environment, "demo")
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"The data folder {environment['ROLLBOOK_DATA']} cannot be used")
    assert refused.stderr.count("\n") == 1


def test_a_wrong_port_is_one_sentence(environment: dict[str, str]) -> None:
    refused = rollbook(environment | {"ROLLBOOK_PORT": "eight"}, "demo")
    assert refused.stderr.startswith("The setting ROLLBOOK_PORT is wrong: 'eight' is no port.")


def test_the_command_line_says_where_no_demo_runs(environment: dict[str, str]) -> None:
    refused = rollbook(environment, "--demo", "migrate")
    assert refused.returncode == 1
    assert refused.stderr.startswith("No demo is running")


def test_commands_without_settings_name_the_settings(environment: dict[str, str]) -> None:
    refused = rollbook(environment, "migrate")
    assert refused.returncode == 1
    assert refused.stderr.startswith("The setting SECRET_KEY is not set.")
    assert "Traceback" not in refused.stderr
