"""A pytest plugin: every run has a database server of its own, and says which, and whether there was a browser.

TEST_POSTGRES names the folder of the programs of another PostgreSQL; DATABASE_URL, a server that runs already. The
plugin is loaded by `-p` (pyproject.toml), since pytest-django reads the settings before any conftest.py is read. Where
tests run in several processes (pytest-xdist), they share the server, and pytest-django gives each a database.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest

from rollbook.project.embedded_postgres import EmbeddedPostgres
from rollbook.project.postgres_server import DatabaseServerError

SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "rollbook.project.settings",
    "SECRET_KEY": "only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz",
    "PUBLIC_URL": "http://localhost",
    "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
    "MAIL_URL": "none://",
    "DATABASE_POOL": "0",
    "ROLLBOOK_ALLOW_INSIDE_ADDRESSES": "true",
}
# Set where the server ends with the run: its databases need not be removed one by one.
OURS = "TEST_SERVER_ENDS_WITH_THE_RUN"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
run = contextlib.ExitStack()
facts: list[str] = []


def browser() -> str | None:
    """Return the path of the Chromium that browser tests use, or None where the machine has none."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def is_worker() -> bool:
    """Say whether this is a process of pytest-xdist, which was given its environment with the server's address."""
    return "PYTEST_XDIST_WORKER" in os.environ


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None]:
    """Start the server and set the environment, before pytest-django's own hook reads the settings."""
    if is_worker():
        return (yield)
    programs = os.environ.get("TEST_POSTGRES")
    for name in [name for name in os.environ if name.startswith(("ROLLBOOK_", "MAIL_", "PG"))]:
        del os.environ[name]
    os.environ.update(SETTINGS)
    whose = "the one that DATABASE_URL names"
    if "DATABASE_URL" not in os.environ:
        whose = programs or "embedded"
        folder = Path(run.enter_context(tempfile.TemporaryDirectory(prefix="rollbook-tests-")))
        try:
            server = EmbeddedPostgres(folder, fast=True, programs=Path(programs) if programs else None)
            os.environ["DATABASE_URL"] = run.enter_context(server).dsn
            os.environ[OURS] = "1"
        except DatabaseServerError as error:
            raise pytest.UsageError(str(error)) from error
        run.callback(os.environ.pop, "DATABASE_URL")
        run.callback(os.environ.pop, OURS)
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        version = connection.info.parameter_status("server_version")
    facts.append(f"PostgreSQL {version} ({whose})")
    facts.append(f"browser: {browser() or 'none found, so the browser tests did NOT run (install Chromium)'}")
    try:
        return (yield)
    except BaseException:
        run.close()
        raise


def pytest_unconfigure() -> None:
    """Stop the server."""
    run.close()


def pytest_report_header() -> list[str]:
    """Say at the top what the run stands on."""
    return facts


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say it again where people look: a run on another server, or without a browser, must not look like any other."""
    for fact in facts:
        terminalreporter.write_line(fact)
