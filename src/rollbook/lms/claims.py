"""What a genuine launch message must claim.

1EdTech Security Framework 1.0, section 5.1.3 (authentication response validation), and LTI 1.3 core,
section 5.3 (resource link launch request message).
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from rollbook.common.text import control_characters
from rollbook.lms import claim_refusals as refused
from rollbook.lms.refusal import LaunchRefused

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
LEEWAY = timedelta(seconds=60)
MAX_AGE = timedelta(minutes=10)
MAX_TEXT = 255
# Beyond this a number of seconds is no date that Python or PostgreSQL knows.
MAX_SECONDS = 253402300799


def check_parties(claims: Mapping[str, object], issuer: str, client_id: str) -> None:
    """Refuse a message of another LMS or for another tool (iss, aud, azp)."""
    if not claims.get("iss"):
        raise refused.IssuerMissing
    if claims["iss"] != issuer:
        raise refused.IssuerOther(f"{claims['iss']} instead of {issuer}")
    audience = claims.get("aud")
    if not audience:
        raise refused.AudienceMissing
    audiences = audience if isinstance(audience, list) else [audience]
    if client_id not in audiences:
        raise refused.AudienceOther(f"{audience} instead of {client_id}")
    if len(audiences) > 1 and claims.get("azp") is None:
        raise refused.PartyMissing(f"aud: {audience}")
    if claims.get("azp") is not None and claims["azp"] != client_id:
        raise refused.PartyOther(f"{claims['azp']} instead of {client_id}")


def check_times(claims: Mapping[str, object], now: datetime) -> None:
    """Refuse a message outside its time, give or take `LEEWAY` between the clocks (exp, iat, nbf)."""
    moment, leeway = now.timestamp(), LEEWAY.total_seconds()
    expires = _seconds(claims, "exp", refused.ExpiryMissing)
    if expires + leeway <= moment:
        raise refused.Expired(f"by {moment - expires:.0f} seconds")
    issued = _seconds(claims, "iat", refused.IssuedAtMissing)
    if issued - leeway > moment:
        raise refused.IssuedInFuture(f"by {issued - moment:.0f} seconds")
    if issued + MAX_AGE.total_seconds() + leeway < moment:
        raise refused.IssuedLongAgo(f"by {moment - issued:.0f} seconds")
    if claims.get("nbf") is not None and _seconds(claims, "nbf", refused.TimeMalformed) - leeway > moment:
        raise refused.NotYetValid


def subject_of(claims: Mapping[str, object]) -> str:
    """Return the LMS's own id for the person, exactly as it was sent."""
    subject = claims.get("sub")
    if subject is None:
        raise refused.SubjectMissing
    if not isinstance(subject, str) or not subject.strip():
        raise refused.SubjectEmpty
    if len(subject) > MAX_TEXT:
        raise refused.SubjectTooLong(f"{len(subject)} characters")
    if found := control_characters(subject):
        raise refused.SubjectUnreadable(", ".join(found))
    return subject


def check_message(claims: Mapping[str, object], target: str) -> str:
    """Refuse a message that is no LTI 1.3 launch for `target`; return its deployment id."""
    kind, version = claims.get(LTI + "message_type"), claims.get(LTI + "version")
    if not kind:
        raise refused.MessageTypeMissing
    if kind != "LtiResourceLinkRequest":
        raise refused.MessageTypeOther(kind)
    if not version:
        raise refused.VersionMissing
    if version != "1.3.0":
        raise refused.VersionOther(version)
    asked = claims.get(LTI + "target_link_uri")
    if not asked:
        raise refused.TargetMissing
    if asked != target:
        raise refused.TargetOther(f"{asked} instead of {target}")
    link = claims.get(LTI + "resource_link")
    if not isinstance(link, dict) or not _is_id(link.get("id")):
        raise refused.ResourceLinkMissing
    roles = claims.get(LTI + "roles")
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise refused.RolesMissing
    deployment = claims.get(LTI + "deployment_id")
    if not isinstance(deployment, str) or not _is_id(deployment):
        raise refused.DeploymentMissing
    return deployment


def check_texts(claims: Mapping[str, object]) -> None:
    """Refuse what PostgreSQL cannot store: U+0000 and half characters, in whichever claim they are."""
    for name, value in claims.items():
        for text in (name, *_texts(value)):
            if any(c == "\x00" or "\ud800" <= c <= "\udfff" for c in text):
                raise refused.TextUnreadable(name.encode("ascii", "backslashreplace").decode())


def _texts(value: object) -> Iterator[str]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, list):
            waiting.extend(one)
        elif isinstance(one, dict):
            waiting.extend((*one.keys(), *one.values()))


def _seconds(claims: Mapping[str, object], name: str, missing: type[LaunchRefused]) -> float:
    value = claims.get(name)
    if value is None:
        raise missing
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MAX_SECONDS:
        raise refused.TimeMalformed(f"{name}: {value}")
    return value


def _is_id(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_TEXT
