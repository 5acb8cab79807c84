"""Systems that ask the API, each with a token of its own."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from rollbook.people.access import OF_NO_LOCATION, TOKEN_RIGHTS, Right
from tests.cast import Cast, token

API = "/api/v1"
# A token that holds one of the other two is a client of SCIM, and opens nothing here.
API_RIGHTS = TOKEN_RIGHTS - {Right.SCIM_CONNECT, Right.SCIM_ADOPT}


class Caller:
    """A system that holds a token, or none."""

    def __init__(self, secret: str = "") -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.headers = {"Authorization": f"Bearer {secret}"} if secret else {}

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Ask, with a body in JSON and further headers (`If_Match`)."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        data = "" if body is None else json.dumps(body)
        return self.client.generic(
            method, API + path, data, content_type="application/json", headers={**self.headers, **more}
        )

    def plan(self, verb: str, **params: Any) -> Any:
        """Plan an operation, and return the plan."""
        answer = self("POST", f"/operations/{verb}/plan", {"params": params})
        assert answer.status_code == 200, answer.content
        return answer.json()

    def apply(self, plan: Any, reason: str = "a test", **params: Any) -> Any:
        """Apply what was planned, and return the answer."""
        confirmed = {"fingerprint": plan["fingerprint"], "key": plan["key"], "reason": reason}
        return self("POST", f"/operations/{plan['verb']}/apply", {"params": params, **confirmed})


Calling = Callable[..., Caller]


@pytest.fixture
def calling(cast: Cast) -> Calling:
    """Return a function that gives a system a token with rights (all, if none are named) in a place, or everywhere."""

    def call(*rights: str, **fields: Any) -> Caller:
        return Caller(token(cast, *(rights or API_RIGHTS), **fields)[1])

    return call


@pytest.fixture
def oak(calling: Calling, cast: Cast) -> Caller:
    """Return a system that may do everything that can be done in Oak."""
    return calling(*(API_RIGHTS - OF_NO_LOCATION), name="Oak HR", location=cast.oak)
