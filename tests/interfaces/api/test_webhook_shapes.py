"""What webhooks are sent is what the document says."""

import pytest

from rollbook.interfaces.api.service import api
from rollbook.interfaces.api.webhook_shapes import MESSAGES
from rollbook.ledger.undo import Undo
from rollbook.operations.deactivate_users import DeactivateUsers
from rollbook.people.webhooks import events
from rollbook.people.webhooks.models import TEST, Delivery, Event
from tests.cast import Cast, webhook
from tests.operations.doing import do
from tests.people.webhooks.working import work


def test_every_message_is_of_the_form_that_the_document_gives_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook(cast)
    record = do(cast.alice, DeactivateUsers(user_ids=(cast.ben.pk,)))
    work("tell_webhooks")
    monkeypatch.setattr(events, "MANY", 0)
    do(cast.alice, Undo(operation_id=record.pk))
    work("tell_webhooks")
    sent = {row.event: row.body for row in Delivery.objects.order_by("pk")}
    assert sent.keys() == {"operation.applied", "operation.undone", "user.deactivated", "users.changed"}
    for event, body in sent.items():
        MESSAGES[event].model_validate_json(body)


def test_the_document_describes_every_event_and_each_of_its_references_leads_somewhere() -> None:
    document = api.get_openapi_schema()
    assert set(Event.values) <= document["webhooks"].keys() == MESSAGES.keys()
    assert TEST not in document["webhooks"]
    for name, described in document["webhooks"].items():
        schema = described["post"]["requestBody"]["content"]["application/json"]["schema"]
        reference = schema["properties"]["data"]["$ref"].removeprefix("#/components/schemas/")
        assert "operation_id" in document["components"]["schemas"][reference]["properties"], name
