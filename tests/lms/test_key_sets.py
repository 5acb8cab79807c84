"""The keys of an LMS are fetched when needed, kept while they may be, and asked for no more often than that."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from rollbook.common.safe_fetch import FetchFailed
from rollbook.lms import key_sets
from rollbook.lms.key_sets import FRESH, KEEP, PAUSE, CachedKeys, public_key
from rollbook.lms.models import KeySet
from rollbook.lms.token_refusals import KeySetUnreachable, KeyUnknown
from tests.lms.platform import rsa_key
from tests.web_server import Server, body, serving

URL = "https://lms.example.org/jwks"


def jwk(kid: str) -> dict[str, Any]:
    """Return a public key under this id."""
    return rsa_key("key-1").as_dict(private=False) | {"kid": kid}


def stored(*kids: str, age: timedelta = timedelta(0), url: str = URL) -> CachedKeys:
    """Put a key set of this age into the table and return it."""
    then = timezone.now() - age
    keys = {"keys": [jwk(kid) for kid in kids]}
    KeySet.objects.create(url=url, keys=keys, fetched_at=then, asked_at=then)
    return CachedKeys(keys, then)


class Lms:
    """Stands for the LMS's answers: what it publishes, or that it is down; and counts."""

    def __init__(self) -> None:
        self.published: bytes | None = b""
        self.asked = 0

    def publishes(self, *kids: str) -> None:
        """Publish these keys."""
        self.published = json.dumps({"keys": [jwk(kid) for kid in kids]}).encode()

    def fetch(self, _url: str, **_options: object) -> bytes:
        """Answer, as `safe_fetch.fetch` would."""
        self.asked += 1
        if self.published is None:
            raise FetchFailed("It is down.")
        return self.published


@pytest.fixture
def lms(db: None, monkeypatch: pytest.MonkeyPatch) -> Lms:
    """Return an LMS whose answers need no network."""
    made = Lms()
    monkeypatch.setattr(key_sets, "fetch", made.fetch)
    return made


def test_a_known_key_needs_no_request(lms: Lms) -> None:
    assert public_key(URL, "a", stored("a"))["kid"] == "a"
    assert lms.asked == 0


def test_the_first_launch_fetches_the_keys(lms: Lms) -> None:
    lms.publishes("a")
    assert public_key(URL, "a", CachedKeys())["kid"] == "a"
    assert KeySet.objects.get().keys["keys"][0]["kid"] == "a"


def test_an_lms_that_changed_its_keys_a_minute_ago_works(lms: Lms) -> None:
    lms.publishes("a", "b")
    assert public_key(URL, "b", stored("a", age=timedelta(minutes=1)))["kid"] == "b"
    assert lms.asked == 1


def test_keys_that_are_old_are_asked_for_again_and_a_withdrawn_one_counts_no_more(lms: Lms) -> None:
    lms.publishes("b")
    with pytest.raises(KeyUnknown):
        public_key(URL, "a", stored("a", age=FRESH + timedelta(seconds=1)))


def test_an_unknown_key_is_asked_about_once_and_not_each_time(lms: Lms) -> None:
    lms.publishes("a")
    cached = stored("a", age=PAUSE + timedelta(seconds=1))
    for _attempt in range(5):
        with pytest.raises(KeyUnknown):
            public_key(URL, "made-up", cached)
    assert lms.asked == 1


def test_an_unknown_key_is_asked_about_again_after_the_pause(lms: Lms) -> None:
    lms.publishes("a")
    cached = stored("a", age=PAUSE + timedelta(seconds=1))
    with pytest.raises(KeyUnknown):
        public_key(URL, "b", cached)
    KeySet.objects.update(asked_at=timezone.now() - PAUSE)
    lms.publishes("a", "b")
    assert public_key(URL, "b", cached)["kid"] == "b"


def test_while_the_lms_is_down_its_last_keys_go_on_working(lms: Lms) -> None:
    lms.published = None
    assert public_key(URL, "a", stored("a", age=KEEP - timedelta(minutes=1)))["kid"] == "a"
    assert lms.asked == 1


def test_after_a_day_of_being_down_they_do_not(lms: Lms) -> None:
    lms.published = None
    with pytest.raises(KeySetUnreachable, match="It is down"):
        public_key(URL, "a", stored("a", age=KEEP + timedelta(minutes=1)))


def test_an_lms_that_is_down_is_not_asked_at_each_launch(lms: Lms) -> None:
    lms.published = None
    cached = stored("a", age=timedelta(hours=2))
    public_key(URL, "a", cached)
    KeySet.objects.update(asked_at=timezone.now() - timedelta(seconds=10))
    assert public_key(URL, "a", cached)["kid"] == "a"
    assert lms.asked == 1


def test_after_it_failed_nobody_waits_for_it(lms: Lms) -> None:
    lms.published = None
    cached = stored("a", age=timedelta(hours=2))
    public_key(URL, "a", cached)
    begun = time.monotonic()
    assert public_key(URL, "a", cached)["kid"] == "a"
    assert time.monotonic() - begun < 2
    assert lms.asked == 1


@pytest.mark.parametrize(
    "answer", [b"<html>", b"[]", b"{}", b'{"keys": {}}', b'{"keys": [], "keys": []}', b"\xff", b"[" * 50_000]
)
def test_an_answer_that_is_no_key_set_changes_nothing(lms: Lms, answer: bytes) -> None:
    lms.published = answer
    cached = stored("a", age=timedelta(hours=2))
    assert public_key(URL, "a", cached)["kid"] == "a"
    assert KeySet.objects.get().fetched_at == cached.fetched_at


def test_of_a_key_set_only_usable_public_keys_are_kept(lms: Lms) -> None:
    private = rsa_key("key-1").as_dict(private=True) | {"kid": "leaked"}
    odd = [
        7,
        {},
        {"kid": 7, "kty": "RSA"},
        {"kid": "secret", "kty": "oct", "k": "eA"},
        jwk("nul\x00"),
        private,
    ]
    lms.published = json.dumps({"keys": odd}).encode()
    found = public_key(URL, "leaked", CachedKeys())
    assert [key["kid"] for key in KeySet.objects.get().keys["keys"]] == ["leaked"]
    assert not {"d", "p", "q", "dp", "dq", "qi"} & found.keys()


def test_two_lms_do_not_share_keys(lms: Lms) -> None:
    stored("a", url="https://valley.example.org/jwks")
    lms.publishes("b")
    with pytest.raises(KeyUnknown):
        public_key(URL, "a", CachedKeys())


@pytest.fixture
def slow_lms(transactional_db: None) -> Iterator[Server]:
    """Serve a key set after a moment, over the real network code."""

    def answer(client: Any) -> None:
        time.sleep(0.3)
        body(json.dumps({"keys": [jwk("a")]}))(client)

    with serving(answer) as server:
        yield server


def test_many_launches_at_once_after_a_change_of_keys_make_one_request_and_all_get_in(
    slow_lms: Server,
) -> None:
    stored("old", age=timedelta(minutes=5), url=slow_lms.url)
    found: list[str] = []

    def launch() -> None:
        try:
            found.append(public_key(slow_lms.url, "a", CachedKeys())["kid"])
        finally:
            connection.close()

    threads = [threading.Thread(target=launch) for _launch in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert found == ["a"] * 6
    assert len(slow_lms.requests) == 1


def test_no_request_goes_out_inside_a_transaction(slow_lms: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    real, inside = key_sets.fetch, []

    def watched(url: str, **options: Any) -> bytes:
        inside.append(connection.in_atomic_block)
        return real(url, **options)

    monkeypatch.setattr(key_sets, "fetch", watched)
    public_key(slow_lms.url, "a", CachedKeys())
    assert inside == [False]
