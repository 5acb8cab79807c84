"""Give content roles to users, or take them away."""

from dataclasses import dataclass, field
from functools import reduce
from operator import or_

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value

from rollbook.common.text import counted, listed
from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import CreateFrom, Effect, Remove
from rollbook.ledger.operation import MANY, Note, Operation, Plan
from rollbook.people.access import Right
from rollbook.people.models import User
from rollbook.people.selection import UserSelection, names_of
from rollbook.training.catalogue import ContentRole, RoleGrant
from rollbook.training.selection import ContentSelection


@dataclass(frozen=True, kw_only=True)
class GrantContentRoles(Operation):
    """Give content roles to users, so that they see the courses and chapters in them; with `take_away`, take them back.

    Taking away leaves enrolments and what was done as they are.
    """

    verb = "grant_content_roles"
    right = Right.CONTENT_ROLES_GRANT

    users: UserSelection = field(default_factory=UserSelection)
    content_role_ids: tuple[int, ...] = ()
    take_away: bool = False

    def plan(self, acting: Actor) -> Plan:
        """Say who gets or loses what."""
        refusals = list(ContentSelection(content_role_ids=self.content_role_ids).unknown())
        roles = list(ContentRole.objects.filter(pk__in=self.content_role_ids).order_by("name"))
        within = self.users.within(acting)
        touched = within.filter(reduce(or_, (self._changes(role) for role in roles), Q(pk__in=[])))
        number = touched.count()
        if not refusals and not number:
            refusals.append(
                f"None of these users {'has' if self.take_away else 'lacks'} any of it: there is nothing to change."
            )
        names = listed([role.name for role in roles[:3]], len(roles))
        verb, word = ("Take", "from") if self.take_away else ("Give", "to")
        done = f"{verb} {names} {word} {names_of(touched, number)}" if number else f"{verb} content roles"
        return Plan(
            operation=self,
            summary=done,
            subjects=[touched],
            relies_on=[ContentRole.objects.filter(pk__in=self.content_role_ids)],
            effects=[] if refusals else [self._effect(role, within) for role in roles],
            notes=[] if refusals else [note for role in roles for note in self._notes(role, within)],
            left_out=self.users.left_out(acting),
            refusals=refusals,
            live=number > MANY,
        )

    def _changes(self, role: ContentRole) -> Q:
        has = Exists(RoleGrant.objects.filter(user=OuterRef("pk"), content_role=role))
        return Q(has) if self.take_away else Q(~has)

    def _effect(self, role: ContentRole, users: "QuerySet[User]") -> Effect:
        changed = users.filter(self._changes(role))
        if self.take_away:
            return Remove(RoleGrant.objects.filter(content_role=role, user__in=changed.values("pk")))
        return CreateFrom(RoleGrant, changed, {"user": F("pk"), "content_role": Value(role.pk)})

    def _notes(self, role: ContentRole, users: "QuerySet[User]") -> list[Note]:
        changed, number = users.filter(self._changes(role)).count(), users.count()
        does, already = ("loses", "without it already") if self.take_away else ("gets", "with it already")
        does = does if changed == 1 else {"loses": "lose", "gets": "get"}[does]
        notes = [Note(f"{counted(changed, 'user')} {does} {role}")] if changed else []
        if number > changed:
            notes.append(Note(f"{counted(number - changed, 'user')} left as they are", f"{already}: {role}"))
        return notes
