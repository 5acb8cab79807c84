"""Deactivate users: they can neither sign in nor launch; nothing of theirs is removed."""

from dataclasses import dataclass

from django.db.models import QuerySet

from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import Update
from rollbook.ledger.operation import Note, Operation, Plan
from rollbook.people.access import Right
from rollbook.people.models import AccessLevel, User


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
        refusals = [f"There is no user {missing}." for missing in _missing(self.user_ids, named)]
        if acting.user_id in self.user_ids:
            refusals.append("You cannot deactivate yourself; ask another administrator.")
        staying = User.objects.filter(access_level=AccessLevel.SUPER_USER, status=User.Status.ACTIVE)
        if active.filter(access_level=AccessLevel.SUPER_USER).exists() and not staying.exclude(pk__in=self.user_ids).exists():
            refusals.append("This would leave nobody who may do everything. Make another user super user first.")
        return Plan(
            operation=self,
            summary=f"Deactivate {_names(list(active[:3]), active.count())}",
            subjects=[named],
            effects=[Update(active, {"status": User.Status.INACTIVE})],
            notes=[Note(f"{user} is already inactive", "nothing changes") for user in already[:20]],
            refusals=refusals,
        )


def _missing(wanted: tuple[int, ...], found: QuerySet[User]) -> list[int]:
    return sorted(set(wanted) - set(found.values_list("pk", flat=True)))


def _names(first: list[User], number: int) -> str:
    names = ", ".join(user.full_name for user in first)
    return names if number <= len(first) else f"{names} and {number - len(first):,} more"
