"""Retrieve users: make inactive users active again."""

from dataclasses import dataclass

from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import Remove, Update
from rollbook.ledger.operation import Note, Operation, Plan
from rollbook.people.access import Right
from rollbook.people.models import User
from rollbook.people.selection import missing_users, names_of
from rollbook.training.catalogue import RoleGrant


@dataclass(frozen=True, kw_only=True)
class RetrieveUsers(Operation):
    """Make users active. A merged duplicate comes back as an empty account (DESIGN section 4).

    What was merged stays the Primary's, and content roles that both had stay with the Primary alone.
    """

    verb = "retrieve_users"
    right = Right.USERS_RETRIEVE

    user_ids: tuple[int, ...]

    def plan(self, acting: Actor) -> Plan:
        """Say who becomes active again; refuse users who are not inactive."""
        named = User.objects.filter(pk__in=self.user_ids)
        inactive = named.filter(status=User.Status.INACTIVE)
        active = named.filter(status=User.Status.ACTIVE)
        refusals = missing_users(self.user_ids, named)
        if number := active.count():
            refusals.append(
                f"{names_of(active, number)} {'is' if number == 1 else 'are'} active already: leave them out."
            )
        merged = inactive.filter(merged_into__isnull=False).select_related("merged_into").order_by("pk")
        return Plan(
            operation=self,
            summary=f"Retrieve {names_of(inactive) or 'nobody'}",
            subjects=[named],
            effects=[
                Remove(RoleGrant.objects.filter(user__in=merged.order_by().values("pk"))),
                Update(inactive, {"status": User.Status.ACTIVE, "merged_into": None}),
            ],
            notes=[
                Note(
                    f"{user} comes back as an empty account",
                    f"training, certificates, identifiers and LMS accounts stay with {user.merged_into}; "
                    "to give everything back, undo the merge instead",
                )
                for user in merged[:20]
            ],
            refusals=refusals,
        )
