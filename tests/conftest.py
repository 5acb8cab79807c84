"""What all tests share: kinds by folder, and a database that can be emptied in spite of its guards."""

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.backends.postgresql.operations import DatabaseOperations
from hypothesis import HealthCheck, settings
from playwright.sync_api import Playwright

from tests import run

# How fast examples come depends on the machine and on what else it does; what they show does not.
settings.register_profile("rollbook", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("rollbook")

TESTS = Path(__file__).parent
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
    """Let tests that commit empty the tables afterwards, which the guards of the register refuse to everybody else."""
    plain: Callable[..., None] = DatabaseOperations.execute_sql_flush

    def without_guards(self: DatabaseOperations, statements: Iterable[str]) -> Any:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            return plain(self, statements)

    DatabaseOperations.execute_sql_flush = without_guards
