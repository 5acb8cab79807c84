"""Remove a webhook: nothing more is sent to it."""

from dataclasses import dataclass

from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import Remove
from rollbook.ledger.operation import Note, Operation, Plan
from rollbook.people.access import Right
from rollbook.people.webhooks.models import Webhook


@dataclass(frozen=True, kw_only=True)
class RemoveWebhook(Operation):
    """Remove one webhook; what waits to be sent is not."""

    verb = "remove_webhook"
    right = Right.API_TOKENS_EDIT

    webhook_id: int

    def plan(self, acting: Actor) -> Plan:
        """Say which one."""
        rows = Webhook.objects.filter(pk=self.webhook_id)
        webhook = rows.first()
        return Plan(
            operation=self,
            summary=f"Remove the webhook {webhook or self.webhook_id}",
            subjects=[rows],
            effects=[Remove(rows)],
            notes=[
                Note("What still waits to be sent is not", "switch it off instead to keep its log at hand")
            ],
            refusals=[] if webhook else [f"There is no webhook {self.webhook_id}."],
        )
