"""The whole way: an operation, the real worker in its own process, and a receiver that verifies as the guide says."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from rollbook.operations.edit_user import EditUser
from rollbook.people.profile import Profile
from rollbook.people.webhooks.models import Delivery
from rollbook.people.webhooks.signing import secrets_of
from tests.cast import assemble, webhook
from tests.operations.doing import do
from tests.people.webhooks.working import jobs
from tests.web_server import body, serving
from tests.worker_process import PATIENCE, start_worker, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
GUIDE = (Path(__file__).parents[3] / "docs/webhooks.md").read_text()


def verify() -> Any:
    """Return the function of the guide, as somebody would copy it."""
    found = re.search(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    assert found
    names: dict[str, Any] = {}
    exec(found.group(1), names)  # noqa: S102  # the guide's own lines
    return names["verified"]


def test_what_was_done_reaches_a_receiver_who_can_tell_that_it_is_rollbooks(tmp_path: Path) -> None:
    cast = assemble()
    worker: subprocess.Popen[bytes] | None = None
    with serving(body("", "204 No Content")) as server:
        hook = webhook(cast, "user.updated", url=server.url)
        record = do(cast.alice, EditUser(user_id=cast.ben.pk, profile=Profile(last_name="Newman")))
        try:
            worker = start_worker(tmp_path)
            wait_until(lambda: Delivery.objects.filter(state="delivered").exists())
            # What went well leaves nothing behind but the log.
            wait_until(lambda: jobs() == [])
            worker.terminate()
            assert worker.wait(PATIENCE) == 0
        finally:
            if worker:
                worker.kill()
                worker.wait()
    (request,) = server.requests
    head, _, sent = request.partition("\r\n\r\n")
    headers = {
        name.lower(): value for name, value in (line.split(": ", 1) for line in head.split("\r\n")[1:])
    }
    (secret,) = secrets_of(hook.pk)
    message = verify()(secret, headers, sent.encode())
    assert (message["type"], message["data"]["user_id"]) == ("user.updated", cast.ben.pk)
    assert message["data"]["operation_id"] == record.pk


def test_the_guides_lines_verify_the_vector_of_the_specification_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    verified = verify()
    secret, at = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 1614265330
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": str(at),
        "webhook-signature": "v1,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    text = b'{"test": 2432232314}'
    monkeypatch.setattr("time.time", lambda: at + 60)
    assert verified(secret, headers, text) == {"test": 2432232314}
    for wrong in (
        {"text": text + b" "},
        {"headers": {**headers, "webhook-id": "msg_other"}},
        {"secret": "whsec_" + "QUJD" * 8},
    ):
        given = {"secret": secret, "headers": headers, "text": text, **wrong}
        with pytest.raises(ValueError, match="not from Rollbook"):
            verified(given["secret"], given["headers"], given["text"])
    monkeypatch.setattr("time.time", lambda: at + 600)
    with pytest.raises(ValueError, match="too old"):
        verified(secret, headers, text)
