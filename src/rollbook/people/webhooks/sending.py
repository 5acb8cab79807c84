"""Sending: each message until it is taken, with growing waits in between, for three days.

The jobs of the worker are named here and defined in `rollbook.interfaces.web.webhook_tasks`.
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.types import JSONDict

from rollbook.common.ids import random_code
from rollbook.common.safe_fetch import FetchFailed, ask, hint
from rollbook.people.webhooks.events import deliveries_of, listening, message
from rollbook.people.webhooks.models import TEST, Delivery, Webhook, WebhookSecret
from rollbook.people.webhooks.signing import secrets_of, signature

QUEUE, TELL, SEND = "webhooks", "tell_webhooks", "send_webhook"
# After each attempt that failed, in seconds; after the last one the message is given up. Three days in all.
WAITS = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
# Up to so much longer, so that what failed together does not come back together.
JITTER = 0.2
SECONDS = 15.0
# A receiver that took longer for the last message is sent one at a time, as one that did not take it.
SLOW = 2000
# Up to twice as long waits what finds another message on its way to such a receiver; a tenth of its age where that is
# more, up to an hour, or a hundred thousand that wait for days would do nothing but look again.
PAUSE, AGE, LONGEST = 30, 10, 3600
KEPT = 1024
# Of an answer, with its headers.
READ = 16 * 1024
# It may name the host, which may be as long as an address.
LONGEST_PROBLEM = 300
BATCH = 5000
# Messages whose job failed for good, through no fault of the receiver: nothing would send them any more.
LOST = """
UPDATE rollbook_webhook_delivery d SET state = 'failed', next_at = NULL, problem = %s
WHERE d.state = 'waiting' AND d.next_at < now() - interval '1 hour' AND NOT EXISTS (
  SELECT FROM procrastinate_jobs j WHERE j.task_name = %s AND j.status IN ('todo', 'doing')
    AND (j.args->>'delivery_id')::bigint = d.id)
"""
OURS = "Something went wrong in Rollbook or its database. Look into the worker’s log, and send it again."


def tell(operation_id: int) -> None:
    """Put what an operation tells into the log and hand it to the worker. Done again, it tells nothing twice."""
    if not Delivery.objects.filter(operation_id=operation_id).exists():
        _hand_over(deliveries_of(operation_id, listening()))


def send_test(webhook: Webhook) -> None:
    """Send a message that says nothing, to see whether it arrives."""
    at = timezone.now().isoformat()
    _hand_over([message(webhook, TEST, f"evt_test_{random_code(20)}", at, {"webhook": webhook.name})])


def send_again(deliveries: "QuerySet[Delivery]") -> int:
    """Send messages anew, under the ids that they have, and return how many."""
    with transaction.atomic():
        ids = list(deliveries.select_for_update().values_list("pk", flat=True))
        again = {"state": Delivery.State.WAITING, "attempts": 0, "next_at": timezone.now(), "problem": ""}
        Delivery.objects.filter(pk__in=ids).update(**again)
        _defer(ids)
    return len(ids)


def _hand_over(deliveries: list[Delivery]) -> None:
    with transaction.atomic():
        _defer([delivery.pk for delivery in Delivery.objects.bulk_create(deliveries)])


def _defer(ids: list[int]) -> None:
    if ids:
        first: list[JSONDict] = [{"delivery_id": pk, "attempt": 0} for pk in ids]
        app.configure_task(SEND, queue=QUEUE).batch_defer(*first)


def send(delivery_id: int, attempt: int) -> None:
    """Make the attempt of this number (from 0), unless it was made; then all is over, or the next one is planned."""
    waiting = Delivery.objects.filter(pk=delivery_id, attempts=attempt, state=Delivery.State.WAITING)
    delivery = waiting.first()
    if delivery is None:
        return
    webhook = Webhook.objects.filter(pk=delivery.webhook_id).first()
    signing = secrets_of(delivery.webhook_id)
    if webhook is None or webhook.idle or not signing:
        why = "removed" if webhook is None else webhook.idle or "without a secret: make a new one"
        problem = f"Nothing was sent, because the webhook is off ({why})."
        waiting.update(state=Delivery.State.FAILED, problem=problem, next_at=None)
        return
    with _turn(webhook) as ours:
        if ours:
            found = _attempted(webhook.url, delivery, signing)
            with transaction.atomic():
                _note(delivery, waiting, found)
        else:
            now = timezone.now()
            pause = min(max(PAUSE, (now - delivery.created_at).total_seconds() / AGE), LONGEST)
            next_at = now + timedelta(seconds=_jittered(pause, 1))
            with transaction.atomic():
                waiting.update(next_at=next_at)
                _come_again(delivery_id, attempt, next_at)


@contextmanager
def _turn(webhook: Webhook) -> Iterator[bool]:
    """Say whether it may be sent to a webhook now: one message at a time to one that did not take the last, or slowly.

    A receiver that keeps everybody waiting would keep the whole worker.
    """
    last = webhook.deliveries.exclude(last_at=None).order_by("-pk").first()
    if last is None or not (last.problem or (last.milliseconds or 0) > SLOW):
        yield True
        return
    lock = [f"webhook {webhook.pk}"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", lock)
        (ours,) = cursor.fetchone()
        try:
            yield ours
        finally:
            if ours:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", lock)


def _attempted(url: str, delivery: Delivery, signing: list[str]) -> dict[str, Any]:
    """Send it, and return what the log says of it."""
    began, body, timestamp = time.monotonic(), delivery.body.encode(), int(time.time())
    headers = {
        "Content-Type": "application/json",
        "webhook-id": delivery.event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(signing, delivery.event_id, timestamp, body),
    }
    inside, status, text, problem = settings.ALLOW_INSIDE_ADDRESSES, None, "", ""
    try:
        answer = ask(url, allow_inside=inside, seconds=SECONDS, max_bytes=READ, headers=headers, body=body)
    except FetchFailed as error:
        problem = str(error)
    else:
        # PostgreSQL cannot hold U+0000.
        status, text = answer.status, answer.body[:KEPT].decode("utf-8", "replace").replace("\0", "\ufffd")
        if not 200 <= status < 300:
            problem = f"It answered {status} instead of 2xx{hint(status)}."
    return {
        "attempts": delivery.attempts + 1,
        "last_at": timezone.now(),
        "milliseconds": round(1000 * (time.monotonic() - began)),
        "status": status,
        "answer": text,
        "problem": problem[:LONGEST_PROBLEM],
    }


def _note(delivery: Delivery, waiting: "QuerySet[Delivery]", found: dict[str, Any]) -> None:
    gone = found["status"] == HTTPStatus.GONE
    next_at = None
    if found["problem"] and not gone and delivery.attempts < len(WAITS):
        next_at = found["last_at"] + timedelta(seconds=_jittered(WAITS[delivery.attempts]))
    state = Delivery.State.WAITING if next_at else Delivery.State.FAILED
    if not found["problem"]:
        state = Delivery.State.DELIVERED
    if not waiting.update(**found, state=state, next_at=next_at):
        return  # Somebody has it sent again meanwhile.
    if next_at:
        _come_again(delivery.pk, found["attempts"], next_at)
    elif gone:
        _give_up(delivery.webhook_id, "it answered 410 Gone")
    elif state == Delivery.State.FAILED and not _taken_since(delivery):
        _give_up(delivery.webhook_id, "it took nothing for three days")


def _come_again(delivery_id: int, attempt: int, at: datetime) -> None:
    # First of all what comes for the first time: a receiver that is down holds nobody else up.
    later = app.configure_task(SEND, queue=QUEUE, schedule_at=at, priority=-1 - attempt)
    later.defer(delivery_id=delivery_id, attempt=attempt)


def _jittered(seconds: float, jitter: float = JITTER) -> float:
    return seconds * (1 + jitter * secrets.randbelow(1000) / 1000)


def _taken_since(delivery: Delivery) -> bool:
    taken = Delivery.objects.filter(webhook=delivery.webhook_id, state=Delivery.State.DELIVERED)
    return taken.filter(last_at__gt=delivery.created_at).exists()


def _give_up(webhook_id: int, why: str) -> None:
    """Send nothing more to a webhook, until somebody starts it again."""
    Webhook.objects.filter(pk=webhook_id).update(stopped_at=timezone.now(), stopped_why=why)
    waiting = Delivery.objects.filter(webhook=webhook_id, state=Delivery.State.WAITING)
    problem = f"Nothing more was sent, because the webhook was given up: {why}."
    waiting.update(state=Delivery.State.FAILED, problem=problem, next_at=None)


def start_again(webhook_id: int) -> None:
    """Send again to a webhook that was given up, from now on."""
    Webhook.objects.filter(pk=webhook_id).update(stopped_at=None, stopped_why="")


def purge(days: int) -> int:
    """Remove what was sent, or given up, more than `days` ago; return how many. Secrets go when their time is over.

    What waits for a job that is no more has failed.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOST, [OURS, SEND])
    known = Webhook.objects.values("pk")
    over = Q(ends_at__lt=timezone.now()) | ~Q(webhook__in=known)
    WebhookSecret.objects.filter(over).delete()
    before = timezone.now() - timedelta(days=days)
    old = Delivery.objects.filter(created_at__lt=before).exclude(state=Delivery.State.WAITING)
    removed = 0
    while ids := list(old.values_list("pk", flat=True)[:BATCH]):
        Delivery.objects.filter(pk__in=ids).delete()
        removed += len(ids)
    return removed
