"""The embedded PostgreSQL survives what happens to a demo on a laptop."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from rollbook.project.children import working_in
from rollbook.project.embedded_postgres import EmbeddedPostgres
from rollbook.project.postgres_server import DatabaseServerError

# A Rollbook that is killed: it starts the server, says so, and waits.
VICTIM = """
import sys, time
from pathlib import Path
from rollbook.project.embedded_postgres import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1])):
    print("running", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a data folder whose name has what breaks careless programs."""
    return tmp_path / 'a "data" folder, with spaces'


@pytest.fixture
def victim(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """Return a process whose server runs in the folder."""
    with subprocess.Popen(
        [sys.executable, "-c", VICTIM, str(folder)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "running\n"
        yield process
        process.kill()


def ask(dsn: str, query: str) -> object:
    """Return the first value of the query's first row."""
    with psycopg.connect(dsn) as connection:
        row = connection.execute(query).fetchone()
        assert row
        return row[0]


def test_data_are_found_as_they_were_left(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server, psycopg.connect(server.dsn) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    with EmbeddedPostgres(folder) as server:
        assert ask(server.dsn, "SELECT answer FROM kept") == 42


def test_searching_like_people_do_works_in_it(folder: Path) -> None:
    with EmbeddedPostgres(folder, fast=True) as server, psycopg.connect(server.dsn) as connection:
        connection.execute("CREATE EXTENSION pg_trgm; CREATE EXTENSION unaccent")
        row = connection.execute(
            "SELECT lower(unaccent('Ærø ÉCOLE')), similarity('Smith', 'Smyth') > 0.3"
        ).fetchone()
    assert row == ("aero ecole", True)


def test_rollbook_is_no_superuser_in_it(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server:
        assert ask(server.dsn, "SELECT current_setting('is_superuser')") == "off"
        with (
            psycopg.connect(server.dsn) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute("SET session_replication_role = replica")


def test_it_is_reached_by_its_socket_with_its_password_only(folder: Path) -> None:
    with EmbeddedPostgres(folder, fast=True) as server:
        assert ask(server.dsn, "SHOW listen_addresses") == ""
        password = (folder / "postgres.password").read_text()
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(server.dsn.replace(password, "wrong"))


def test_nobody_else_can_read_the_folder(folder: Path) -> None:
    with EmbeddedPostgres(folder, fast=True):
        modes = {path.name: path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir())}
    assert modes[folder.name] == modes["postgres"] == modes["run"] == 0o700
    assert modes["postgres.password"] == 0o600


def test_the_server_never_runs_as_root(folder: Path) -> None:
    with EmbeddedPostgres(folder, fast=True):
        pid = int((folder / "postgres/postmaster.pid").read_text().split("\n")[0])
        assert Path(f"/proc/{pid}").stat().st_uid != 0


def test_a_path_that_is_too_long_for_a_socket_works(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / ("long" * 30), fast=True) as server:
        assert ask(server.dsn, "SELECT 1") == 1


def test_when_rollbook_is_killed_its_server_ends_by_itself(
    folder: Path, victim: "subprocess.Popen[str]"
) -> None:
    victim.kill()
    deadline = time.monotonic() + 20
    while working_in(folder / "postgres", "postgres") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not working_in(folder / "postgres", "postgres")
    assert not (folder / "postgres/postmaster.pid").exists()


def test_a_server_that_was_killed_comes_back(folder: Path, victim: "subprocess.Popen[str]") -> None:
    os.kill(int((folder / "postgres/postmaster.pid").read_text().split("\n")[0]), signal.SIGKILL)
    victim.kill()
    victim.wait()
    with EmbeddedPostgres(folder) as server:
        assert ask(server.dsn, "SELECT 1") == 1


def test_two_at_once_in_one_folder_are_refused(folder: Path) -> None:
    with (
        EmbeddedPostgres(folder, fast=True) as server,
        pytest.raises(DatabaseServerError, match="in use by another Rollbook"),
        EmbeddedPostgres(folder, fast=True),
    ):
        pass
    assert server.dsn


def test_an_interrupted_beginning_is_begun_again(folder: Path) -> None:
    (folder / "postgres.new/base").mkdir(parents=True)
    with EmbeddedPostgres(folder, fast=True) as server:
        assert ask(server.dsn, "SELECT 1") == 1


@pytest.mark.parametrize(
    "missing", ["postgres/PG_VERSION", "postgres/global/pg_control", "postgres.password"]
)
def test_broken_data_are_named_and_left_alone(folder: Path, missing: str) -> None:
    with EmbeddedPostgres(folder, fast=True):
        pass
    (folder / missing).unlink()
    before = sorted(folder.rglob("*"))
    with pytest.raises(DatabaseServerError, match=Path(missing).name), EmbeddedPostgres(folder, fast=True):
        pass
    assert sorted(folder.rglob("*")) == before


def test_a_file_where_the_folder_should_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder")
    with (
        pytest.raises(DatabaseServerError, match=r"The data folder .* cannot be used"),
        EmbeddedPostgres(tmp_path / "data"),
    ):
        pass
