"""Declare wrong: no matcher may ever link this LMS's id to this user."""

from dataclasses import dataclass

from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import Create
from rollbook.ledger.operation import Note, Operation, Plan
from rollbook.lms.accounts import account_of, is_declared_wrong, pair_refusals
from rollbook.lms.models import LMS, DeclaredWrong
from rollbook.people.access import Right
from rollbook.people.models import User


@dataclass(frozen=True, kw_only=True)
class DeclareWrong(Operation):
    """Say that `subject` of an LMS is not `user_id`: also the "no" to a launch that waits."""

    verb = "declare_wrong"
    right = Right.QUEUE_DECIDE
    needs_reason = True

    lms_id: int
    subject: str
    user_id: int

    def plan(self, acting: Actor) -> Plan:
        """Say which pair is declared wrong."""
        lms = LMS.objects.filter(pk=self.lms_id).first()
        user = User.objects.filter(pk=self.user_id).first()
        refusals = pair_refusals(lms, self.lms_id, self.subject)
        if user is None:
            refusals.append(f"There is no user {self.user_id}.")
        account = None if refusals else account_of(self.lms_id, self.subject)
        if account is not None and account.user == user:
            refusals.append(
                f"{self.subject} leads to {user} now. Reset it, or link it to the right user, and declare it there."
            )
        effects, notes = [], []
        if not refusals and is_declared_wrong(self.lms_id, self.subject, self.user_id):
            notes.append(Note(f"{self.subject} is already declared not to be {user}", "nothing changes"))
        elif not refusals:
            effects.append(Create(DeclaredWrong, {"lms": lms, "subject": self.subject, "user": user}))
        return Plan(
            operation=self,
            summary=f"Declare that {self.subject} of {lms} is not {user}",
            subjects=[User.objects.filter(pk=self.user_id)],
            effects=effects,
            notes=notes,
            refusals=refusals,
        )
