"""What an operation tells a webhook: ids, the verb and counts, and nothing else about anybody.

It is read from the record after the operation was committed, whatever the operation was: none needs to know of it.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.db.models.functions import Now

from rollbook.ledger.operation import MANY
from rollbook.people.access import ClientActor
from rollbook.people.history import seen_operations
from rollbook.people.models import User
from rollbook.people.webhooks.models import USER_EVENTS, USERS_CHANGED, Delivery, Event, Webhook

# The event of each user in scope that operations changed. Whoever left the scope by it, or is gone, counts as in it.
# A change of a value need not name its user: then the row does.
OF_USERS = """
WITH touched AS (
  SELECT c.row_id AS user_id, CASE
      WHEN c.kind = 'create' THEN 'user.created'
      WHEN c.kind = 'remove' THEN 'user.removed'
      WHEN c.before->'merged_into_id' IS DISTINCT FROM c.after->'merged_into_id'
        AND c.after->>'merged_into_id' IS NOT NULL THEN 'user.merged'
      WHEN c.before->'status' IS DISTINCT FROM c.after->'status' THEN
        CASE c.after->>'status' WHEN 'active' THEN 'user.retrieved' ELSE 'user.deactivated' END
      ELSE 'user.updated' END AS event,
    coalesce(c.before->>'location_id', c.after->>'location_id')::bigint AS location_then
  FROM rollbook_change c WHERE c.operation_id = ANY(%(operations)s) AND c."table" = 'rollbook_user'
  UNION ALL
  SELECT coalesce((side->>'user_id')::bigint, CASE c."table"
      WHEN 'rollbook_identifier' THEN (SELECT i.user_id FROM rollbook_identifier i WHERE i.id = c.row_id)
      WHEN 'rollbook_attribute_value' THEN (SELECT v.user_id FROM rollbook_attribute_value v WHERE v.id = c.row_id)
      ELSE (SELECT m.user_id FROM rollbook_managed_location m WHERE m.id = c.row_id) END), 'user.updated', NULL
  FROM rollbook_change c, unnest(ARRAY[c.before, c.after]) side
  WHERE side IS NOT NULL AND c.operation_id = ANY(%(operations)s)
    AND c."table" IN ('rollbook_identifier', 'rollbook_attribute_value', 'rollbook_managed_location')
), told AS (
  SELECT t.user_id, coalesce(max(t.event) FILTER (WHERE t.event <> 'user.updated'), 'user.updated') AS event
  FROM touched t LEFT JOIN rollbook_user u ON u.id = t.user_id
  WHERE %(location)s::bigint IS NULL
    OR u.location_id IN (SELECT rollbook_locations_below(ARRAY[%(location)s::bigint]))
    OR t.location_then IN (SELECT rollbook_locations_below(ARRAY[%(location)s::bigint]))
  GROUP BY t.user_id
)
"""
COUNTED = (
    OF_USERS + "SELECT event, count(*) FROM told WHERE event = ANY(%(events)s) GROUP BY event ORDER BY event"
)
NAMED = OF_USERS + "SELECT user_id, event FROM told WHERE event = ANY(%(events)s) ORDER BY user_id"
EVERYTHING = ClientActor("webhook", "", everywhere=True)


def deliveries_of(operation_id: int, webhooks: Sequence[Webhook]) -> list[Delivery]:
    """Return what an operation tells each of the webhooks; not yet saved."""
    record = seen_operations(EVERYTHING).filter(pk=operation_id).first()
    if record is None:
        return []
    base = {
        "operation_id": record.pk,
        "key": str(record.plan_key),
        "verb": record.verb,
        # The account that somebody has on the server is nobody's business.
        "actor": "cli" if record.actor.startswith("cli:") else record.actor,
    }
    operations = [record.pk, *record.parts.values_list("pk", flat=True)]
    users = record.subjects.filter(table=User._meta.db_table).count()
    whole = base | {"undoes_id": record.undoes_id, "users": users, "counts": record.counts}
    kind = Event.OPERATION_UNDONE if record.undoes_id else Event.OPERATION_APPLIED
    at = record.at.isoformat()
    found = []
    for webhook in webhooks:
        if kind in webhook.events and seen_operations(webhook.scope).filter(pk=record.pk).exists():
            found.append(message(webhook, kind, f"evt_{record.pk}", at, whole))
        for event, suffix, data in _of_users(webhook, operations):
            found.append(message(webhook, event, f"evt_{record.pk}_{suffix}", at, base | data))
    return found


def _of_users(webhook: Webhook, operations: list[int]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    events = [event for event in webhook.events if event in USER_EVENTS]
    if not events:
        return
    given: dict[str, Any] = {"operations": operations, "events": events, "location": webhook.location_id}
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, given)
        counts = dict(cursor.fetchall())
        if sum(counts.values()) <= MANY:
            if counts:
                cursor.execute(NAMED, given)
                yield from ((event, str(pk), {"user_id": pk}) for pk, event in cursor.fetchall())
            return
    users = f"{settings.PUBLIC_URL}/api/v1/users?operation_id={operations[0]}"
    yield USERS_CHANGED, "users", {"users": sum(counts.values()), "counts": counts, "users_url": users}


def message(webhook: Webhook, event: str, event_id: str, at: str, data: dict[str, Any]) -> Delivery:
    """Return a message to a webhook that is to be sent now; not yet saved. `at`: when it happened, in ISO 8601."""
    body = json.dumps({"type": event, "timestamp": at, "data": data}, separators=(",", ":"))
    return Delivery(
        webhook=webhook,
        operation_id=data.get("operation_id"),
        event=event,
        event_id=event_id,
        body=body,
        next_at=Now(),
    )


def listening() -> list[Webhook]:
    """Return the webhooks that are sent something."""
    return list(Webhook.objects.filter(Q(enabled=True, stopped_at=None)).order_by("pk"))
