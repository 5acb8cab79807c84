"""The user that a first launch creates: what is taken over from its claims."""

from collections.abc import Mapping
from dataclasses import dataclass

from rollbook.common.text import control_characters, tidy
from rollbook.lms.claim_values import EMAIL
from rollbook.lms.models import LMS
from rollbook.lms.policy import read, rules_of

MAX_NAME = 200


@dataclass(frozen=True)
class Newcomer:
    """A user to be. `identifiers` are (code of the Username attribute, value)."""

    first_name: str
    last_name: str
    email: str
    identifiers: tuple[tuple[str, str], ...]


def newcomer(lms: LMS, claims: Mapping[str, object], lms_user_id: str) -> Newcomer:
    """Return the user to create. Without any name it is "Learner" and the LMS User ID that is assigned.

    The e-mail is taken only where the LMS's policy goes by it: what an LMS is not trusted to say is not stored.
    """
    first, last = _names(claims)
    readings = [r for r in read(rules_of(lms), claims) if r.value and not r.witness]
    emails = [r.value for r in readings if r.target == EMAIL]
    return Newcomer(
        first_name=first or "Learner",
        last_name=last if first else lms_user_id,
        email=emails[0] if emails else "",
        identifiers=tuple(dict.fromkeys((r.target, r.value) for r in readings if r.target != EMAIL)),
    )


def _names(claims: Mapping[str, object]) -> tuple[str, str]:
    given, family = _name(claims.get("given_name")), _name(claims.get("family_name"))
    if given:
        return given, family
    first, _, last = _name(claims.get("name")).rpartition(" ")
    return (first, last) if first else (last or family, "")


def _name(value: object) -> str:
    """Return a name in one line without unseen characters, cut to what a name may be; "" for none."""
    if not isinstance(value, str):
        return ""
    visible = "".join(" " if control_characters(c) else c for c in value)
    text = tidy(" ".join(visible.split()))[:MAX_NAME].strip()
    return "" if text.startswith("$") else text
