"""Remove a location in which nobody and nothing is."""

from dataclasses import dataclass

from rollbook.common.text import listed
from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import Remove, table_label
from rollbook.ledger.operation import Operation, Plan
from rollbook.lms.models import LMS
from rollbook.people.access import Right
from rollbook.people.api_tokens import ApiToken
from rollbook.people.models import Location, ManagedLocation, User
from rollbook.people.webhooks.models import Webhook


@dataclass(frozen=True, kw_only=True)
class RemoveLocation(Operation):
    """Remove an empty location; those who managed it no longer do."""

    verb = "remove_location"
    right = Right.LOCATIONS_EDIT

    location_id: int

    def plan(self, acting: Actor) -> Plan:
        """Say what goes, or who and what is still there."""
        rows = Location.objects.filter(pk=self.location_id)
        location = rows.first()
        name = location.name if location else f"#{self.location_id}"
        tenants = (
            User.objects.filter(location=self.location_id),
            Location.objects.filter(parent=self.location_id),
            LMS.objects.filter(location=self.location_id),
            ApiToken.objects.filter(location=self.location_id),
            Webhook.objects.filter(location=self.location_id),
        )
        found = [table_label(of.model._meta.db_table, number) for of in tenants if (number := of.count())]
        refusals = [] if location else [f"There is no location {name}."]
        if found:
            refusals.append(f"{name} is not empty: {listed(found)} would lose their place. Move them first.")
        return Plan(
            operation=self,
            summary=f"Remove the location {name}",
            # Who managed it loses a right, so the actor must reach them too.
            subjects=[rows, User.objects.filter(managed_locations__location=self.location_id)],
            effects=[Remove(ManagedLocation.objects.filter(location=self.location_id)), Remove(rows)],
            refusals=refusals,
        )
