"""Slowing guessing down: counts in the database, so that every process sees the same."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import connection
from django.db.models import F
from django.utils import timezone

from rollbook.common.text import tidy
from rollbook.people.models import RecentCount

# One statement, so that tries at the same moment are all counted.
COUNT = """
INSERT INTO rollbook_recent_count AS r (key_hash, count, expires_at) VALUES (%s, 1, %s)
ON CONFLICT (key_hash) DO UPDATE SET
  count = CASE WHEN r.expires_at <= clock_timestamp() THEN 1 ELSE r.count + 1 END,
  expires_at = CASE WHEN r.expires_at <= clock_timestamp() THEN excluded.expires_at ELSE r.expires_at END
RETURNING count, expires_at
"""


@dataclass(frozen=True)
class Limit:
    """At most `most` tries by one key (a name, an address) within `within` of the first of them."""

    name: str
    most: int
    within: timedelta

    def _hash(self, key: str) -> bytes:
        return sha256(f"{self.name}:{tidy(key).lower()}".encode()).digest()

    def tally(self, key: str) -> tuple[int, datetime]:
        """Count one try; return how many there were by now, and until when they count."""
        with connection.cursor() as cursor:
            cursor.execute(COUNT, [self._hash(key), timezone.now() + self.within])
            count, expires_at = cursor.fetchone()
        return count, expires_at

    def count(self, key: str) -> datetime | None:
        """Count one try; return None while it is within the limit, else when the next one will be."""
        count, expires_at = self.tally(key)
        return expires_at if count > self.most else None

    def take_back(self, key: str) -> None:
        """Uncount one try that turned out to be rightful."""
        RecentCount.objects.filter(key_hash=self._hash(key), count__gt=0).update(count=F("count") - 1)

    def forget(self, key: str) -> None:
        """Start anew for a key."""
        RecentCount.objects.filter(key_hash=self._hash(key)).delete()


SIGN_IN_AS = Limit("sign in as", 10, timedelta(minutes=15))
SIGN_IN_FROM = Limit("sign in from", 100, timedelta(minutes=15))
MAIL_TO = Limit("password mail to", 5, timedelta(hours=1))
MAIL_FROM = Limit("password mail from", 20, timedelta(hours=1))


def clear_expired() -> int:
    """Remove the counts whose time is over; return how many."""
    return RecentCount.objects.filter(expires_at__lte=timezone.now()).delete()[0]
