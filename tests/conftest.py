"""What all tests share: kinds by folder, and a database that can be emptied in spite of its guards."""

import gc
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import OperationalError, connection, transaction
from django.db.backends.postgresql.operations import DatabaseOperations
from hypothesis import HealthCheck, settings
from playwright.sync_api import Playwright
from psycopg.errors import DeadlockDetected
from whitenoise.middleware import WhiteNoiseMiddleware

from tests import run

# How fast examples come depends on the machine and on what else it does; what they show does not.
settings.register_profile("rollbook", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("rollbook")

TESTS = Path(__file__).parent
TRIES = 5
# Procrastinate's tables: Django does not manage them, and so leaves the jobs and workers of one test to the next.
QUEUE = (
    "procrastinate_events",
    "procrastinate_periodic_defers",
    "procrastinate_jobs",
    "procrastinate_workers",
)
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_setup", "live_server"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark each test with its kind, and leave browser tests out where there is no browser (the summary says so)."""
    for item in items:
        folder = item.path.relative_to(TESTS).parts[0]
        fixtures = set(getattr(item, "fixturenames", ()))
        if folder == "interop":
            item.add_marker("interop")
        elif folder == "browser" or "browser_type" in fixtures:
            item.add_marker("browser")
        elif (
            DATABASE_FIXTURES & fixtures
            or item.get_closest_marker("django_db")
            or item.get_closest_marker("database")
        ):
            item.add_marker("database")
        else:
            item.add_marker("unit")
    left_out = [] if run.browser() else [item for item in items if item.get_closest_marker("browser")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_collection_finish() -> None:
    """Spare the collector what stays to the end: each of its rounds would look through all modules and tests again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hash as in use, but once: a password that a test gives is worth nothing to anybody."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PBKDF2PasswordHasher, "iterations", 1)
        yield


@pytest.fixture(scope="session", autouse=True)
def static_files() -> Iterator[None]:
    """List the static files once: every test client is a server that starts, and would list them again."""
    listed: dict[str, Any] = {}
    plain = WhiteNoiseMiddleware.add_files_from_finders

    def once(self: WhiteNoiseMiddleware) -> None:
        if not listed:
            plain(self)
            listed.update(self.files)
        self.files.update(listed)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", once)
        yield


@pytest.fixture(scope="session")
def playwright(playwright: Playwright) -> Iterator[Playwright]:
    """Let this process speak to the database from when Chromium first runs in it.

    Playwright's waiting runs an event loop in this thread, which Django takes for a view that must not wait. It stays
    there to the end, also for tests without a browser that the same process runs later.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield playwright


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Leave the database to its server's end: Playwright's event loop hides connections that would hold it."""
    return run.OURS in os.environ


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """Let tests that commit empty the tables afterwards, which the guards of the register refuse to everybody else.

    A page that is being closed may have sent its last request just then: each may hold a table that the other wants.
    """
    plain: Callable[..., None] = DatabaseOperations.execute_sql_flush

    def without_guards(self: DatabaseOperations, statements: Iterable[str]) -> Any:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            return plain(self, [*statements, *(f"DELETE FROM {table}" for table in QUEUE)])

    def patiently(self: DatabaseOperations, statements: Iterable[str]) -> Any:
        for _ in range(TRIES):
            try:
                return without_guards(self, statements)
            except OperationalError as error:
                if not isinstance(error.__cause__, DeadlockDetected):
                    raise
        return without_guards(self, statements)

    DatabaseOperations.execute_sql_flush = patiently
