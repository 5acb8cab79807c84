"""What the registration of an LMS may be. Every refusal names the field, the reason and the remedy."""

import re
from collections.abc import Iterable

from rollbook.common.text import control_characters
from rollbook.lms.claim_values import EMAIL
from rollbook.lms.models import LMS
from rollbook.lms.origins import origin
from rollbook.people.models import UserAttribute

DOMAIN = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")
MAX_URL = 500


def text_refusal(label: str, value: str, most: int, *, required: bool = True) -> list[str]:
    """Return what is wrong with a text of at most `most` characters."""
    if not value:
        return [f"{label} is missing."] if required else []
    if len(value) > most:
        return [f"{label} is longer than {most} characters. Shorten it."]
    if control_characters(value):
        return [f"{label} has characters that cannot be seen. Type it again instead of pasting it."]
    return []


def url_refusal(label: str, value: str, *, http_allowed: bool, required: bool = True) -> list[str]:
    """Return what is wrong with an address of the LMS."""
    if not value and not required:
        return []
    if refusals := text_refusal(label, value, MAX_URL):
        return refusals
    where = origin(value)
    if where is None:
        return [f"{label} is not an address that starts with https://. Copy it from the LMS."]
    if where.startswith("http:") and not http_allowed:
        return [f"{label} must start with https://, so that nobody on the way can read or change it."]
    return []


def matcher_refusals(matchers: Iterable[tuple[str, str]]) -> list[str]:
    """Return what is wrong with the matchers: (claim, code of a Username attribute or `email`)."""
    pairs = list(matchers)
    codes = {target for _, target in pairs} - {EMAIL}
    known = set(UserAttribute.objects.filter(code__in=codes, key=True).values_list("code", flat=True))
    refusals = [
        f"There is no Username attribute “{code}”. Create it, give it the key, or match by another."
        for code in sorted(codes - known)
    ]
    for claim, target in pairs:
        refusals += text_refusal(f"The claim that is matched with “{target}”", claim, 200)
    if len(set(pairs)) < len(pairs):
        refusals.append("The same claim is matched with the same attribute twice. Remove one.")
    return refusals


def domain_refusals(domains: Iterable[str]) -> list[str]:
    """Return which of the e-mail domains are none."""
    return [
        f"“{domain}” is not an e-mail domain. Write it like example.org, and one that is not in Latin letters as xn--..."
        for domain in domains
        if not DOMAIN.fullmatch(domain)
    ]


def taken_refusals(lms_id: int | None, name: str, issuer: str, client_id: str) -> list[str]:
    """Return whether another LMS has this name, or this issuer with this client id."""
    others = LMS.objects.exclude(pk=lms_id) if lms_id else LMS.objects.all()
    refusals = []
    if others.filter(name=name).exists():
        refusals.append(f"Another LMS is called {name}. Give this one a name of its own.")
    if twin := others.filter(issuer=issuer, client_id=client_id).first():
        refusals.append(f"{twin} has this issuer and client id already. Add the deployment there instead.")
    return refusals
