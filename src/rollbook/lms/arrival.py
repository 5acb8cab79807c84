"""Arrival: from a launch to the decision who it is. Reads, and writes nothing."""

from collections.abc import Mapping
from typing import Any

from rollbook.lms.claim_values import GROUPS
from rollbook.lms.decision import Decision, judge
from rollbook.lms.facts import AS_IT_IS, Supposing, gather
from rollbook.lms.models import LMS
from rollbook.lms.policy import read, rules_of

PERSONAL = ("sub", "email", "email_verified", "name", "given_name", "family_name")
MAX_KEPT = 1000
MAX_IN_GROUP = 100


def decide(
    lms: LMS,
    subject: str,
    claims: Mapping[str, object],
    *,
    proved: int | None = None,
    supposing: Supposing = AS_IT_IS,
) -> Decision:
    """Return who it is that launches, with the evidence. One query; nothing is written.

    `subject` is the LMS's own id for the person. `proved` is the id of the user who has just signed in to prove it.
    `supposing` asks what would be decided once some LMS accounts are removed or pairs declared wrong.
    """
    rules = rules_of(lms)
    readings = read(rules, claims)
    return judge(rules, readings, gather(lms, subject, readings, supposing), proved=proved)


def kept_claims(lms: LMS, claims: Mapping[str, object]) -> dict[str, Any]:
    """Return the claims that the launch log keeps: enough to decide again, and nothing of the course or its roles."""
    names = {*PERSONAL, *(claim for claim, _ in lms.matchers)}
    kept = {name: _kept(claims[name]) for name in sorted(names) if name in claims}
    for claim in GROUPS.values():
        group = claims.get(claim)
        if isinstance(group, Mapping):
            kept[claim] = {str(name): _kept(value) for name, value in list(group.items())[:MAX_IN_GROUP]}
    return kept


def _kept(value: object) -> object:
    """Return a value that JSON in PostgreSQL can hold, and that reads as absent where the one sent does."""
    if isinstance(value, str):
        return "".join("\x1a" if c == "\x00" or "\ud800" <= c <= "\udfff" else c for c in value[:MAX_KEPT])
    return value if value is None or isinstance(value, bool | int) else [str(value)[:MAX_KEPT]]
