"""The keys with which an LMS signs: cached, fetched again when it is time or when a key is unknown."""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from rollbook.common.safe_fetch import SECONDS, FetchFailed, fetch
from rollbook.lms.models import KeySet
from rollbook.lms.token_refusals import KeySetUnreachable, KeyUnknown, MemberTwice, TokenMalformed
from rollbook.lms.tokens import read_json

# Keys this old are used after asking again only: an LMS that withdraws a key expects that to count.
FRESH = timedelta(hours=1)
# While the LMS does not answer, its last known keys go on working for this long.
KEEP = timedelta(hours=24)
# An unknown key id, and an LMS that fails, are not asked about more often than this.
PAUSE = timedelta(seconds=30)
MAX_KEYS = 100
PUBLIC = {"kid", "kty", "use", "alg", "key_ops", "n", "e", "crv", "x", "y"}


@dataclass(frozen=True)
class CachedKeys:
    """What the last good answer of a key-set URL was: `{"keys": [JWK...]}`, and when."""

    keys: dict[str, Any] = field(default_factory=dict)
    fetched_at: datetime | None = None

    def find(self, kid: str) -> dict[str, Any] | None:
        """Return the public key with this id."""
        return next((key for key in self.keys.get("keys", ()) if key["kid"] == kid), None)

    def younger_than(self, age: timedelta) -> bool:
        """Return whether the keys were fetched within `age`."""
        return self.fetched_at is not None and timezone.now() - self.fetched_at < age


def public_key(url: str, kid: str, cached: CachedKeys) -> dict[str, Any]:
    """Return the key `kid` (a JWK) of the key set at `url`; `cached` is what the table holds of it.

    At most one request goes out, and within `PAUSE` only one for all processes together. It happens outside
    any transaction, so that a slow LMS holds no lock. Raises `KeyUnknown` or `KeySetUnreachable`.
    """
    known = cached.find(kid)
    if known and cached.younger_than(FRESH):
        return known
    newer, failure = _refresh(url)
    if found := newer.find(kid):
        return found
    if failure and not newer.younger_than(FRESH):
        raise KeySetUnreachable(f"{url}: {failure}")
    raise KeyUnknown(f"kid {kid}, at {url}")


def _refresh(url: str) -> tuple[CachedKeys, str]:
    """Return the newest keys there are, and why they could not be fetched now ("" if they could)."""
    if not _may_ask(url):
        return _what_others_fetched(url)
    try:
        raw = fetch(url, allow_inside=settings.ALLOW_INSIDE_ADDRESSES)
        keys = _public_part(raw)
    except FetchFailed as error:
        # Whoever waits for this request sees that its time is over, and goes on without it.
        KeySet.objects.filter(url=url).update(asked_at=timezone.now() - timedelta(seconds=SECONDS))
        return _usable(KeySet.objects.get(url=url)), str(error)
    now = timezone.now()
    KeySet.objects.filter(url=url).update(keys=keys, fetched_at=now)
    return CachedKeys(keys, now), ""


def _may_ask(url: str) -> bool:
    """Take the right to ask, which one caller has at a time: `asked_at` decides between processes."""
    now = timezone.now()
    if KeySet.objects.filter(url=url, asked_at__lte=now - PAUSE).update(asked_at=now):
        return True
    return KeySet.objects.get_or_create(url=url, defaults={"asked_at": now})[1]


def _what_others_fetched(url: str) -> tuple[CachedKeys, str]:
    """Wait while another request is out for the same key set: after a change of keys many arrive at once."""
    while True:
        row = KeySet.objects.get(url=url)
        answered = row.fetched_at is not None and row.fetched_at >= row.asked_at
        if answered:
            return _usable(row), ""
        if timezone.now() - row.asked_at >= timedelta(seconds=SECONDS):
            return _usable(row), "It was asked a moment ago and did not answer."
        time.sleep(0.1)


def _usable(row: KeySet) -> CachedKeys:
    kept = CachedKeys(row.keys, row.fetched_at)
    return kept if kept.younger_than(KEEP) else CachedKeys()


def _public_part(raw: bytes) -> dict[str, Any]:
    """Return the keys that can be used: public halves only, whatever the LMS publishes by mistake."""
    try:
        document = read_json(raw)
    except (TokenMalformed, MemberTwice) as error:
        raise FetchFailed("Its answer is not JSON.") from error
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list):
        raise FetchFailed("Its answer is not a key set.")
    found = [
        {name: value for name, value in key.items() if name in PUBLIC}
        for key in keys[:MAX_KEYS]
        if _is_key(key)
    ]
    return {"keys": found}


def _is_key(key: object) -> bool:
    # Printable: what PostgreSQL cannot store is no key either.
    return (
        isinstance(key, dict)
        and isinstance(key.get("kid"), str)
        and key.get("kty") in {"RSA", "EC"}
        and all(value.isprintable() for value in key.values() if isinstance(value, str))
    )
