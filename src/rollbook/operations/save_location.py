"""Create, rename or move a location of the tree."""

from dataclasses import dataclass

from django.db.models import QuerySet

from rollbook.common.text import tidy
from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import Create, Effect, Update
from rollbook.ledger.operation import Note, Operation, Plan
from rollbook.people.access import Right
from rollbook.people.fields import NAME_LENGTH, text_problem
from rollbook.people.models import Location
from rollbook.people.tree import learners_may_reset, locations_above


@dataclass(frozen=True, kw_only=True)
class SaveLocation(Operation):
    """Create a location, or where `location_id` is given, let it have this name and this parent.

    `parent_id` None puts it at the top of the tree. All below a location, and its users, move with it.
    `learners_may_reset` says whether learners there may reset what they have in progress; None: as the location above.
    """

    verb = "save_location"
    right = Right.LOCATIONS_EDIT

    location_id: int | None = None
    name: str
    parent_id: int | None = None
    learners_may_reset: bool | None = None

    def problems(self, acting: Actor) -> dict[str, str]:
        """Return {parameter: sentence} of what stands against it."""
        name, found = tidy(self.name), {}
        if self.location_id is not None and self._location is None:
            found["location_id"] = f"There is no location #{self.location_id}."
        if problem := text_problem(name, "The name", longest=NAME_LENGTH):
            found["name"] = problem
        elif (
            Location.objects.filter(parent=self.parent_id, name=name)
            .exclude(pk=self.location_id or 0)
            .exists()
        ):
            found["name"] = f"There is another location “{name}” at this place. Give another name."
        if problem := self._parent_problem(acting):
            found["parent_id"] = problem
        return found

    def plan(self, acting: Actor) -> Plan:
        """Say what is created, renamed or moved."""
        problems = self.problems(acting)
        location, name = self._location, tidy(self.name)
        return Plan(
            operation=self,
            summary=f"Edit the location {location.name}" if location else f"Create the location {name}",
            subjects=[self._rows],
            effects=[] if problems else self._effects(location, name),
            # The way up must stay as it was read: two moves at once could make a circle.
            relies_on=[self._above],
            # What a place is called that was given by its number alone is not for everybody.
            notes=[] if problems else self._notes(location),
            refusals=list(problems.values()),
        )

    @property
    def _rows(self) -> "QuerySet[Location]":
        return Location.objects.filter(pk__in=[self.location_id or 0])

    @property
    def _location(self) -> Location | None:
        return self._rows.select_related("parent").first()

    @property
    def _above(self) -> "QuerySet[Location]":
        return locations_above(self.parent_id)

    def _parent_problem(self, acting: Actor) -> str | None:
        location = self._location
        if location and location.parent_id == self.parent_id:
            return None
        if location and self._above.filter(pk=location.pk).exists():
            return f"{location.name} cannot be moved under itself. Choose a place outside of it."
        # Whoever may not change everything may neither open nor close the top of the tree.
        for parent_id in {self.parent_id, location.parent_id if location else self.parent_id}:
            if parent_id is None and acting.reach(Location.objects.all()).count() < Location.objects.count():
                return "Only a super user changes the top of the tree. Choose a location to put this under."
            if parent_id is not None and not acting.reach(Location.objects.filter(pk=parent_id)).exists():
                return "There is no such location among those that you manage. Choose another one."
        return None

    def _effects(self, location: Location | None, name: str) -> list[Effect]:
        wanted = {
            "name": name,
            "parent_id": self.parent_id,
            "learners_may_reset": self.learners_may_reset,
        }
        if location is None:
            return [Create(Location, wanted)]
        changed = {field: value for field, value in wanted.items() if getattr(location, field) != value}
        return [Update(self._rows, changed)] if changed else []

    def _notes(self, location: Location | None) -> list[Note]:
        return [*self._reset_notes(location), *self._move_notes(location)]

    def _reset_notes(self, location: Location | None) -> list[Note]:
        before = learners_may_reset(location.pk) if location else None
        after = self.learners_may_reset
        why = "this also holds for the locations below it that do not say otherwise"
        if after is None:
            after = learners_may_reset(self.parent_id)
            why = f"as the location above it has it; {why}" if self.parent_id else why
        if before == after or (location is None and self.learners_may_reset is None):
            return []
        return [Note(f"Learners {'may' if after else 'may not'} reset what they have in progress", why)]

    def _move_notes(self, location: Location | None) -> list[Note]:
        if location is None or location.parent_id == self.parent_id:
            return []
        parent = Location.objects.filter(pk__in=[self.parent_id or 0]).first()
        where = f"under {parent.name}" if parent else "to the top of the tree"
        why = "whoever manages a place above it then has scope over it and its users; others lose it"
        return [Note(f"{location.name} moves {where} with all below it", why)]
