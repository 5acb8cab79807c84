"""A large operation in a worker of its own, a real process that is killed in the middle."""

import asyncio
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from rollbook.interfaces.web.tasks import apply_operation, resume_operations, send_password_mail
from rollbook.ledger import jobs
from rollbook.ledger.errors import StalePlan
from rollbook.ledger.models import OperationJob, OperationRecord
from rollbook.ledger.undo import Undo
from rollbook.ledger.verify import broken_invariants
from rollbook.ledger.writer import apply, preview
from rollbook.operations.reset_training import ResetTraining
from rollbook.operations.save_chapter import SaveChapter
from rollbook.people.access import actor_for
from rollbook.people.selection import UserSelection
from rollbook.project.worker import LINES
from rollbook.training.records import Certificate, ChapterProgress, Enrolment, Status
from rollbook.training.selection import ContentSelection
from tests.cast import assemble
from tests.operations.doing import do
from tests.training.stage import furnish, study
from tests.worker_process import PATIENCE, start_worker, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def job() -> OperationJob:
    """Return a job that waits for the worker: Carla resets Ben's training."""
    cast = assemble()
    study(cast, furnish())
    operation = ResetTraining(
        users=UserSelection(ids=(cast.ben.pk,)), content=ContentSelection(everything=True)
    )
    plan = preview(operation, acting=actor_for(cast.carla))
    made = jobs.submit(plan, acting=actor_for(cast.carla), reason="a test", previewed=plan.fingerprint)
    apply_operation.defer(job_id=made.pk)
    return made


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Callable[[], "subprocess.Popen[bytes]"]]:
    """Return what starts the worker, as `rollbook worker` does."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> "subprocess.Popen[bytes]":
        started.append(start_worker(tmp_path / "mail"))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def erased() -> int:
    return ChapterProgress.objects.exclude(erased_at=None).count()


def mails(folder: Path) -> int:
    """Count the mails, of which Django may append several of one second to one file."""
    return sum(file.read_text().count("\nSubject: ") for file in folder.iterdir())


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
    next_one = worker()
    wait_until(lambda: OperationJob.objects.filter(state="done").exists())
    job.refresh_from_db()
    assert job.operation == OperationRecord.objects.get()
    assert erased() == 3
    next_one.terminate()
    assert next_one.wait(PATIENCE) == 0


def test_mail_goes_on_beside_a_large_operation_and_a_second_operation_waits(
    job: OperationJob, worker: Callable[[], "subprocess.Popen[bytes]"], tmp_path: Path
) -> None:
    (tmp_path / "mail").mkdir()
    elsewhere = connection.copy()
    try:
        with elsewhere.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT id FROM rollbook_chapter_progress FOR UPDATE")
            process = worker()
            wait_until(lambda: OperationJob.objects.filter(state="running", step=1).exists())
            apply_operation.defer(job_id=0)
            for _ in range(3):
                send_password_mail.defer(email="ben.baker@example.org")
            wait_until(lambda: mails(tmp_path / "mail") == 3)
            # And whom they went to is kept no longer.
            wait_until(lambda: not ProcrastinateJob.objects.filter(task_name="send_password_mail").exists())
            waiting = ProcrastinateJob.objects.filter(task_name="apply_operation", status="todo")
            assert waiting.get().args == {"job_id": 0}
            # Asked to end, it first ends what it has begun.
            process.terminate()
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(1)
            cursor.execute("ROLLBACK")
    finally:
        elsewhere.close()
    assert process.wait(PATIENCE) == 0
    assert erased() == 3


def test_an_undo_on_the_same_users_waits_for_the_worker_and_then_takes_back_what_is_still_to_be_taken_back(
    worker: Callable[[], "subprocess.Popen[bytes]"],
) -> None:
    cast, stage = assemble(), furnish()
    study(cast, stage)
    ben, film = UserSelection(ids=(cast.ben.pk,)), ContentSelection(chapter_ids=(stage.film.pk,))
    record = do(cast.carla, ResetTraining(users=ben, content=film))
    everything = ResetTraining(users=ben, content=ContentSelection(everything=True))
    plan = preview(everything, acting=actor_for(cast.carla))
    job = jobs.submit(plan, acting=actor_for(cast.carla), reason="a test", previewed=plan.fingerprint)
    apply_operation.defer(job_id=job.pk)
    undo = preview(Undo(operation_id=record.pk), acting=actor_for(cast.carla))

    def undoing() -> object:
        try:
            return apply(undo, acting=actor_for(cast.carla), reason="a test")
        except StalePlan as error:
            return error
        finally:
            connection.close()

    elsewhere = connection.copy()
    try:
        with elsewhere.cursor() as cursor, ThreadPoolExecutor(1) as thread:
            cursor.execute("BEGIN")
            cursor.execute("SELECT id FROM rollbook_chapter_progress FOR UPDATE")
            worker()
            wait_until(lambda: OperationJob.objects.filter(state="running", step=1).exists())
            answer = thread.submit(undoing)
            time.sleep(0.5)
            assert not answer.done()
            cursor.execute("ROLLBACK")
            # One user is no crowd: what was previewed is no longer so.
            assert isinstance(answer.result(), StalePlan)
    finally:
        elsewhere.close()
    wait_until(lambda: OperationJob.objects.filter(state="done").exists())
    do(cast.carla, Undo(operation_id=record.pk))
    living = ChapterProgress.objects.filter(enrolment__user=cast.ben, erased_at=None)
    assert [row.chapter for row in living] == [stage.film]
    assert Enrolment.objects.get(user=cast.ben, course=stage.fire).status == Status.IN_PROGRESS
    assert broken_invariants() == []


def test_every_task_is_in_a_line_of_the_worker() -> None:
    queues = {queue for line in LINES for queue in line}
    assert {task.queue for name, task in app.tasks.items() if "builtin" not in name} <= queues


def test_what_a_large_operation_completes_is_awarded_by_the_same_worker(
    worker: Callable[[], "subprocess.Popen[bytes]"],
) -> None:
    cast, stage = assemble(), furnish()
    study(cast, stage)
    operation = SaveChapter(
        course_id=stage.fire.pk, chapter_id=stage.quiz.pk, title="The quiz", required=False
    )
    plan = preview(operation, acting=actor_for(cast.alice))
    made = jobs.submit(plan, acting=actor_for(cast.alice), reason="", previewed=plan.fingerprint)
    apply_operation.defer(job_id=made.pk)
    worker()
    wait_until(lambda: Certificate.objects.count() == 3)
