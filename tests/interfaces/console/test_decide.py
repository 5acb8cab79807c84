"""What waits for a second administrator: where it is seen, approved, rejected and withdrawn."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from rollbook.ledger import jobs
from rollbook.ledger.actor import Actor
from rollbook.ledger.holds import DAYS
from rollbook.ledger.models import OperationJob, OperationRecord
from rollbook.ledger.operation import Hold, Plan
from rollbook.ledger.writer import apply, preview
from rollbook.operations.deactivate_users import DeactivateUsers
from rollbook.operations.import_users import ImportUsers
from rollbook.operations.rebuilt import from_params
from rollbook.people.access import actor_for
from rollbook.people.importing.models import ImportRow
from rollbook.people.models import AccessLevel, Identifier, ManagedLocation, User
from tests.cast import Cast, outside_the_ledger, user
from tests.interfaces.conftest import SignIn
from tests.interfaces.console.conftest import Browsers, confirm
from tests.operations.import_cases import sent


@pytest.fixture
def job(cast: Cast) -> OperationJob:
    """Return the job of Carla’s file, which lacks nearly everybody in Oak."""
    with outside_the_ledger():
        for i in range(8):
            one = user(f"L{i}", "Learner", cast.oak)
            Identifier.objects.create(attribute=cast.student_id, user=one, value=f"7{i:04}")
    carla = actor_for(cast.carla)
    rows = ("00124", "Bea", "Braun", ""), ("00777", "Nele", "New", "Oak")
    file = sent(carla, "Student ID,First name,Last name,Location", *rows)
    operation = ImportUsers(file_id=file.pk, deactivate_missing=True)
    operation.prepare(carla)
    plan = preview(operation, acting=carla)
    return jobs.submit(plan, acting=carla, reason="the spring", previewed=plan.fingerprint)


def address(name: str, *args: int) -> str:
    return reverse(f"console:{name}", args=args)


def test_it_is_shown_to_those_who_could_approve_it_and_to_who_asked(
    cast: Cast, at: Browsers, job: OperationJob
) -> None:
    decide, page = address("decide_job", job.pk), address("job", job.pk)
    assert f'href="{decide}"' in at.alice.get(address("operations")).text
    assert ">Held</span>" not in at.alice.get(address("operations")).text
    for other in (at.lou, at.sam):
        assert f'href="{decide}"' not in other.get(address("operations")).text
        assert [other.get(url).status_code for url in (decide, page)] == [404, 404]
        assert other.post(decide, {"step": "approve"}).status_code == 404
    own = at.carla.get(page).text
    assert "The file lacks 9 of 10 users in Oak." in own
    assert "Who can approve it: Alice Archer." in own
    assert "every 2s" not in own
    assert ">Held</span>" in at.carla.get(address("operations")).text
    assert "Waiting for a second person" not in at.carla.get(address("operations")).text


def test_it_is_approved_done_by_the_worker_and_the_operation_says_by_whom(
    cast: Cast, at: Browsers, job: OperationJob
) -> None:
    decide = address("decide_job", job.pk)
    shown = at.alice.get(decide).text
    for sentence in (
        "Carla Clark",
        "the spring",
        "lacks 9 of 10 users in Oak",
        "9 users missing from the file",
        # The user who is to be created, and whose the ID will be.
        ">Nele New</th>",
        "after: </span>Nele New<",
    ):
        assert sentence in shown
    assert "Approved. The worker does it now." in at.alice.post(decide, {"step": "approve"}, follow=True).text
    assert ProcrastinateJob.objects.filter(task_name="apply_operation", args={"job_id": job.pk}).count() == 1
    again = at.alice.post(decide, {"step": "approve"}, follow=True)
    assert "This no longer waits for approval" in again.text
    assert ProcrastinateJob.objects.filter(task_name="apply_operation").count() == 1

    job.refresh_from_db()
    plan = from_params(job.verb, job.params).plan(actor_for(cast.carla))
    record = apply(
        plan,
        acting=actor_for(cast.carla),
        reason=job.reason,
        previewed=job.fingerprint,
        approved_by=actor_for(cast.alice),
    )
    page = at.carla.get(address("operation", record.pk)).text
    assert "Approved by" in page
    assert f'Alice Archer <span class="text-secondary">(user:{cast.alice.pk})</span>' in page


def test_it_is_rejected_with_a_reason_that_whoever_asked_can_read(
    cast: Cast, at: Browsers, job: OperationJob
) -> None:
    decide = address("decide_job", job.pk)
    empty = at.alice.post(decide, {"step": "reject", "reason": " "})
    assert (empty.status_code, "Give a reason" in empty.text) == (422, True)
    at.alice.post(decide, {"step": "reject", "reason": "Last year’s <file>."})
    page = at.carla.get(address("job", job.pk)).text
    assert "Rejected by Alice Archer" in page
    assert "Last year’s &lt;file&gt;." in page
    assert not OperationRecord.objects.exists()
    assert at.alice.get(decide)["Location"] == address("job", job.pk)


def test_whoever_asked_cannot_approve_but_withdraws_it(cast: Cast, at: Browsers, job: OperationJob) -> None:
    decide = address("decide_job", job.pk)
    page = at.carla.get(decide).text
    assert ">Withdraw</button>" in page
    assert ">Approve</button>" not in page
    assert at.carla.post(decide, {"step": "approve"}).status_code == 403
    page = at.carla.post(decide, {"step": "reject", "reason": "a mistake"}, follow=True).text
    assert "Withdrawn by Carla Clark" in page
    job.refresh_from_db()
    assert job.state == OperationJob.State.REJECTED


def test_what_changed_since_can_only_be_rejected_and_says_so(
    cast: Cast, at: Browsers, job: OperationJob
) -> None:
    decide = address("decide_job", job.pk)
    with outside_the_ledger():
        User.objects.filter(pk=cast.ben.pk).update(first_name="Benno")
    page = at.alice.get(decide).text
    assert "no longer what was asked for" in page
    assert ">Approve</button>" not in page
    answer = at.alice.post(decide, {"step": "approve"}, follow=True).text
    assert "Something changed since this preview was made." in answer
    job.refresh_from_db()
    assert job.state == OperationJob.State.FAILED


def test_what_nobody_decided_in_time_can_only_be_rejected_and_says_so(
    cast: Cast, at: Browsers, job: OperationJob
) -> None:
    OperationJob.objects.update(created_at=timezone.now() - timedelta(days=DAYS, minutes=1))
    decide = address("decide_job", job.pk)
    for who in (at.alice, at.carla):
        operations = who.get(address("operations")).text
        assert ">Decide</a>" not in operations
        assert ">Not approved in time</span>" in operations
        assert "Nobody approved this in time." in who.get(address("job", job.pk)).text
    page = at.alice.get(decide).text
    assert "Nobody approved this in time." in page
    assert ">Approve</button>" not in page
    assert ">Reject</button>" in page
    assert "Nobody approved this in time." in at.alice.post(decide, {"step": "approve"}, follow=True).text
    job.refresh_from_db()
    assert job.state == OperationJob.State.FAILED


def test_another_administrator_sees_afterwards_what_became_of_what_they_decided(
    cast: Cast, at: Browsers, job: OperationJob
) -> None:
    with outside_the_ledger():
        User.objects.filter(pk=cast.lou.pk).update(access_level=AccessLevel.ADMINISTRATOR)
        ManagedLocation.objects.create(user=cast.lou, location=cast.north)
    assert ">Decide</a>" in at.lou.get(address("operations")).text
    at.lou.post(address("decide_job", job.pk), {"step": "approve"})
    assert at.lou.get(address("job", job.pk)).status_code == 200


def test_a_preview_says_that_it_needs_a_second_person_and_asks_for_approval(
    cast: Cast, at: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = DeactivateUsers.plan

    def held(self: DeactivateUsers, acting: Actor) -> Plan:
        return replace(planned(self, acting), holds=[Hold("It is Ben.")])

    monkeypatch.setattr(DeactivateUsers, "plan", held)
    where = address("deactivate_user", cast.ben.pk)
    text = at.lou.get(where).text
    assert "A second person must approve this.</strong> It is Ben." in text
    assert ">Ask for approval</button>" in text
    page = confirm(at.lou, where)
    assert "<strong>Held.</strong> It is Ben." in page.text
    assert "Who can approve it: an administrator beyond your locations." in page.text
    assert not OperationRecord.objects.exists()
    assert not ProcrastinateJob.objects.filter(task_name="apply_operation").exists()


def test_the_second_person_is_told_nothing_of_people_whom_only_the_first_one_knows(
    cast: Cast, at: Browsers
) -> None:
    with outside_the_ledger():
        for i in range(8):
            one = user(f"L{i}", "Learner", cast.oak)
            Identifier.objects.create(attribute=cast.student_id, user=one, value=f"7{i:04}")
    alice = actor_for(cast.alice)
    rows = ("00124", "Braun", ""), ("00123", "Baker", "mallory.malik@example.org")
    file = sent(alice, "Student ID,Last name,E-mail", *rows)
    operation = ImportUsers(file_id=file.pk, deactivate_missing=True, missing_in=cast.north.pk)
    operation.prepare(alice)
    plan = preview(operation, acting=alice)
    job = jobs.submit(plan, acting=alice, reason="", previewed=plan.fingerprint)
    decide = address("decide_job", job.pk)
    assert "belongs to Mallory Malik" in at.alice.get(decide).text
    page = at.carla.get(decide).text
    assert ">Approve</button>" in page
    assert "Some of it is left out" in page
    assert "Malik" not in page


def test_of_somebody_who_is_gone_it_can_only_be_rejected(cast: Cast, at: Browsers, job: OperationJob) -> None:
    with outside_the_ledger():
        User.objects.filter(pk=cast.carla.pk).update(status=User.Status.INACTIVE)
    decide = address("decide_job", job.pk)
    page = at.alice.get(decide).text
    assert "Whoever asked for this may no longer do it." in page
    assert ">Approve</button>" not in page
    at.alice.post(decide, {"step": "reject", "reason": "Carla left."})
    job.refresh_from_db()
    assert job.state == OperationJob.State.REJECTED


@pytest.mark.parametrize("whoever_asked", ["is gone", "lost the location"])
def test_administrators_of_elsewhere_read_nothing_of_a_job_whose_asker(
    whoever_asked: str, cast: Cast, signed_in: SignIn, job: OperationJob
) -> None:
    with outside_the_ledger():
        sue = user("Sue", "Smith", cast.south, access_level=AccessLevel.ADMINISTRATOR)
        ManagedLocation.objects.create(user=sue, location=cast.south)
        ManagedLocation.objects.filter(user=cast.carla).update(location=cast.south)
        ImportRow.objects.update(state="unchanged")
    if whoever_asked == "is gone":
        OperationJob.objects.update(actor="api:HR", actor_user=None)
    at_sue = signed_in(sue)
    pages = [
        at_sue.get(url)
        for url in (address("decide_job", job.pk), address("job", job.pk), address("operations"))
    ]
    assert [page.status_code for page in pages] == [200, 200, 200]
    assert ">Decide</a>" in pages[2].text
    for page in pages:
        for told in ("Oak", "the spring", job.summary):
            assert told not in page.text
    assert ">Approve</button>" not in pages[0].text
    at_sue.post(address("decide_job", job.pk), {"step": "reject", "reason": "The token is gone."})
    job.refresh_from_db()
    assert job.state == OperationJob.State.REJECTED
