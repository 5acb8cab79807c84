"""A large operation in a worker of its own, a real process that is killed in the middle."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from procrastinate.contrib.django import app
from psycopg.conninfo import make_conninfo

from rollbook.interfaces.web.tasks import apply_operation, resume_operations
from rollbook.ledger import jobs
from rollbook.ledger.models import OperationJob, OperationRecord
from rollbook.ledger.writer import preview
from rollbook.operations.reset_training import ResetTraining
from rollbook.people.access import actor_for
from rollbook.people.selection import UserSelection
from rollbook.training.records import ChapterProgress
from rollbook.training.selection import ContentSelection
from tests.cast import assemble
from tests.training.stage import furnish, study

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 60


@pytest.fixture
def job() -> OperationJob:
    """Return a job that waits for the worker: Carla resets Ben's training."""
    cast = assemble()
    study(cast, furnish())
    operation = ResetTraining(
        users=UserSelection(ids=(cast.ben.pk,)), content=ContentSelection(everything=True)
    )
    plan = preview(operation, acting=actor_for(cast.carla))
    made = jobs.submit(plan, user_id=cast.carla.pk, reason="a test", previewed=plan.fingerprint)
    apply_operation.defer(job_id=made.pk)
    return made


@pytest.fixture
def worker() -> Iterator[Callable[[], "subprocess.Popen[bytes]"]]:
    """Return what starts a worker that ends when nothing waits any more."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> "subprocess.Popen[bytes]":
        known: dict[str, Any] = connection.settings_dict
        url = make_conninfo(
            dbname=known["NAME"], user=known["USER"], password=known["PASSWORD"], host=known["HOST"]
        )
        command = [
            sys.executable,
            "-m",
            "django",
            "procrastinate",
            "worker",
            "--one-shot",
            "-q",
            "operations",
        ]
        started.append(subprocess.Popen(command, env={**os.environ, "DATABASE_URL": url}))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def erased() -> int:
    return ChapterProgress.objects.exclude(erased_at=None).count()


def wait_until(reached: Callable[[], bool]) -> None:
    for _ in range(PATIENCE * 10):
        if reached():
            return
        time.sleep(0.1)
    pytest.fail("it took too long")


def resume() -> None:
    """Do what the worker does every minute, half a minute after the killed one was last heard of."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")

    async def resuming() -> None:
        async with app.open_async():
            await resume_operations(timestamp=0)

    # In a thread: Playwright's event loop may run in this one.
    with app.replace_connector(app.connector.get_worker_connector()), ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, resuming()).result()


def test_a_worker_that_is_killed_in_the_middle_changes_nothing_and_the_next_one_does_it_once(
    job: OperationJob, worker: Callable[[], "subprocess.Popen[bytes]"]
) -> None:
    elsewhere = connection.copy()
    try:
        with elsewhere.cursor() as cursor:
            cursor.execute("BEGIN")
            # So that the worker waits after its first step.
            cursor.execute("SELECT id FROM rollbook_chapter_progress FOR UPDATE")
            killed = worker()
            wait_until(lambda: OperationJob.objects.filter(state="running", step=1).exists())
            killed.kill()
            killed.wait()
            cursor.execute("ROLLBACK")
    finally:
        elsewhere.close()
    assert not OperationRecord.objects.exists()
    assert erased() == 0

    resume()
    assert worker().wait(PATIENCE) == 0
    job.refresh_from_db()
    assert (job.state, job.operation) == ("done", OperationRecord.objects.get())
    assert erased() == 3
