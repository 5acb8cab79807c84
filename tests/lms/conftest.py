"""The cast, a login in Ben's LMS with published keys, and a count of requests that go out."""

import pytest

from rollbook.common.safe_fetch import FetchFailed
from rollbook.lms import key_sets
from rollbook.lms.models import LMS
from tests.cast import Cast, assemble
from tests.lms.platform import Visit, begin, ec_key, publish, rsa_key


@pytest.fixture
def cast(db: None) -> Cast:
    """Return the cast."""
    return assemble()


@pytest.fixture
def requests_out(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let no request out, and return the list of those that were tried."""
    tried: list[str] = []

    def refuse(url: str, **_options: object) -> bytes:
        tried.append(url)
        raise FetchFailed("No request may go out here.")

    monkeypatch.setattr(key_sets, "fetch", refuse)
    return tried


@pytest.fixture
def hillside(cast: Cast) -> LMS:
    """Return Ben's LMS, which publishes a good key and some that may not be used."""
    public = rsa_key("key-1").as_dict(private=False)
    publish(
        cast.hillside,
        public,
        rsa_key("short", 1024).as_dict(private=False),
        ec_key("elliptic").as_dict(private=False),
        public | {"kid": "for-encryption", "use": "enc"},
        {"kid": "broken", "kty": "RSA", "n": public["n"]},
    )
    return cast.hillside


@pytest.fixture
def visit(hillside: LMS, requests_out: list[str]) -> Visit:
    """Return a login that Ben began at Hillside."""
    return begin(hillside)
