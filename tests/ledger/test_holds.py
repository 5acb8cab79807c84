"""A plan that is held for a second person: who may be that, and that nothing happens without."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pydantic import TypeAdapter

from rollbook.interfaces.web.tasks import clear_expired
from rollbook.ledger import holds, jobs
from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import Update
from rollbook.ledger.errors import (
    AlreadyDecided,
    Held,
    NotTheSecond,
    ReasonMissing,
    Refused,
    StalePlan,
    WaitedTooLong,
)
from rollbook.ledger.holds import Known, approve, reject
from rollbook.ledger.models import OperationJob, OperationRecord
from rollbook.ledger.operation import Hold, Operation, Plan
from rollbook.ledger.undo import Undo
from rollbook.ledger.writer import apply, preview
from rollbook.people.access import MachineActor, Right, actor_for, operator
from rollbook.people.api_tokens import TokenActor, token_actor_named
from rollbook.people.models import AccessLevel, ManagedLocation, User
from tests.cast import Cast, assemble, outside_the_ledger, token
from tests.ledger.test_together import at_once

WHY = "It is about everybody in Oak."
State = OperationJob.State


@dataclass(frozen=True, kw_only=True)
class RenameMany(Operation):
    """Give users a first name, which needs two people."""

    verb = "rename_many"
    right = Right.USERS_EDIT

    user_ids: tuple[int, ...]
    name: str = "Renamed"
    live: bool = False

    def plan(self, acting: Actor) -> Plan:
        users = User.objects.filter(pk__in=self.user_ids, status=User.Status.ACTIVE)
        return Plan(
            operation=self,
            summary="Rename many",
            subjects=[users],
            effects=[Update(users, {"first_name": self.name})],
            holds=[Hold(WHY, Right.USERS_DEACTIVATE)],
            live=self.live,
        )


@dataclass(frozen=True, kw_only=True)
class Together(Operation):
    """Do renamings as one operation, which is held itself or not."""

    verb = "together"
    right = Right.USERS_EDIT

    parts: tuple[RenameMany, ...]
    held: bool

    def plan(self, acting: Actor) -> Plan:
        subjects = [User.objects.filter(pk__in=part.user_ids) for part in self.parts]
        held = [Hold(WHY)] if self.held else []
        return Plan(self, "Together", subjects, parts=self.parts, holds=held)


VERBS: dict[str, type[Any]] = {"rename_many": RenameMany}


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


@pytest.fixture
def cleo(cast: Cast) -> User:
    """Return a second administrator of North."""
    with outside_the_ledger():
        made = User.objects.create(
            first_name="Cleo", last_name="Cole", location=cast.north, access_level=AccessLevel.ADMINISTRATOR
        )
        ManagedLocation.objects.create(user=made, location=cast.north)
    return made


def actor_named(key: str) -> Actor:
    kind, _, name = key.partition(":")
    if kind == "cli":
        return operator(name)
    return actor_for(User.objects.get(pk=int(name))) if kind == "user" else token_actor_named(name)


KNOWN = Known(lambda verb, params: TypeAdapter(VERBS[verb]).validate_python(params), actor_named)


def asked(cast: Cast, *, by: Actor | None = None, live: bool = False) -> OperationJob:
    """Return the job of Carla (or somebody else) who asks for Ben and Bea to be renamed."""
    acting = by or actor_for(cast.carla)
    plan = preview(RenameMany(user_ids=(cast.ben.pk, cast.bea.pk), live=live), acting=acting)
    job_id = jobs.submit_once(
        plan, acting=acting, reason="as agreed", previewed=plan.fingerprint, start=never_started
    )
    return OperationJob.objects.get(pk=job_id)


def never_started(job_id: int) -> None:
    raise AssertionError("The worker was told of a job that nobody approved.")


def approved(job: OperationJob, second: Actor) -> list[int]:
    started: list[int] = []
    approve(job.pk, KNOWN, acting=second, start=started.append)
    return started


def run(job: OperationJob) -> OperationJob:
    jobs.run(job.pk, operation_of=KNOWN.operation_of, actor_of=KNOWN.actor_of)
    job.refresh_from_db()
    return job


def renamed() -> int:
    return User.objects.filter(first_name="Renamed").count()


def test_it_is_not_applied_on_one_persons_word_and_the_reason_is_said(cast: Cast) -> None:
    for acting in (actor_for(cast.alice), operator("tests")):
        plan = preview(RenameMany(user_ids=(cast.ben.pk,)), acting=acting)
        with pytest.raises(Held, match=rf"A second person must approve .* Nothing was changed\. {WHY}"):
            apply(plan, acting=acting)
    assert renamed() == 0


def test_what_waits_is_not_done_by_a_worker_that_is_told_to(cast: Cast) -> None:
    job = asked(cast)
    assert (run(job).state, job.holds, renamed()) == (State.HELD, [WHY], 0)


def test_a_second_person_approves_it_and_the_record_says_who(cast: Cast, cleo: User) -> None:
    job = asked(cast)
    assert approved(job, actor_for(cleo)) == [job.pk]
    assert (run(job).state, job.decider_name, renamed()) == (State.DONE, "Cleo Cole", 2)
    record = OperationRecord.objects.get()
    assert (record.actor_user, record.reason) == (cast.carla, "as agreed")
    assert (record.approver, record.approver_name) == (f"user:{cleo.pk}", "Cleo Cole")
    # What was taken back needs nobody, and says so.
    undone = apply(
        preview(Undo(operation_id=record.pk), acting=actor_for(cast.carla)), acting=actor_for(cast.carla)
    )
    assert (undone.approver, renamed()) == ("", 0)


def test_nobody_approves_or_rejects_what_they_may_not_do_whole(cast: Cast, cleo: User) -> None:
    job = asked(cast)
    with outside_the_ledger():
        User.objects.filter(pk=cast.bea.pk).update(location=cast.north)
    machine = MachineActor("api", "machine", frozenset(Right), everywhere=True)
    # Carla asked; Lou does not reach Bea any more, Sam reaches neither; Mallory has no right; the others are no person.
    for second in (
        *map(actor_for, (cast.carla, cast.lou, cast.sam, cast.mallory)),
        operator("tests"),
        machine,
    ):
        with pytest.raises(NotTheSecond):
            approved(job, second)
        if second.key != job.actor:
            with pytest.raises(NotTheSecond):
                reject(job.pk, KNOWN, acting=second, reason="no")
        assert not holds.may_decide(job, KNOWN, acting=second)
    assert holds.may_decide(job, KNOWN, acting=actor_for(cleo))
    assert (run(job).state, renamed()) == (State.HELD, 0)


def test_a_hold_can_ask_for_a_right_of_its_own(
    cast: Cast, cleo: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RenameMany, "right", Right.USERS_VIEW)
    job = asked(cast)
    monkeypatch.setattr(type(actor_for(cleo)), "may", lambda self, right: right != Right.USERS_DEACTIVATE)
    with pytest.raises(NotTheSecond):
        approved(job, actor_for(cleo))


def test_nobody_approves_what_their_own_token_asked_for(cast: Cast, cleo: User) -> None:
    with outside_the_ledger():
        User.objects.filter(pk=cleo.pk).update(access_level=AccessLevel.SUPER_USER)
    token(cast, Right.USERS_EDIT)
    job = asked(cast, by=token_actor_named("nightly"))
    assert isinstance(actor_named(job.actor), TokenActor)
    with pytest.raises(NotTheSecond):
        approved(job, actor_for(cast.alice))
    assert approved(job, actor_for(User.objects.get(pk=cleo.pk))) == [job.pk]


def test_it_is_decided_once(cast: Cast, cleo: User) -> None:
    job = asked(cast)
    approved(job, actor_for(cleo))
    for again in (lambda: approved(job, actor_for(cast.alice)), lambda: rejected(job, cast.alice)):
        with pytest.raises(AlreadyDecided):
            again()
    other = asked(cast)
    rejected(other, cleo)
    with pytest.raises(AlreadyDecided):
        approved(other, actor_for(cast.alice))
    assert (run(other).state, renamed()) == (State.REJECTED, 0)


def rejected(job: OperationJob, who: User, reason: str = "It is last year’s file.") -> None:
    reject(job.pk, KNOWN, acting=actor_for(who), reason=reason)


def test_whoever_rejects_it_says_why_and_whoever_asked_may_think_better_of_it(cast: Cast, cleo: User) -> None:
    job = asked(cast)
    with pytest.raises(ReasonMissing):
        rejected(job, cleo, " ")
    rejected(job, cleo)
    job.refresh_from_db()
    assert (job.state, job.decider_name, job.message) == (
        State.REJECTED,
        "Cleo Cole",
        "It is last year’s file.",
    )
    own = asked(cast)
    rejected(own, cast.carla, "a mistake")
    own.refresh_from_db()
    assert own.is_over


def test_what_changed_since_it_was_asked_for_is_not_approved_and_is_to_be_asked_for_again(
    cast: Cast, cleo: User
) -> None:
    job = asked(cast)
    with outside_the_ledger():
        User.objects.filter(pk=cast.ben.pk).update(first_name="Benno")
    with pytest.raises(StalePlan):
        approved(job, actor_for(cleo))
    job.refresh_from_db()
    assert job.state == State.FAILED
    assert job.message.startswith("Something changed since this preview was made.")


def test_of_a_live_plan_the_people_are_the_same_whatever_they_do_meanwhile(cast: Cast, cleo: User) -> None:
    first, second = asked(cast, live=True), asked(cast, live=True)
    with outside_the_ledger():
        User.objects.filter(pk=cast.ben.pk).update(last_name="Bäcker")
    assert approved(first, actor_for(cleo)) == [first.pk]
    with outside_the_ledger():
        User.objects.filter(pk=cast.ben.pk).update(status=User.Status.INACTIVE)
    with pytest.raises(StalePlan):
        approved(second, actor_for(cleo))
    # Nor is it, when it was approved and the worker comes to it late.
    assert (run(first).state, renamed()) == (State.FAILED, 0)


def test_whoever_asked_and_whoever_approved_may_still_do_it_when_it_is_done(cast: Cast, cleo: User) -> None:
    job = asked(cast)
    approved(job, actor_for(cleo))
    with outside_the_ledger():
        User.objects.filter(pk=cleo.pk).update(access_level=AccessLevel.LEARNER)
    assert run(job).state == State.FAILED
    assert job.message.startswith("Only somebody else can decide this")
    other = asked(cast)
    with outside_the_ledger():
        User.objects.filter(pk=cast.carla.pk).update(access_level=AccessLevel.LEARNER)
    with pytest.raises(Refused, match="Whoever asked for this may no longer do it"):
        approved(other, actor_for(cast.alice))
    assert renamed() == 0


def test_whoever_has_no_right_ends_no_job_of_somebody_who_is_gone(cast: Cast) -> None:
    job = asked(cast)
    with outside_the_ledger():
        User.objects.filter(pk=cast.carla.pk).update(access_level=AccessLevel.LEARNER)
    for who in (cast.carla, cast.mallory):
        with pytest.raises(NotTheSecond):
            approved(job, actor_for(who))
    job.refresh_from_db()
    assert job.state == State.HELD


def test_somebody_whose_sign_in_ended_meanwhile_decides_nothing(cast: Cast, cleo: User) -> None:
    job, stale = asked(cast), actor_for(cleo)
    with outside_the_ledger():
        User.objects.filter(pk=cleo.pk).update(status=User.Status.INACTIVE)
    with pytest.raises(NotTheSecond):
        approved(job, stale)


def test_nothing_waits_forever(cast: Cast, cleo: User) -> None:
    job = asked(cast)
    holds.expire()
    job.refresh_from_db()
    assert job.state == State.HELD
    OperationJob.objects.update(created_at=timezone.now() - timedelta(days=holds.DAYS, hours=1))
    clear_expired(0)
    job.refresh_from_db()
    assert (job.state, job.message) == (State.FAILED, holds.EXPIRED)
    with pytest.raises(AlreadyDecided):
        approved(job, actor_for(cleo))


def test_what_waited_too_long_is_not_approved_though_no_worker_ended_it(cast: Cast, cleo: User) -> None:
    job, other = asked(cast), asked(cast)
    OperationJob.objects.update(created_at=timezone.now() - timedelta(days=holds.DAYS, minutes=1))
    with pytest.raises(WaitedTooLong):
        approved(job, actor_for(cleo))
    job.refresh_from_db()
    assert (job.state, job.message) == (State.FAILED, holds.EXPIRED)
    rejected(other, cleo)
    other.refresh_from_db()
    assert other.state == State.REJECTED


def test_an_operation_of_parts_says_itself_that_it_is_held(cast: Cast, cleo: User) -> None:
    parts = (RenameMany(user_ids=(cast.ben.pk,)), RenameMany(user_ids=(cast.bea.pk,)))
    carla = actor_for(cast.carla)
    with pytest.raises(Held):
        apply(preview(Together(parts=parts, held=False), acting=carla), acting=carla)
    held = Together(parts=parts, held=True)
    with pytest.raises(Held):
        apply(preview(held, acting=carla), acting=carla)
    apply(preview(held, acting=carla), acting=carla, approved_by=actor_for(cleo))
    assert {record.approver_name for record in OperationRecord.objects.all()} == {"Cleo Cole"}
    assert renamed() == 2


def test_the_writer_itself_takes_nobodys_word_for_who_approved(cast: Cast) -> None:
    carla = actor_for(cast.carla)
    plan = preview(RenameMany(user_ids=(cast.ben.pk,)), acting=carla)
    for second in (carla, actor_for(cast.sam), operator("tests")):
        with pytest.raises(NotTheSecond):
            apply(plan, acting=carla, approved_by=second)
    assert renamed() == 0


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_is_told_that_it_is_decided() -> None:
    cast = assemble()
    with outside_the_ledger():
        User.objects.filter(pk=cast.lou.pk).update(access_level=AccessLevel.SUPER_USER)
    for _ in range(5):
        job = asked(cast)
        lou = User.objects.get(pk=cast.lou.pk)
        answers = at_once(
            lambda job=job: approved(job, actor_for(cast.alice)),
            lambda job=job, lou=lou: rejected(job, lou),
            lambda job=job, lou=lou: approved(job, actor_for(lou)),
        )
        assert sorted(type(answer).__name__ for answer in answers).count("AlreadyDecided") == 2
        job.refresh_from_db()
        assert job.state in {State.WAITING, State.REJECTED}
