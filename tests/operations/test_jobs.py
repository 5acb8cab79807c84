"""Large operations in the worker: done once or not at all, watched from outside, whatever happens to the worker."""

from typing import Any

import pytest
from django.db import connection

from rollbook.interfaces.web.tasks import apply_operation
from rollbook.ledger import jobs
from rollbook.ledger.errors import NothingToDo, ReasonMissing, StalePlan
from rollbook.ledger.models import OperationJob, OperationRecord
from rollbook.ledger.writer import Done, Progress, preview
from rollbook.operations.reset_training import ResetTraining
from rollbook.people.access import actor_for
from rollbook.people.models import AccessLevel, User
from rollbook.people.selection import UserSelection
from rollbook.training.records import ChapterProgress
from rollbook.training.selection import ContentSelection
from tests.cast import Cast, assemble, outside_the_ledger
from tests.training.stage import Stage, furnish, study

pytestmark = pytest.mark.django_db(transaction=True)
State = OperationJob.State


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.fixture
def stage(cast: Cast) -> Stage:
    made = furnish()
    study(cast, made)
    return made


@pytest.fixture
def job(cast: Cast, stage: Stage) -> OperationJob:
    """Return Carla's job: the reset of all training of everybody in North."""
    plan = preview(all_of_north(cast), acting=actor_for(cast.carla))
    return jobs.submit(plan, acting=actor_for(cast.carla), reason="a test", previewed=plan.fingerprint)


def all_of_north(cast: Cast) -> ResetTraining:
    return ResetTraining(
        users=UserSelection(location_id=cast.north.pk), content=ContentSelection(everything=True)
    )


def erased() -> int:
    return ChapterProgress.objects.exclude(erased_at=None).count()


class Killed(BaseException):
    """The worker's process ended here."""


def killed_when_half_done(monkeypatch: pytest.MonkeyPatch) -> None:
    plain: Any = jobs.apply

    def stopping(*args: Any, progress: Progress, **kwargs: Any) -> OperationRecord:
        def stop(done: Done) -> None:
            progress(done)
            if done.step == 1:
                raise Killed

        record: OperationRecord = plain(*args, progress=stop, **kwargs)
        return record

    monkeypatch.setattr(jobs, "apply", stopping)


def test_the_worker_applies_what_was_confirmed_in_the_name_of_who_confirmed_it(
    cast: Cast, job: OperationJob
) -> None:
    assert (job.state, erased()) == (State.WAITING, 0)
    apply_operation(job_id=job.pk)
    job.refresh_from_db()
    record = OperationRecord.objects.get()
    assert (job.state, job.operation, job.percent) == (State.DONE, record, 100)
    assert (record.actor_user, record.reason) == (cast.carla, "a test")
    assert erased() == 6


def test_others_see_how_far_it_is_before_anything_is_committed(
    job: OperationJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[Any, ...]] = []
    elsewhere, plain = connection.copy(), jobs.apply

    def watched(*args: Any, progress: Progress, **kwargs: Any) -> OperationRecord:
        def look(done: Done) -> None:
            progress(done)
            with elsewhere.cursor() as cursor:
                cursor.execute(
                    "SELECT state, step, rows, (SELECT count(*) FROM rollbook_operation) FROM rollbook_operation_job"
                )
                seen.append(cursor.fetchone())

        return plain(*args, progress=look, **kwargs)

    monkeypatch.setattr(jobs, "apply", watched)
    try:
        apply_operation(job_id=job.pk)
    finally:
        elsewhere.close()
    assert seen == [("running", 0, 0, 0), ("running", 1, 3, 0), ("running", 2, 9, 0)]


def test_a_worker_killed_in_the_middle_has_changed_nothing_and_the_job_begins_anew(
    job: OperationJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as here:
        killed_when_half_done(here)
        with pytest.raises(Killed):
            apply_operation(job_id=job.pk)
    assert (erased(), OperationRecord.objects.count()) == (0, 0)
    apply_operation(job_id=job.pk)
    assert (erased(), OperationRecord.objects.count()) == (6, 1)


def test_a_job_is_never_applied_twice(job: OperationJob) -> None:
    apply_operation(job_id=job.pk)
    apply_operation(job_id=job.pk)
    # The worker was killed after the commit, before it noted the end.
    OperationJob.objects.update(state=State.RUNNING, operation=None, ended_at=None)
    apply_operation(job_id=job.pk)
    record = OperationRecord.objects.get()
    job.refresh_from_db()
    assert (job.state, job.operation) == (State.DONE, record)


def test_whoever_lost_the_right_meanwhile_no_longer_does_it(cast: Cast, job: OperationJob) -> None:
    with outside_the_ledger():
        User.objects.filter(pk=cast.carla.pk).update(access_level=AccessLevel.LEARNER)
    apply_operation(job_id=job.pk)
    job.refresh_from_db()
    assert job.state == State.FAILED
    assert job.message.startswith("Your access level does not include this. Nothing was changed")
    assert erased() == 0


def test_what_breaks_is_told_with_what_to_do(job: OperationJob, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **kwargs: Any) -> OperationRecord:
        raise ConnectionError

    monkeypatch.setattr(jobs, "apply", broken)
    with pytest.raises(ConnectionError):
        apply_operation(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.message) == (State.FAILED, jobs.BROKEN)


def test_what_cannot_be_applied_is_refused_before_it_waits(cast: Cast, stage: Stage) -> None:
    carla = actor_for(cast.carla)
    plan = preview(all_of_north(cast), acting=carla)
    with pytest.raises(ReasonMissing):
        jobs.submit(plan, acting=actor_for(cast.carla), reason=" ", previewed=plan.fingerprint)
    with pytest.raises(StalePlan):
        jobs.submit(plan, acting=actor_for(cast.carla), reason="x", previewed="another")
    plan.tallies = ()
    with pytest.raises(NothingToDo):
        jobs.submit(plan, acting=actor_for(cast.carla), reason="x", previewed=plan.fingerprint)
    assert not OperationJob.objects.exists()
