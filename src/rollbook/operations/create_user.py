"""Create a user with profile, access level, locations, attribute values and identifiers."""

from dataclasses import dataclass

from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import Create, Effect
from rollbook.ledger.operation import Operation, Plan, when_shown
from rollbook.people.access import Right
from rollbook.people.models import AttributeValue, Identifier, Location, ManagedLocation, User, UserAttribute
from rollbook.people.profile import Profile
from rollbook.people.profile_checks import identifier_warnings, managed_afterwards, profile_problems


@dataclass(frozen=True, kw_only=True)
class CreateUser(Operation):
    """Add one user; a first name and a location are needed. The password is set by other means."""

    verb = "create_user"
    right = Right.USERS_CREATE

    profile: Profile

    def problems(self, acting: Actor) -> dict[str, str]:
        """Return {field of Profile: sentence} of what stands against it."""
        return profile_problems(self.profile, None, acting)

    def plan(self, acting: Actor) -> Plan:
        """Say who would be created."""
        profile = self.profile
        problems = self.problems(acting)
        name = f"{profile.first_name or ''} {profile.last_name or ''}".strip()
        return Plan(
            operation=self,
            summary=f"Create the user {name}",
            # There is no user to lock yet; the writer checks afterwards that the new one is within reach.
            subjects=[User.objects.none(), Location.objects.filter(pk__in=[profile.location_id or 0])],
            effects=[] if problems else self._effects(),
            relies_on=[UserAttribute.objects.filter(code__in=profile.attributes)],
            warnings=when_shown(lambda: identifier_warnings(profile, None, acting)),
            refusals=list(problems.values()),
        )

    def _effects(self) -> list[Effect]:
        user = Create(User, self.profile.columns())
        effects: list[Effect] = [user]
        effects += [
            Create(ManagedLocation, {"user": user, "location_id": location_id})
            for location_id in managed_afterwards(self.profile, None) or ()
        ]
        attributes = UserAttribute.objects.in_bulk(self.profile.attributes, field_name="code")
        for code, values in self.profile.attributes.items():
            model = Identifier if attributes[code].key else AttributeValue
            effects += [
                Create(model, {"attribute": attributes[code], "user": user, "value": value})
                for value in values
            ]
        return effects
