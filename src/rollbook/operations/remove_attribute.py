"""Remove a user attribute with all its values."""

from dataclasses import dataclass

from rollbook.common.text import listed
from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import Remove
from rollbook.ledger.operation import Operation, Plan
from rollbook.operations.attribute_uses import matching_lmss
from rollbook.people.access import Right
from rollbook.people.models import AttributeValue, Identifier, UserAttribute


@dataclass(frozen=True, kw_only=True)
class RemoveAttribute(Operation):
    """Remove a user attribute that does not come with Rollbook and that no LMS matches on."""

    verb = "remove_attribute"
    right = Right.ATTRIBUTES_EDIT

    attribute_id: int

    def plan(self, acting: Actor) -> Plan:
        """Say what goes, or what stands against it."""
        rows = UserAttribute.objects.filter(pk=self.attribute_id)
        attribute = rows.first()
        refusals = [] if attribute else [f"There is no user attribute #{self.attribute_id}."]
        if attribute and attribute.system:
            refusals.append(f"{attribute} comes with Rollbook and stays. It can be renamed.")
        if attribute and (names := matching_lmss(attribute)):
            refusals.append(
                f"Launches from {listed(names)} are matched on {attribute}: change the matchers first."
            )
        return Plan(
            operation=self,
            summary=f"Remove the user attribute {attribute or f'#{self.attribute_id}'}",
            subjects=[rows],
            effects=[
                Remove(Identifier.objects.filter(attribute=self.attribute_id)),
                Remove(AttributeValue.objects.filter(attribute=self.attribute_id)),
                Remove(rows),
            ],
            refusals=refusals,
        )
