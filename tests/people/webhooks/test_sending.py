"""Sending: signed, until it is taken, with growing waits; never into our own network."""

import json
import re
import socket
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from rollbook.common import safe_fetch
from rollbook.interfaces.web.tasks import clear_expired
from rollbook.interfaces.web.webhook_tasks import AGAIN
from rollbook.operations.edit_user import EditUser
from rollbook.operations.remove_webhook import RemoveWebhook
from rollbook.people.profile import Profile
from rollbook.people.webhooks import sending
from rollbook.people.webhooks.models import Delivery, Webhook, WebhookSecret
from rollbook.people.webhooks.sending import JITTER, WAITS, send, send_again, send_test, start_again
from rollbook.people.webhooks.signing import issue, secrets_of, signature
from tests.cast import Cast, webhook
from tests.operations.doing import do
from tests.people.webhooks.working import jobs, work
from tests.web_server import Server, body, serving

Told = Callable[..., Delivery]


@pytest.fixture
def told(cast: Cast) -> Told:
    """Return what lets a webhook at an address be told that Ben was renamed, and returns the message."""

    def tell(url: str, **fields: Any) -> Delivery:
        hook = webhook(cast, "user.updated", url=url, **fields)
        do(cast.alice, EditUser(user_id=cast.ben.pk, profile=Profile(last_name=hook.name)))
        work("tell_webhooks")
        return Delivery.objects.get(webhook=hook)

    return tell


def headers_of(server: Server) -> dict[str, str]:
    lines = server.requests[-1].partition("\r\n\r\n")[0].split("\r\n")[1:]
    return dict(line.split(": ", 1) for line in lines)


def in_time(delivery: Delivery) -> None:
    """Make every attempt of a message when its time has come."""
    while work("send_webhook"):
        delivery.refresh_from_db()


def test_a_message_is_posted_as_json_with_a_signature_of_each_secret(told: Told) -> None:
    with serving(body("thanks", "202 Accepted")) as server:
        delivery = told(server.url)
        issue(delivery.webhook_id, anew=True)
        assert work("send_webhook") == 1
    sent, text = headers_of(server), server.requests[0].partition("\r\n\r\n")[2]
    assert server.requests[0].startswith("POST /jwks HTTP/1.1\r\n")
    assert (sent["Content-Type"], sent["webhook-id"]) == ("application/json", delivery.event_id)
    assert text == delivery.body
    at = int(sent["webhook-timestamp"])
    assert abs(at - timezone.now().timestamp()) < 300
    secrets = secrets_of(delivery.webhook_id)
    assert sent["webhook-signature"] == signature(secrets, delivery.event_id, at, text.encode())
    assert len(sent["webhook-signature"].split(" ")) == 2
    delivery.refresh_from_db()
    assert (delivery.state, delivery.status, delivery.answer) == ("delivered", 202, "thanks")
    assert (delivery.attempts, delivery.next_at, delivery.problem) == (1, None, "")
    assert delivery.milliseconds is not None
    assert jobs() == []


def test_what_is_not_taken_comes_again_under_the_same_id_after_growing_waits(told: Told) -> None:
    waits = []
    with serving(body("busy", "503 Service Unavailable")) as server:
        delivery = told(server.url)
        while work("send_webhook"):
            delivery.refresh_from_db()
            if delivery.next_at:
                waits.append((delivery.next_at - delivery.last_at).total_seconds())
                assert jobs()[0].scheduled_at == delivery.next_at
    assert {re.search(r"webhook-id: (\S+)", one)[1] for one in server.requests} == {delivery.event_id}  # type: ignore[index]  # each has one
    assert len(waits) == len(WAITS) == 9
    for wait, least in zip(waits, WAITS, strict=True):
        assert least <= wait <= least * (1 + JITTER)
    assert timedelta(days=3) <= timedelta(seconds=sum(WAITS)) < timedelta(days=4)
    assert (delivery.state, delivery.attempts, delivery.status) == ("failed", 10, 503)
    assert delivery.problem == "It answered 503 instead of 2xx."


def test_the_waits_differ_so_that_not_all_come_back_at_once(told: Told) -> None:
    with serving(body("", "500 Internal Server Error")) as server:
        delivery = told(server.url)
        found = set()
        for _ in range(5):
            Delivery.objects.filter(pk=delivery.pk).update(attempts=8)
            send(delivery.pk, 8)
            delivery.refresh_from_db()
            found.add(round((delivery.next_at - delivery.last_at).total_seconds()))
    assert len(found) > 1


def test_who_did_not_take_the_last_message_is_sent_one_at_a_time(told: Told, cast: Cast) -> None:
    elsewhere = connection.copy()
    with (
        serving(body("", "500 Internal Server Error")) as server,
        closing(elsewhere),
        elsewhere.cursor() as other,
    ):
        first = told(server.url)
        lock = f"SELECT pg_advisory_lock(hashtextextended('webhook {first.webhook_id}', 0))"
        other.execute(lock)
        # Nothing went wrong yet: all are sent, however many are on their way.
        send(first.pk, 0)
        send(first.pk, 1)
        assert len(server.requests) == 1
        first.refresh_from_db()
        assert (first.attempts, first.state) == (1, "waiting")
        assert 30 <= (first.next_at - timezone.now()).total_seconds() + 1 <= 61
        assert [job.args["attempt"] for job in jobs()][-2:] == [1, 1]
        other.execute(lock.replace("lock(", "unlock("))
        send(first.pk, 1)
        send(first.pk, 2)
    assert len(server.requests) == 3


def test_who_took_the_last_message_slowly_is_sent_one_at_a_time_too(told: Told) -> None:
    elsewhere = connection.copy()
    with serving(body("")) as server, closing(elsewhere), elsewhere.cursor() as other:
        first = told(server.url)
        other.execute(f"SELECT pg_advisory_lock(hashtextextended('webhook {first.webhook_id}', 0))")
        slow = {"state": "delivered", "last_at": timezone.now(), "milliseconds": sending.SLOW + 1}
        Delivery.objects.create(
            webhook=first.webhook, event="webhook.test", event_id="evt_slow", body="", **slow
        )
        send(first.pk, 0)
        assert server.requests == []
        Delivery.objects.filter(event_id="evt_slow").update(milliseconds=sending.SLOW)
        send(first.pk, 0)
    assert len(server.requests) == 1


def test_what_waits_behind_another_message_for_hours_looks_more_seldom(told: Told) -> None:
    elsewhere = connection.copy()
    with (
        serving(body("", "500 Internal Server Error")) as server,
        closing(elsewhere),
        elsewhere.cursor() as other,
    ):
        first = told(server.url)
        send(first.pk, 0)
        other.execute(f"SELECT pg_advisory_lock(hashtextextended('webhook {first.webhook_id}', 0))")
        for days in (10 / 24, 20):
            before = timezone.now()
            Delivery.objects.update(created_at=before - timedelta(days=days))
            send(first.pk, 1)
            first.refresh_from_db()
            assert 3600 <= (first.next_at - before).total_seconds() <= 7300


def test_what_took_nothing_for_three_days_is_given_up(told: Told) -> None:
    with serving(body("", "500 Internal Server Error")) as server:
        delivery = told(server.url)
        in_time(delivery)
    hook = Webhook.objects.get()
    assert hook.idle == "Given up: it took nothing for three days"
    start_again(hook.pk)
    assert Webhook.objects.get().idle == ""


def test_who_took_another_message_meanwhile_is_not_given_up(told: Told) -> None:
    with serving(body("", "500 Internal Server Error")) as server:
        delivery = told(server.url)
        taken = {"state": "delivered", "last_at": timezone.now()}
        Delivery.objects.create(
            webhook_id=delivery.webhook_id, event_id="evt_0", event="webhook.test", **taken
        )
        in_time(delivery)
    assert delivery.state == "failed"
    assert Webhook.objects.get().idle == ""


def test_gone_ends_it_at_once_with_all_that_waits(told: Told, cast: Cast) -> None:
    with serving(body("", "410 Gone")) as server:
        delivery = told(server.url)
        waiting = Delivery.objects.create(
            webhook_id=delivery.webhook_id, event_id="evt_0", event="webhook.test"
        )
        work("send_webhook")
    assert Webhook.objects.get().idle == "Given up: it answered 410 Gone"
    waiting.refresh_from_db()
    assert waiting.state == "failed"
    assert "410 Gone" in waiting.problem
    assert jobs() == []
    do(cast.alice, EditUser(user_id=cast.bea.pk, profile=Profile(last_name="Newman")))
    assert jobs() == []


def test_what_is_switched_off_removed_or_without_a_secret_is_sent_nothing(told: Told, cast: Cast) -> None:
    with serving(body("")) as server:
        off, removed, silent = (told(server.url, name=name) for name in ("off", "removed", "silent"))
        Webhook.objects.filter(pk=off.webhook_id).update(stopped_at=timezone.now(), stopped_why="why not")
        do(cast.alice, RemoveWebhook(webhook_id=removed.webhook_id))
        WebhookSecret.objects.filter(webhook=silent.webhook_id).delete()
        work("send_webhook")
        for delivery, why in ((off, "why not"), (removed, "removed"), (silent, "make a new one")):
            for found in Delivery.objects.filter(webhook=delivery.webhook_id):
                assert found.state == "failed"
                assert why in found.problem
    assert server.requests == []


def test_a_redirect_is_not_followed(told: Told) -> None:
    with (
        serving(body("")) as inner,
        serving(body("", "307 Temporary Redirect", f"Location: {inner.url}")) as server,
    ):
        delivery = told(server.url)
        work("send_webhook")
    delivery.refresh_from_db()
    assert delivery.problem == "It answered 307 instead of 2xx; redirects are not followed."
    assert inner.requests == []


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.0.0.5", "[::ffff:127.0.0.1]"]
)
def test_an_inside_address_is_not_reached(told: Told, settings: Settings, host: str) -> None:
    settings.ALLOW_INSIDE_ADDRESSES = False
    with serving(body("")) as server:
        delivery = told(f"https://{host}:{server.port}/")
        work("send_webhook")
    delivery.refresh_from_db()
    assert delivery.problem == "It leads to an address inside a private network."
    assert (delivery.status, delivery.state) == (None, "waiting")
    assert server.requests == []


def test_a_name_that_changes_its_answer_gains_nothing(
    told: Told, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ALLOW_INSIDE_ADDRESSES = False
    asked: list[str] = []

    def rebinding(host: str, *_rest: Any, **_named: Any) -> list[Any]:
        asked.append(host)
        address = "10.0.0.5" if len(asked) % 2 else "93.184.216.34"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))]

    connected: list[tuple[str, int]] = []

    def connect(address: tuple[str, int], **_named: Any) -> socket.socket:
        connected.append(address)
        raise OSError

    delivery = told("https://rebinding.example.org/")
    monkeypatch.setattr(safe_fetch.socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(safe_fetch.socket, "create_connection", connect)
    for attempt in range(4):
        send(delivery.pk, attempt)
    # Every other answer led inside: nothing was connected then. Each time the name was asked once.
    assert connected == [("93.184.216.34", 443)] * 2
    assert len(asked) == 4


def test_an_answer_that_never_comes_is_given_up_in_time(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.3)
    with serving(lambda connection: connection.recv(1)) as server:
        delivery = told(server.url)
        work("send_webhook")
    delivery.refresh_from_db()
    assert delivery.problem == "It did not answer in full within 0.3 seconds."
    assert delivery.state == "waiting"


def test_of_a_long_answer_the_beginning_is_kept_whatever_it_is(told: Told) -> None:
    with serving(body(b"a\x00\xff" + b"x" * 1_000_000, "400 Bad Request")) as server:
        delivery = told(server.url)
        work("send_webhook")
    delivery.refresh_from_db()
    assert (delivery.status, len(delivery.answer)) == (400, 1024)
    assert delivery.answer.startswith("a��x")


def test_what_is_wrong_may_be_long(told: Told) -> None:
    delivery = told(f"https://{'x' * 450}.example.org/hook")
    assert work("send_webhook") == 1
    delivery.refresh_from_db()
    assert (delivery.attempts, delivery.problem[:13]) == (1, "The name xxxx")


def test_an_attempt_is_made_once(told: Told) -> None:
    with serving(body("")) as server:
        delivery = told(server.url)
        for _ in range(3):
            send(delivery.pk, 0)
    assert len(server.requests) == 1


def test_sending_again_begins_anew_under_the_same_id(told: Told) -> None:
    with serving(body("", "500 Internal Server Error")) as server:
        delivery = told(server.url)
        in_time(delivery)
        start_again(delivery.webhook_id)
        assert send_again(Delivery.objects.filter(pk=delivery.pk)) == 1
        work("send_webhook")
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("waiting", 1)
    assert headers_of(server)["webhook-id"] == delivery.event_id
    assert len(server.requests) == 11


def test_a_test_says_nothing_about_anybody(cast: Cast) -> None:
    with serving(body("")) as server:
        send_test(webhook(cast, "user.merged", url=server.url))
        work("send_webhook")
    sent = json.loads(server.requests[0].partition("\r\n\r\n")[2])
    assert (sent["type"], sent["data"]) == ("webhook.test", {"webhook": "timetable"})


def test_the_log_is_purged_after_its_time_and_what_waits_is_not(told: Told, settings: Settings) -> None:
    settings.WEBHOOK_LOG_DAYS = 10
    delivery = told("https://timetable.example.org/hook")
    old, young = timezone.now() - timedelta(days=11), timezone.now() - timedelta(days=9)
    kinds = [("waiting", old), ("delivered", old), ("failed", old), ("delivered", young)]
    for number, (state, at) in enumerate(kinds):
        event = {"event": "webhook.test", "event_id": f"evt_{number}", "state": state, "created_at": at}
        Delivery.objects.create(webhook_id=delivery.webhook_id, **event)
    clear_expired.func(timestamp=0)
    assert set(Delivery.objects.values_list("event_id", flat=True)) == {delivery.event_id, "evt_0", "evt_3"}
    assert len(secrets_of(delivery.webhook_id)) == 1


def test_a_message_that_no_job_sends_any_more_has_failed_and_says_what_can_be_done(
    told: Told, settings: Settings
) -> None:
    delivery = told("https://timetable.example.org/hook")
    (job,) = jobs()
    late = {"next_at": timezone.now() - timedelta(hours=2)}
    Delivery.objects.filter(pk=delivery.pk).update(**late)
    clear_expired.func(timestamp=0)
    delivery.refresh_from_db()
    assert delivery.state == "waiting"
    with connection.cursor() as cursor:
        # What the worker does with a job whose last try ended with an error of our own.
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", [job.pk])
    clear_expired.func(timestamp=0)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.next_at) == ("failed", None)
    assert delivery.problem.endswith("Look into the worker’s log, and send it again.")
    settings.WEBHOOK_LOG_DAYS = 10
    Delivery.objects.update(created_at=timezone.now() - timedelta(days=11))
    clear_expired.func(timestamp=0)
    assert not Delivery.objects.exists()


def test_our_own_troubles_are_over_within_two_days_or_the_message_has_failed() -> None:
    waits = [AGAIN.exponential_wait ** (attempt + 1) for attempt in range(AGAIN.max_attempts or 0)]
    assert timedelta(hours=12) < timedelta(seconds=sum(waits)) < timedelta(days=2)


def test_the_secrets_of_what_was_removed_are_purged(told: Told, cast: Cast) -> None:
    delivery = told("https://timetable.example.org/hook")
    do(cast.alice, RemoveWebhook(webhook_id=delivery.webhook_id))
    clear_expired.func(timestamp=0)
    assert not WebhookSecret.objects.exists()


def test_nothing_of_a_message_or_an_answer_is_in_the_programs_log(
    told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        caplog.at_level("DEBUG"),
        serving(body("ben.baker@example.org", "500 Internal Server Error")) as server,
    ):
        delivery = told(f"{server.url}?token=hidden")
        work("send_webhook")
    # The database's own statements, at the level of debugging, are not in any log of ours.
    logged = "".join(one.getMessage() for one in caplog.records if not one.name.startswith("django.db"))
    for told_nobody in ("ben.baker", "hidden", delivery.body, *secrets_of(delivery.webhook_id)):
        assert told_nobody not in logged
