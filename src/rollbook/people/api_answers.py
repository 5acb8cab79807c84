"""Answers that the API keeps, so that a request sent twice with one `Idempotency-Key` is done once."""

from datetime import timedelta
from typing import ClassVar

from django.db import connection, models
from django.db.models.functions import Now
from django.utils import timezone

from rollbook.ledger.recorded import LogModel
from rollbook.people.api_tokens import ApiToken

KEPT = timedelta(hours=24)

# Waits for a request with the same key that is on its way, and writes nothing where there is an answer.
CLAIM = """
INSERT INTO rollbook_kept_answer (token_id, key, request_hash, status, headers, body, at)
VALUES (%s, %s, %s, 0, '{}', '', clock_timestamp()) ON CONFLICT (token_id, key) DO NOTHING
"""


class KeptAnswer(LogModel):
    """What was answered to a request with an `Idempotency-Key`; written in the transaction of its effect."""

    WHY = "answers that may be asked for again; kept for a day"

    token = models.ForeignKey(ApiToken, models.DO_NOTHING, db_constraint=False, related_name="+")
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64, help_text="SHA-256 of method, address and body")
    status = models.PositiveSmallIntegerField()
    headers: "models.JSONField[dict[str, str], dict[str, str]]" = models.JSONField(default=dict)
    body = models.TextField()
    at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        db_table = "rollbook_kept_answer"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["token", "key"], name="kept_answer_once"),
        ]

    def __str__(self) -> str:
        return f"answer to {self.key}"


def claim(token_id: int, key: str, request_hash: str) -> KeptAnswer | None:
    """Return the answer that is kept for a key, or None after taking the key for the request of this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [token_id, key, request_hash])
        if cursor.rowcount:
            return None
    return KeptAnswer.objects.get(token_id=token_id, key=key)


def keep(token_id: int, key: str, *, status: int, headers: dict[str, str], body: str) -> None:
    """Keep the answer to the request that took the key."""
    kept = KeptAnswer.objects.filter(token_id=token_id, key=key)
    kept.update(status=status, headers=headers, body=body)


def purge() -> int:
    """Remove the answers that are older than `KEPT`; return how many."""
    return KeptAnswer.objects.filter(at__lt=timezone.now() - KEPT).delete()[0]
