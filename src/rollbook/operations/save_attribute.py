"""Create or edit a user attribute; the key turns its values into identifiers and back."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import QuerySet

from rollbook.common.text import listed, tidy
from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import Create, CreateFrom, Effect, Remove, Update
from rollbook.ledger.operation import Note, Operation, Plan
from rollbook.operations.attribute_uses import matching_lmss
from rollbook.people.access import Right
from rollbook.people.attribute_checks import AttributeDraft, attribute_problems, values_of
from rollbook.people.key_changes import moved_columns, shared_values
from rollbook.people.models import AttributeValue, Identifier, User, UserAttribute


@dataclass(frozen=True, kw_only=True)
class SaveAttribute(Operation):
    """Create a user attribute, or where `attribute_id` is given, let that one be as drafted."""

    verb = "save_attribute"
    right = Right.ATTRIBUTES_EDIT

    attribute_id: int | None = None
    draft: AttributeDraft

    def problems(self, _acting: Actor) -> dict[str, str]:
        """Return {field of AttributeDraft: sentence} of what stands against it."""
        attribute = self._attribute
        if attribute is None and self.attribute_id is not None:
            return {"attribute_id": f"There is no user attribute #{self.attribute_id}."}
        found = attribute_problems(self.draft, attribute)
        if attribute and attribute.key and not self.draft.key and (names := matching_lmss(attribute)):
            found.setdefault(
                "key", f"Launches from {listed(names)} are matched on it: change the matchers first."
            )
        return found

    def plan(self, acting: Actor) -> Plan:
        """Say what is created or differs, and how many values change their place."""
        problems, attribute = self.problems(acting), self._attribute
        label = attribute.label if attribute else tidy(self.draft.label)
        return Plan(
            operation=self,
            summary=f"{'Edit' if attribute else 'Create'} the user attribute {label}",
            subjects=[self._rows],
            effects=[] if problems else list(self._effects(attribute)),
            notes=self._notes(attribute),
            warnings=self._warnings(attribute),
            refusals=list(problems.values()),
        )

    @property
    def _rows(self) -> "QuerySet[UserAttribute]":
        return UserAttribute.objects.filter(pk__in=[self.attribute_id or 0])

    @property
    def _attribute(self) -> UserAttribute | None:
        return self._rows.first()

    def _effects(self, attribute: UserAttribute | None) -> Iterator[Effect]:
        wanted = self.draft.columns()
        if attribute is None:
            yield Create(UserAttribute, {"code": self.draft.code, **wanted})
            return
        changed = {field: value for field, value in wanted.items() if getattr(attribute, field) != value}
        if changed:
            yield Update(self._rows, changed)
        if "key" in changed:
            target = Identifier if self.draft.key else AttributeValue
            yield CreateFrom(target, values_of(attribute), moved_columns())
            yield Remove(values_of(attribute))

    def _notes(self, attribute: UserAttribute | None) -> list[Note]:
        if attribute is None or attribute.key == self.draft.key:
            return []
        number = values_of(attribute).count()
        if self.draft.key:
            return [
                Note(f"{number:,} values identify their users", "users sign in and launches match by them")
            ]
        return [
            Note(f"{number:,} values identify nobody any more", "neither sign-in nor launches go by them")
        ]

    def _warnings(self, attribute: UserAttribute | None) -> list[str]:
        return [*self._shared(attribute), *self._lacking(attribute)]

    def _shared(self, attribute: UserAttribute | None) -> Iterator[str]:
        if attribute and self.draft.key and not attribute.key and (number := shared_values(attribute)):
            verb = "value is also an identifier" if number == 1 else "values are also identifiers"
            yield f"{number:,} {verb} of another user: nobody can sign in with {'it' if number == 1 else 'them'}."

    def _lacking(self, attribute: UserAttribute | None) -> list[str]:
        if not self.draft.required or (attribute and attribute.required):
            return []
        active = User.objects.filter(status=User.Status.ACTIVE)
        lacking = (
            active.exclude(pk__in=values_of(attribute).values_list("user_id", flat=True))
            if attribute
            else active
        )
        if not (number := lacking.count()):
            return []
        return [
            f"{number:,} active users have no value yet. They stay as they are; it is asked for when somebody edits them."
        ]
