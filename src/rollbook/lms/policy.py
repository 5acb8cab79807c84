"""The named arrival policies of DESIGN section 3, and the rules that an LMS has in force."""

from collections.abc import Mapping
from dataclasses import dataclass

from rollbook.lms.claim_values import EMAIL, Reading, read_email, read_id
from rollbook.lms.models import LMS


@dataclass(frozen=True)
class Preset:
    """What a named policy fills in. `matchers` are (claim, target)."""

    matchers: tuple[tuple[str, str], ...]
    when_missing: LMS.WhenMissing


PRESETS: Mapping[LMS.Policy, Preset] = {
    LMS.Policy.EMAIL: Preset(((EMAIL, EMAIL),), LMS.WhenMissing.CREATE),
    LMS.Policy.STUDENT_ID: Preset((("lis.person_sourcedid", "student_id"),), LMS.WhenMissing.REFUSE),
    LMS.Policy.EXPLICIT: Preset((), LMS.WhenMissing.REFUSE),
}


@dataclass(frozen=True)
class Rules:
    """An LMS's arrival rules as the decision needs them. `matchers` are (claim, target), in order."""

    matchers: tuple[tuple[str, str], ...] = ()
    email_domains: tuple[str, ...] = ()
    creates: bool = False
    asks_to_sign_in: bool = True


def rules_of(lms: LMS) -> Rules:
    """Return the rules in the LMS's own columns."""
    return Rules(
        matchers=tuple((claim, target) for claim, target in lms.matchers),
        email_domains=tuple(domain.lower() for domain in lms.email_domains),
        creates=lms.when_missing == LMS.WhenMissing.CREATE,
        asks_to_sign_in=lms.when_unproven == LMS.WhenUnproven.SIGN_IN,
    )


def read(rules: Rules, claims: Mapping[str, object]) -> tuple[Reading, ...]:
    """Read the claims of every matcher, and the e-mail as a witness where no matcher reads it.

    A known LMS account whose e-mail is another user's is flagged (rule 6), whatever its LMS matches by.
    """
    readings = [
        read_email(claims, claim, rules.email_domains) if target == EMAIL else read_id(claims, claim, target)
        for claim, target in rules.matchers
    ]
    email = read_email(claims, EMAIL, ())
    if email.value and not any(r.target == EMAIL and r.value == email.value for r in readings):
        readings.append(Reading(EMAIL, EMAIL, email.value, witness=True))
    return tuple(readings)
