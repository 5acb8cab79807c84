"""Scenes of the operations on webhooks."""

from collections.abc import Callable

from rollbook.ledger.operation import Operation
from rollbook.operations.remove_webhook import RemoveWebhook
from rollbook.operations.save_webhook import SaveWebhook
from rollbook.people.access import actor_for
from rollbook.people.webhooks.models import Webhook
from tests.cast import Cast, outside_the_ledger, webhook
from tests.operations.scene import Scene

GIVEN = {"url": "https://hr.example.org/hook", "events": ("user.created", "user.merged")}


def webhook_created(cast: Cast) -> Scene:
    def take_the_name() -> None:
        webhook(cast, name="HR")

    operation = SaveWebhook(name="HR", location_id=cast.oak.pk, **GIVEN)
    return Scene(operation, actor_for(cast.alice), None, take_the_name)


def webhook_edited(cast: Cast) -> Scene:
    made = webhook(cast)
    operation = SaveWebhook(webhook_id=made.pk, name="HR", enabled=False, **GIVEN)
    return Scene(operation, actor_for(cast.alice), None, rename(made))


def webhook_removed(cast: Cast) -> Scene:
    made = webhook(cast)
    return Scene(RemoveWebhook(webhook_id=made.pk), actor_for(cast.alice), None, rename(made))


def rename(made: Webhook) -> Callable[[], None]:
    def change() -> None:
        with outside_the_ledger():
            Webhook.objects.filter(pk=made.pk).update(name="Payroll")

    return change


WEBHOOK_SCENES: dict[type[Operation], list[Callable[[Cast], Scene]]] = {
    SaveWebhook: [webhook_created, webhook_edited],
    RemoveWebhook: [webhook_removed],
}
