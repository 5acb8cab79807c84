"""A browser at the LTI door, and an LMS that signs."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client

from rollbook.common.safe_fetch import FetchFailed
from rollbook.lms import key_sets
from rollbook.lms.models import LMS
from tests.cast import Cast, assemble
from tests.lms.platform import TARGET, Visit, ec_key, publish, rsa_key

IN_FRAME = {
    "Sec-Fetch-Dest": "iframe",
    "Sec-Fetch-Site": "cross-site",
    "Referer": "https://school.example.org/course",
}
TOP_LEVEL = {"Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "cross-site"}


@dataclass
class Browser:
    """A browser that goes where an LMS sends it: in a window, or in the LMS's frame."""

    headers: dict[str, str] = field(default_factory=lambda: dict(TOP_LEVEL))
    client: Client = field(default_factory=lambda: Client(headers={"Host": "localhost"}))

    def login(self, lms: LMS, method: str = "get", **request: Any) -> HttpResponse:
        """Open the login address as the LMS does."""
        asked = {
            "iss": lms.issuer,
            "client_id": lms.client_id,
            "login_hint": "ben",
            "target_link_uri": TARGET,
        }
        sent = {name: value for name, value in (asked | request).items() if value is not None}
        return getattr(self.client, method)("/lti/login", sent, headers=self.headers)

    def visit(self, lms: LMS, **request: Any) -> Visit:
        """Log in and return what the LMS's sign-in address is told."""
        response = self.login(lms, **request)
        left = response.status_code == 302
        url = response["Location"] if left else response.context["begun"].auth_request
        query = parse_qs(urlsplit(url).query)
        return Visit(lms, query["state"][0], "", query["nonce"][0])

    def launch(self, **sent: Any) -> HttpResponse:
        """Send the LMS's form."""
        return self.client.post("/lti/launch", sent, headers=self.headers)

    def arrive(self, lms: LMS, **claims: Any) -> HttpResponse:
        """Go the whole way."""
        visit = self.visit(lms)
        return self.launch(id_token=visit.token(**claims), state=visit.state)


@pytest.fixture
def cast(db: None, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """Return the cast, whose LMSs have published their keys; nothing goes out."""
    made = assemble()
    public = rsa_key("key-1").as_dict(private=False)
    publish(
        made.hillside,
        public,
        rsa_key("short", 1024).as_dict(private=False),
        ec_key("elliptic").as_dict(private=False),
        public | {"kid": "for-encryption", "use": "enc"},
        {"kid": "broken", "kty": "RSA", "n": public["n"]},
    )
    publish(made.valley, public)
    monkeypatch.setattr(key_sets, "fetch", refuse)
    return made


def refuse(_url: str, **_options: object) -> bytes:
    """Let no request out."""
    raise FetchFailed("No request may go out here.")


@pytest.fixture
def window(cast: Cast) -> Browser:
    """Return a browser with one window."""
    return Browser()


@pytest.fixture
def framed(cast: Cast) -> Browser:
    """Return a browser that shows Rollbook in a frame of the LMS's page."""
    return Browser(dict(IN_FRAME))
