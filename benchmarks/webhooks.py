"""Webhooks: what they cost an operation, and what the worker needs to tell of one on everybody."""

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.figures import line
from benchmarks.ledger import timed
from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import Create, Update
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.operation import Operation, Plan
from rollbook.ledger.writer import apply, preview
from rollbook.people.access import Right, operator
from rollbook.people.api_tokens import ApiToken, issue
from rollbook.people.models import Location, User
from rollbook.people.webhooks.models import Delivery, Event, Webhook
from rollbook.people.webhooks.sending import tell

ROUNDS = 200


@dataclass(frozen=True, kw_only=True)
class Notify(Operation):
    """Set *Send notifications* of the users with ids up to `last`."""

    verb = "bench_notify"
    right = Right.USERS_EDIT

    last: int
    value: bool

    def plan(self, acting: Actor) -> Plan:
        """Return one effect over them."""
        users = User.objects.filter(pk__lte=self.last)
        changed = users.exclude(send_notifications=self.value)
        return Plan(self, "Set notifications", [users], [Update(changed, {"send_notifications": self.value})])


@dataclass(frozen=True, kw_only=True)
class Listen(Operation):
    """Create a webhook of all events in a location, or everywhere, and a token."""

    verb = "bench_listen"
    right = Right.API_TOKENS_EDIT

    location_id: int | None = None

    def plan(self, acting: Actor) -> Plan:
        """Return two effects."""
        name, creator = f"bench {self.location_id}", User.objects.earliest("pk").pk
        given = {"name": name, "location_id": self.location_id, "created_by_id": creator}
        hook = Create(Webhook, {**given, "url": "https://bench.example.org/", "events": list(Event.values)})
        token = Create(ApiToken, {**given, "rights": ["users:view", "operations:view"]})
        return Plan(self, "Listen", [Webhook.objects.none(), ApiToken.objects.none()], [hook, token])


def do(operation: Operation) -> OperationRecord:
    """Apply an operation."""
    acting = operator("bench")
    return apply(preview(operation, acting=acting), acting=acting, reason="bench")


def run(users: int) -> None:
    """Print what one user costs, without and with a webhook, and what all of them do."""
    first = User.objects.earliest("pk").pk
    _one_user("an operation on one user, no webhook", first)
    do(Listen())
    do(Listen(location_id=Location.objects.exclude(parent=None).earliest("pk").pk))
    _one_user("the same, two webhooks listen", first)
    last = User.objects.latest("pk").pk
    applied, record = timed(lambda: do(Notify(last=last, value=False)))
    print(
        f"an operation on {users:,} users: {applied:.1f} s; telling two webhooks of it in the worker:",
        end=" ",
    )
    told, _ = timed(lambda: tell(record.pk))
    print(f"{told:.1f} s, {Delivery.objects.filter(operation_id=record.pk).count()} messages", flush=True)
    _pages(record.pk, last)


def _one_user(name: str, user_id: int) -> None:
    seconds, queries = [], 0
    for turn in range(ROUNDS):
        acting = operator("bench")
        plan = preview(Notify(last=user_id, value=bool(turn % 2)), acting=acting)
        with CaptureQueriesContext(connection) as seen:
            started = time.perf_counter()
            apply(plan, acting=acting, reason="bench")
            seconds.append(time.perf_counter() - started)
        queries = len(seen)
    print(f"{line(name, seconds)}   {queries} queries", flush=True)


def _pages(operation_id: int, last: int) -> None:
    """Print the first page and a late one of the users of an operation, as the API lists them."""
    token = ApiToken.objects.get(location=None)
    # The bench's user is no super user, whose rights the token would have.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE rollbook_user DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE rollbook_user SET access_level = 'super_user' WHERE id = %s", [token.created_by_id]
        )
        cursor.execute("ALTER TABLE rollbook_user ENABLE TRIGGER USER")
    headers = {"Authorization": f"Bearer {issue(token.pk)}"}
    path = f"/api/v1/users?operation_id={operation_id}&limit=200"
    middle = base64.urlsafe_b64encode(str(last // 2).encode()).decode().rstrip("=")
    pages: dict[str, Callable[[], Any]] = {
        "the first 200 of them through the API": lambda: Client().get(path, headers=headers),
        "a page in the middle of them": lambda: Client().get(f"{path}&cursor={middle}", headers=headers),
    }
    for name, page in pages.items():
        print(line(name, [timed(page)[0] for _ in range(10)]), flush=True)
