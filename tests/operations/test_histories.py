"""Random histories of operations, launches and undos: whatever happened, all of it can be taken back."""

import os
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from rollbook.ledger.errors import NothingToDo, Refused
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.operation import Operation
from rollbook.ledger.undo import Undo
from rollbook.ledger.verify import broken_invariants
from rollbook.ledger.writer import apply, preview
from rollbook.lms import invariants as of_lms
from rollbook.lms.models import LMSAccount
from rollbook.lms.verified_launch import VerifiedLaunch
from rollbook.operations.arrive import arrive
from rollbook.operations.create_user import CreateUser
from rollbook.operations.deactivate_users import DeactivateUsers
from rollbook.operations.edit_user import EditUser
from rollbook.operations.link_lms_account import LinkLMSAccount
from rollbook.operations.merge_users import MergeUsers
from rollbook.operations.reset_in_progress import ResetInProgress
from rollbook.operations.reset_lms_accounts import ResetLMSAccounts
from rollbook.operations.reset_training import ResetTraining
from rollbook.operations.retrieve_users import RetrieveUsers
from rollbook.people import invariants as of_people
from rollbook.people.access import actor_for
from rollbook.people.models import User
from rollbook.people.profile import Profile
from rollbook.people.selection import UserSelection
from rollbook.training import invariants as of_training
from rollbook.training.selection import ContentSelection
from tests.cast import assemble
from tests.snapshots import differences, snapshot
from tests.training.stage import furnish, study

WHO = st.sampled_from(["ben", "bea", "dora", "mallory", "lou"])
NUMBERS = st.sampled_from(["00123", "00124", "00999", "7", ""])
MAILS = st.sampled_from(["ben.baker@example.org", "Bea.Brown@example.org", "new@example.org", ""])
SUBJECTS = st.sampled_from(["h-ben", "h-bea", "h-new"])
CHAPTERS = st.sampled_from(["film", "quiz", "extra", "bandage"])
NAMES = st.sampled_from(["Ana", "Zoë", "李", "O'Neil"])


class History(RuleBasedStateMachine):
    """One register, changed by Alice and by arriving learners; every rule is one thing that happens."""

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.cast = assemble()
        self.stage = furnish()
        study(self.cast, self.stage)
        self.acting = actor_for(self.cast.alice)
        self.start = snapshot()

    def teardown(self) -> None:
        """Take everything back, the last first: then the register is as it was at the start."""
        try:
            assert broken_invariants() == []
            for record in OperationRecord.objects.order_by("-id"):
                self.do(Undo(operation_id=record.pk), must=True)
            assert differences(self.start, snapshot()) == set()
        finally:
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    def do(self, operation: Operation, *, must: bool = False) -> None:
        plan = preview(operation, acting=self.acting)
        try:
            record = apply(plan, acting=self.acting, reason="a random history")
            assert record.counts == plan.counts
        except (Refused, NothingToDo):
            assert not must, list(plan.refusals)
            assert not plan.can_apply

    def user(self, name: str) -> User:
        found: User = getattr(self.cast, name)
        return found

    @rule(names=st.sets(WHO, min_size=1))
    def deactivate(self, names: set[str]) -> None:
        self.do(DeactivateUsers(user_ids=tuple(self.user(n).pk for n in names)))

    @rule(name=WHO)
    def retrieve(self, name: str) -> None:
        self.do(RetrieveUsers(user_ids=(self.user(name).pk,)))

    @rule(primary=WHO, duplicates=st.lists(WHO, min_size=1, max_size=2, unique=True))
    def merge(self, primary: str, duplicates: list[str]) -> None:
        ids = tuple(self.user(name).pk for name in duplicates)
        self.do(MergeUsers(primary_id=self.user(primary).pk, duplicate_ids=ids))

    @rule(name=WHO, first=NAMES, mail=MAILS, number=NUMBERS)
    def edit(self, name: str, first: str, mail: str, number: str) -> None:
        profile = Profile(first_name=first, email=mail, attributes={"student_id": (number,)})
        self.do(EditUser(user_id=self.user(name).pk, profile=profile))

    @rule(first=NAMES, mail=MAILS, number=NUMBERS)
    def create(self, first: str, mail: str, number: str) -> None:
        profile = Profile(
            first_name=first, email=mail, location_id=self.cast.oak.pk, attributes={"student_id": (number,)}
        )
        self.do(CreateUser(profile=profile))

    @rule(subject=SUBJECTS, mail=MAILS, valley=st.booleans(), number=NUMBERS)
    def launch(self, subject: str, mail: str, valley: bool, number: str) -> None:
        claims: dict[str, Any] = {
            "sub": subject,
            "email": mail,
            "given_name": "Nina",
            "https://purl.imsglobal.org/spec/lti/claim/lis": {"person_sourcedid": number},
        }
        lms = self.cast.valley if valley else self.cast.hillside
        arrival = arrive(
            VerifiedLaunch(lms=lms, deployment_id="1", subject=subject, target="/learner/", claims=claims)
        )
        assert arrival.user is None or arrival.user.is_active

    @rule(name=WHO, declare=st.booleans())
    def reset(self, name: str, declare: bool) -> None:
        user = self.user(name)
        accounts = tuple(LMSAccount.objects.filter(user=user).values_list("pk", flat=True))
        self.do(ResetLMSAccounts(user_id=user.pk, declare_wrong=accounts if declare else ()))

    @rule(name=WHO)
    def link(self, name: str) -> None:
        account = LMSAccount.objects.order_by("-pk").first()
        if account:
            self.do(
                LinkLMSAccount(lms_id=account.lms_id, subject=account.subject, user_id=self.user(name).pk)
            )

    def selected(self, names: set[str], chapters: set[str]) -> dict[str, Any]:
        return {
            "users": UserSelection(ids=tuple(sorted(self.user(n).pk for n in names))),
            "content": ContentSelection(
                chapter_ids=tuple(sorted(getattr(self.stage, title).pk for title in chapters))
            ),
        }

    @rule(names=st.sets(WHO, min_size=1), chapters=st.sets(CHAPTERS, min_size=1), revoke=st.booleans())
    def reset_training(self, names: set[str], chapters: set[str], revoke: bool) -> None:
        self.do(ResetTraining(**self.selected(names, chapters), revoke=revoke))

    @rule(names=st.sets(WHO, min_size=1), chapters=st.sets(CHAPTERS, min_size=1))
    def reset_in_progress(self, names: set[str], chapters: set[str]) -> None:
        self.do(ResetInProgress(**self.selected(names, chapters)))

    @rule(data=st.data(), conflicts=st.booleans())
    def undo(self, data: st.DataObject, conflicts: bool) -> None:
        records = list(OperationRecord.objects.order_by("id"))
        if records:
            number = data.draw(st.integers(0, len(records) - 1))
            self.do(Undo(operation_id=records[number].pk, include_conflicts=conflicts))

    @invariant()
    def all_is_well(self) -> None:
        assert of_people.broken_invariants() + of_lms.broken_invariants() == []
        assert of_training.broken_invariants() == []


@pytest.mark.django_db
def test_whatever_happened_can_be_taken_back() -> None:
    run_state_machine_as_test(
        History,
        settings=settings(
            max_examples=int(os.environ.get("TEST_HISTORIES", "10")),
            stateful_step_count=12,
            deadline=None,
            # Shrinking a history of database work takes minutes: a failure prints the history as it was found.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
