"""Messages are signed as Standard Webhooks has it."""

import base64
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from rollbook.ledger.models import Change
from rollbook.people.webhooks.models import WebhookSecret
from rollbook.people.webhooks.signing import OVERLAP, issue, secrets_of, signature
from tests.cast import Cast, webhook

# The vector of the specification's own libraries.
SECRET, ID, AT = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
BODY, SIGNED = b'{"test": 2432232314}', "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_vector_of_the_specification_is_signed_as_there() -> None:
    assert signature([SECRET], ID, AT, BODY) == SIGNED


def test_each_secret_signs_beside_the_others() -> None:
    first, second = signature([SECRET, "whsec_" + "QUJD" * 8], ID, AT, BODY).split(" ")
    assert first == SIGNED
    assert second.startswith("v1,")
    assert second != first


@pytest.mark.parametrize("change", [{"event_id": "msg_other"}, {"timestamp": AT + 1}, {"body": BODY + b" "}])
def test_id_time_and_body_are_all_signed(change: dict[str, object]) -> None:
    given = {"event_id": ID, "timestamp": AT, "body": BODY, **change}
    assert signature([SECRET], **given) != SIGNED


def test_a_secret_is_random_and_given_out_once(cast: Cast) -> None:
    hook = webhook(cast)
    assert issue(hook.pk) == ""
    (held,) = secrets_of(hook.pk)
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", held)
    assert len(base64.b64decode(held.removeprefix("whsec_"))) == 32
    assert held not in secrets_of(webhook(cast, name="other").pk)


def test_a_secret_that_was_replaced_signs_for_another_day_and_no_longer(cast: Cast) -> None:
    hook = webhook(cast)
    (old,) = secrets_of(hook.pk)
    new = issue(hook.pk, anew=True)
    assert secrets_of(hook.pk) == [new, old]
    over = timezone.now() - timedelta(minutes=1)
    assert WebhookSecret.objects.filter(secret=old).update(ends_at=over) == 1
    assert secrets_of(hook.pk) == [new]
    assert timedelta(hours=24) == OVERLAP


def test_no_secret_is_in_the_record(cast: Cast) -> None:
    hook = webhook(cast)
    assert not Change.objects.filter(table="rollbook_webhook_secret").exists()
    assert not any("secret" in field.name for field in hook._meta.concrete_fields)
