"""The pages of webhooks: a secret that is shown once, what was sent, and sending again."""

import re

from django.urls import reverse
from django.utils import timezone

from rollbook.ledger.models import OperationRecord
from rollbook.people.webhooks.models import Delivery, Webhook
from rollbook.people.webhooks.signing import secrets_of
from tests.cast import Cast, webhook
from tests.interfaces.console.conftest import Browsers, confirm
from tests.people.webhooks.working import jobs

CREATE = "/console/webhooks/create/"
ENTERED = {
    "name": "Timetable",
    "url": "https://timetable.example.org/hook",
    "events": ["user.created", "user.merged"],
    "enabled": "on",
}


def message(to: Webhook, **fields: object) -> Delivery:
    return Delivery.objects.create(
        webhook=to,
        **{"event": "user.merged", "event_id": "evt_7_8", "body": '{"type":"user.merged"}', **fields},
    )


def test_creating_one_shows_a_secret_that_signs_and_is_never_shown_again(at: Browsers, cast: Cast) -> None:
    page = confirm(at.alice, CREATE, **ENTERED, location_id=cast.oak.pk)
    secret = re.search(r"whsec_[\w+/]{43}=", page.content.decode())
    assert secret
    assert page["Cache-Control"] == "no-store"
    made = Webhook.objects.get()
    assert (made.url, made.events, made.location) == (ENTERED["url"], ENTERED["events"], cast.oak)
    assert (made.created_by, made.enabled) == (cast.alice, True)
    assert secrets_of(made.pk) == [secret.group()]
    for url in ("/console/webhooks/", reverse("console:webhook", args=[made.pk]), "/console/operations/"):
        assert "whsec_" not in at.alice.get(url).content.decode()


def test_pressing_the_button_twice_makes_one_and_shows_no_other_secret(at: Browsers) -> None:
    plan = at.alice.post(CREATE, ENTERED).context["plan"]
    sent = {**ENTERED, "step": "apply", "fingerprint": plan.fingerprint, "plan_key": plan.key}
    at.alice.post(CREATE, sent)
    again = at.alice.post(CREATE, sent, follow=True)
    assert Webhook.objects.count() == 1
    assert "whsec_" not in again.content.decode()


def test_what_stands_against_it_is_said_beside_its_field(at: Browsers, cast: Cast) -> None:
    webhook(cast, name="Timetable")
    page = at.alice.post(CREATE, {**ENTERED, "url": "ftp://timetable.example.org"})
    assert page.status_code == 422
    errors = page.context["form"].errors
    assert "must start with https://" in errors["url"][0]
    assert "already" in errors["name"][0]


def test_editing_keeps_the_secret_and_shows_none(at: Browsers, cast: Cast) -> None:
    made = webhook(cast)
    held = secrets_of(made.pk)
    page = confirm(at.alice, reverse("console:edit_webhook", args=[made.pk]), **{**ENTERED, "enabled": ""})
    assert "Switched off" in page.content.decode()
    assert secrets_of(made.pk) == held


def test_a_new_secret_is_shown_once_and_is_no_operation(at: Browsers, cast: Cast) -> None:
    made = webhook(cast)
    url = reverse("console:new_webhook_secret", args=[made.pk])
    assert "24 hours" in at.alice.get(url).content.decode()
    assert len(secrets_of(made.pk)) == 1
    page = at.alice.post(url)
    secret = re.search(r"whsec_[\w+/]{43}=", page.content.decode())
    assert secret
    assert secrets_of(made.pk)[0] == secret.group()
    assert len(secrets_of(made.pk)) == 2
    assert page["Cache-Control"] == "no-store"
    assert not OperationRecord.objects.exists()


def test_the_log_says_what_became_of_each_message_and_shows_those_that_failed(
    at: Browsers, cast: Cast
) -> None:
    made = webhook(cast)
    message(made, state="delivered", status=204, attempts=1, milliseconds=12)
    message(made, event_id="evt_9", event="operation.applied", state="failed", attempts=10)
    url = reverse("console:webhook", args=[made.pk])
    page = at.alice.get(url).content.decode()
    assert "evt_7_8" in page
    assert "12 ms" in page
    failed = at.alice.get(url, {"state": "failed"}).content.decode()
    assert "evt_9" in failed
    assert "evt_7_8" not in failed
    assert "No such messages" in at.alice.get(url, {"event": "webhook.test"}).content.decode()


def test_a_message_is_shown_with_its_answer_as_text(at: Browsers, cast: Cast) -> None:
    sent = message(
        webhook(cast),
        state="failed",
        status=500,
        answer="<script>alert(1)</script>",
        problem="It answered 500.",
    )
    page = at.alice.get(reverse("console:webhook_delivery", args=[sent.pk])).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert "{&quot;type&quot;:&quot;user.merged&quot;}" in page


def test_a_message_or_all_that_failed_are_sent_again(at: Browsers, cast: Cast) -> None:
    made, other = webhook(cast), webhook(cast, name="other")
    taken = message(made, state="delivered", attempts=1)
    failed = [message(made, event_id=f"evt_{n}", state="failed", attempts=10) for n in range(2)]
    message(other, state="failed")
    again = reverse("console:webhook_again", args=[made.pk])
    page = at.alice.post(again, {"delivery": taken.pk}, follow=True)
    assert "1 message on the way again" in page.content.decode()
    assert [job.args["delivery_id"] for job in jobs()] == [taken.pk]
    at.alice.post(again)
    assert {job.args["delivery_id"] for job in jobs()} == {taken.pk, *(one.pk for one in failed)}
    assert Delivery.objects.filter(state="waiting", attempts=0).count() == 3


def test_no_message_of_another_webhook_is_sent_by_its_number(at: Browsers, cast: Cast) -> None:
    stranger = message(webhook(cast, name="other"), state="failed")
    again = reverse("console:webhook_again", args=[webhook(cast).pk])
    for number in (stranger.pk, "nonsense", 10**30):
        at.alice.post(again, {"delivery": number})
    assert jobs() == []


def test_what_rollbook_gave_up_says_why_and_starts_again(at: Browsers, cast: Cast) -> None:
    made = webhook(cast, stopped_at=timezone.now(), stopped_why="it answered 410 Gone")
    url = reverse("console:webhook", args=[made.pk])
    assert "it answered 410 Gone" in at.alice.get(url).content.decode()
    refused = at.alice.post(reverse("console:test_webhook", args=[made.pk]), follow=True)
    assert "No test was sent" in refused.content.decode()
    assert jobs() == []
    at.alice.post(reverse("console:start_webhook", args=[made.pk]))
    assert "410" not in at.alice.get(url).content.decode()
    at.alice.post(reverse("console:test_webhook", args=[made.pk]))
    assert [job.task_name for job in jobs()] == ["send_webhook"]


def test_removing_one_leads_to_the_list(at: Browsers, cast: Cast) -> None:
    page = confirm(at.alice, reverse("console:remove_webhook", args=[webhook(cast).pk]))
    assert "No webhook yet" in page.content.decode()
