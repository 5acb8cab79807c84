"""Admit a launch: link the LMS account to the user who matched or proved it, or create the user."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rollbook.common.ids import random_code
from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import Create
from rollbook.ledger.errors import OutOfScope
from rollbook.ledger.operation import Note, Operation, Plan
from rollbook.lms.arrival import decide
from rollbook.lms.models import LMS, LMSAccount
from rollbook.lms.newcomer import newcomer
from rollbook.lms.wording import because, outcome_of
from rollbook.people.access import Right
from rollbook.people.models import Identifier, Location, User, UserAttribute

LMS_USER_ID_LENGTH = 12


def new_lms_user_id() -> str:
    """Return an LMS User ID: a new one at each assignment."""
    return random_code(LMS_USER_ID_LENGTH)


@dataclass(frozen=True, kw_only=True)
class AdmitLaunch(Operation):
    """Make the LMS account of a launch, by the rules of DESIGN section 3, decided anew each time it is planned.

    Acting is the LMS, or the user who has just proved by signing in that the launch is theirs. `user_id` is whom it
    was decided to link, or None to create a user.
    """

    verb = "admit_launch"
    right = Right.LAUNCHES_ADMIT

    lms_id: int
    subject: str
    claims: Mapping[str, Any]
    user_id: int | None
    lms_user_id: str = field(default_factory=new_lms_user_id)

    def params(self) -> dict[str, Any]:
        """Return the parameters without the claims: those are in the launch log, and go when it is purged."""
        return {
            "lms_id": self.lms_id,
            "subject": self.subject,
            "user_id": self.user_id,
            "lms_user_id": self.lms_user_id,
        }

    def plan(self, acting: Actor) -> Plan:
        """Say who is linked, or created and linked."""
        lms = LMS.objects.get(pk=self.lms_id)
        decision = decide(lms, self.subject, self.claims, proved=acting.user_id)
        person = decision.person
        subjects = [User.objects.filter(pk__in=[person.id] if person else [])]
        if not decision.links or (person.id if person else None) != self.user_id:
            reason = f"A launch of {self.subject} from {lms} would {outcome_of(decision)} now."
            refused = [f"{reason} Let the person open the link again."]
            return Plan(operation=self, summary=reason, subjects=subjects, refusals=refused)
        created = [] if person else self._create_user(lms, acting)
        user: User | Create | None = person.row if person else created[0]
        who = (
            f"Create {user.unsaved.full_name} from a launch"
            if isinstance(user, Create)
            else f"Link {user} to an LMS account"
        )
        account = {"lms": lms, "subject": self.subject, "user": user, "lms_user_id": self.lms_user_id}
        return Plan(
            operation=self,
            summary=f"{who} of {lms}",
            subjects=subjects,
            effects=[*created, Create(LMSAccount, account)],
            notes=[Note(f"{lms}: {self.subject}", because(decision))],
        )

    def _create_user(self, lms: LMS, acting: Actor) -> list[Create]:
        # No subject, for that would be locked: a whole class may arrive at the same minute.
        if not acting.reach(Location.objects.filter(pk=lms.location_id)).exists():
            raise OutOfScope
        new = newcomer(lms, self.claims, self.lms_user_id)
        user = Create(
            User,
            {
                "first_name": new.first_name,
                "last_name": new.last_name,
                "email": new.email,
                "location": lms.location,
            },
        )
        attributes = UserAttribute.objects.filter(key=True, code__in=[code for code, _ in new.identifiers])
        by_code = {attribute.code: attribute for attribute in attributes}
        return [
            user,
            *(
                Create(Identifier, {"attribute": by_code[code], "value": value, "user": user})
                for code, value in new.identifiers
                if code in by_code
            ),
        ]
