"""Edit a user: any part of the profile, access level, locations, attribute values and identifiers."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from django.db.models import QuerySet

from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import Create, Effect, Remove, Update
from rollbook.ledger.operation import Note, Operation, Plan, when_shown
from rollbook.people.access import Right, seen_name, super_users
from rollbook.people.models import AttributeValue, Identifier, ManagedLocation, User, UserAttribute
from rollbook.people.profile import Profile
from rollbook.people.profile_checks import identifier_warnings, managed_afterwards, profile_problems


@dataclass(frozen=True, kw_only=True)
class EditUser(Operation):
    """Change what `profile` gives and what differs; everything else of the user stays as it is."""

    verb = "edit_user"
    right = Right.USERS_EDIT

    user_id: int
    profile: Profile

    def problems(self, acting: Actor) -> dict[str, str]:
        """Return {field of Profile: sentence} of what stands against it."""
        user = User.objects.select_related("merged_into").filter(pk=self.user_id).first()
        if user is None:
            return {"user_id": f"There is no user {self.user_id}."}
        if user.merged_into:
            into = seen_name(user.merged_into, acting)
            return {
                "user_id": f"{user} was merged into {into}. Edit {into} instead, or retrieve {user} first."
            }
        return profile_problems(self.profile, user, acting)

    def plan(self, acting: Actor) -> Plan:
        """Say what would differ."""
        user = User.objects.filter(pk=self.user_id).first()
        problems = self.problems(acting)
        return Plan(
            operation=self,
            summary=f"Edit {user.full_name if user else f'user {self.user_id}'}",
            subjects=[User.objects.filter(pk=self.user_id)],
            effects=list(self._effects(user)) if user and not problems else [],
            relies_on=[
                UserAttribute.objects.filter(code__in=self.profile.attributes),
                *self._other_super_users(user),
            ],
            notes=self._notes(user) if user else [],
            warnings=when_shown(lambda: identifier_warnings(self.profile, user, acting) if user else []),
            refusals=list(problems.values()),
        )

    def _other_super_users(self, user: User | None) -> "list[QuerySet[User]]":
        demoted = user and self.profile.access_level not in {None, user.access_level}
        return [super_users().exclude(pk=self.user_id)] if demoted else []

    def _notes(self, user: User) -> list[Note]:
        if self.profile.managed_location_ids is None and managed_afterwards(self.profile, user) == ():
            return [
                Note(
                    f"{user.full_name} no longer manages {managed.location}",
                    "the access level manages no locations",
                )
                for managed in user.managed_locations.select_related("location")
            ]
        return []

    def _effects(self, user: User) -> Iterator[Effect]:
        changed = {
            name: value for name, value in self.profile.columns().items() if getattr(user, name) != value
        }
        if changed:
            yield Update(User.objects.filter(pk=user.pk), changed)
        managed = managed_afterwards(self.profile, user)
        if managed is not None:
            yield Remove(user.managed_locations.exclude(location__in=managed))
            already = set(user.managed_locations.values_list("location_id", flat=True))
            for location_id in (i for i in managed if i not in already):
                yield Create(ManagedLocation, {"user": user, "location_id": location_id})
        attributes = UserAttribute.objects.in_bulk(self.profile.attributes, field_name="code")
        for code, values in self.profile.attributes.items():
            yield from _differences(user, attributes[code], values)


def _differences(user: User, attribute: UserAttribute, wanted: tuple[str, ...]) -> Iterator[Effect]:
    """Keep the row of a value that is replaced by another, so that the history shows both."""
    model = Identifier if attribute.key else AttributeValue
    rows = model._default_manager.filter(user=user, attribute=attribute).order_by("pk")
    now = {row.value: row.pk for row in rows}
    leaving = [pk for value, pk in now.items() if value not in wanted]
    coming = [value for value in wanted if value not in now]
    for pk, value in zip_longest(leaving, coming):
        if value is None:
            yield Remove(rows.filter(pk=pk))
        elif pk is None:
            yield Create(model, {"attribute": attribute, "user": user, "value": value})
        else:
            yield Update(rows.filter(pk=pk), {"value": value})
