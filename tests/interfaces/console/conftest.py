"""Everyone who opens a page of the console, signed in."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from tests.cast import Cast
from tests.interfaces.conftest import SignIn


@dataclass
class Browsers:
    """A browser for each of the cast."""

    alice: Client
    carla: Client
    lou: Client
    sam: Client
    mallory: Client


@pytest.fixture
def at(cast: Cast, signed_in: SignIn) -> Browsers:
    """Return the browsers."""
    names = ("alice", "carla", "lou", "sam", "mallory")
    return Browsers(**{name: signed_in(getattr(cast, name)) for name in names})


def confirm(client: Client, url: str, /, reason: str = "because", **entered: Any) -> Any:
    """Look at the preview of an operation, press its button, and return the page that follows."""
    preview = client.post(url, entered)
    plan = preview.context["plan"]
    sent = {
        "step": "apply",
        "fingerprint": plan.fingerprint,
        "plan_key": plan.key,
        "reason": reason,
        **entered,
    }
    return client.post(url, sent | preview.context.get("hidden", {}), follow=True)
