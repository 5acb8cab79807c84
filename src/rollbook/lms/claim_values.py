"""Reading the values that identify a person out of a launch's claims."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from rollbook.common.text import control_characters, tidy

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
# Claims that are objects, addressed as `lis.person_sourcedid`, `custom.<name>`, `ext.<name>`.
GROUPS = {"lis": LTI + "lis", "custom": LTI + "custom", "ext": LTI + "ext"}
EMAIL = "email"
MAX_ID = 200
MAX_EMAIL = 254


@dataclass(frozen=True)
class Reading:
    """What one matcher read: `value` is tidy text, or empty with the reason in `absent`.

    `target` is the code of a Username attribute, or `email`. A `witness` may only raise a flag, never match.
    """

    claim: str
    target: str
    value: str = ""
    absent: str = ""
    witness: bool = False


def claim_at(claims: Mapping[str, object], path: str) -> object:
    """Return the claim at `email`, `sub`, `lis.<name>`, `custom.<name>`, `ext.<name>` or any top-level name."""
    group, dot, name = path.partition(".")
    if dot and group in GROUPS:
        values = claims.get(GROUPS[group])
        return values.get(name) if isinstance(values, Mapping) else None
    return claims.get(path)


def text_at(claims: Mapping[str, object], path: str) -> tuple[str, str]:
    """Return (text, "") or ("", why the claim counts as absent)."""
    sent = claim_at(claims, path)
    if isinstance(sent, int) and not isinstance(sent, bool):
        sent = str(sent)
    if sent is None:
        return "", "not sent"
    if not isinstance(sent, str):
        return "", "not a text"
    text = tidy(sent)
    if not text:
        return "", "blank" if sent else "empty"
    # The LMS did not know the variable and sent its name (LTI 1.3 core, appendix B).
    if text.startswith("$"):
        return "", "a variable that the LMS did not fill in"
    if control_characters(text):
        return "", "has characters that cannot be seen"
    return text, ""


def read_id(claims: Mapping[str, object], claim: str, target: str) -> Reading:
    """Read an ID: exact text, leading zeros count."""
    value, absent = text_at(claims, claim)
    if len(value) > MAX_ID:
        value, absent = "", f"longer than {MAX_ID} characters"
    return Reading(claim, target, value, absent)


def read_email(claims: Mapping[str, object], claim: str, domains: Sequence[str]) -> Reading:
    """Read an e-mail address; one outside `domains` (where any are listed) counts as absent."""
    value, absent = text_at(claims, claim)
    if value and claim == EMAIL and claims.get("email_verified") in (False, "false"):
        value, absent = "", "not verified by the LMS"
    # Lower-casing turns some other letters into ASCII ones (the Kelvin sign into k): that would be another's address.
    elif value and not (
        str(claim_at(claims, claim)).isascii() and len(value) <= MAX_EMAIL and _is_email(value)
    ):
        value, absent = "", "not an e-mail address that can be compared"
    elif value and domains and domain_of(value) not in domains:
        value, absent = "", f"its domain {domain_of(value)} is not listed"
    return Reading(claim, EMAIL, value, absent)


def domain_of(address: str) -> str:
    """Return the part after the last @, in lower case."""
    return address.rpartition("@")[2].lower()


def _is_email(value: str) -> bool:
    try:
        validate_email(value)
    except ValidationError:
        return False
    return True
