"""Deactivate users: they can neither sign in nor launch; nothing of theirs is removed."""

from dataclasses import dataclass

from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import Update
from rollbook.ledger.operation import Note, Operation, Plan
from rollbook.people.access import Right, leaves_no_super_user, super_users
from rollbook.people.models import User
from rollbook.people.profile_checks import LAST_SUPER_USER
from rollbook.people.selection import missing_users, names_of


@dataclass(frozen=True, kw_only=True)
class DeactivateUsers(Operation):
    """Make users inactive, which ends their sessions."""

    verb = "deactivate_users"
    right = Right.USERS_DEACTIVATE
    needs_reason = True

    user_ids: tuple[int, ...]

    def plan(self, acting: Actor) -> Plan:
        """Say who becomes inactive and who already is."""
        named = User.objects.filter(pk__in=self.user_ids)
        active = named.filter(status=User.Status.ACTIVE)
        already = named.filter(status=User.Status.INACTIVE)
        refusals = missing_users(self.user_ids, named)
        if acting.user_id in self.user_ids:
            refusals.append("You cannot deactivate yourself; ask another administrator.")
        if leaves_no_super_user(active):
            refusals.append(LAST_SUPER_USER)
        return Plan(
            operation=self,
            summary=f"Deactivate {names_of(active) or 'nobody'}",
            subjects=[named],
            relies_on=[super_users()] if (active & super_users()).exists() else [],
            effects=[Update(active, {"status": User.Status.INACTIVE})],
            notes=[Note(f"{user} is already inactive", "nothing changes") for user in already[:20]],
            refusals=refusals,
        )
