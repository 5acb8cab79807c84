"""What the registration of an LMS may be. Every refusal names the field, the reason and the remedy."""

import re
from collections.abc import Iterable, Sequence

from rollbook.common.origins import origin
from rollbook.common.text import control_characters
from rollbook.lms.claim_values import EMAIL
from rollbook.lms.models import LMS
from rollbook.people.models import UserAttribute

DOMAIN = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")
MAX_URL = 500


def text_problem(label: str, value: str, most: int, *, required: bool = True) -> str:
    """Return what is wrong with a text of at most `most` characters; "" where nothing is."""
    if not value:
        return f"{label} is missing." if required else ""
    if len(value) > most:
        return f"{label} is longer than {most} characters. Shorten it."
    if control_characters(value):
        return f"{label} has characters that cannot be seen. Type it again instead of pasting it."
    return ""


def url_problem(label: str, value: str, *, http_allowed: bool, required: bool = True) -> str:
    """Return what is wrong with an address of the LMS."""
    if not value and not required:
        return ""
    if problem := text_problem(label, value, MAX_URL):
        return problem
    where = origin(value)
    if where is None:
        return f"{label} is not an address that starts with https://. Copy it from the LMS."
    if where.startswith("http:") and not http_allowed:
        return f"{label} must start with https://, so that nobody on the way can read or change it."
    return ""


def matcher_problems(matchers: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return {`claim_<n>` or `target_<n>`: what is wrong with that half of matcher n}.

    A matcher is (claim, code of a Username attribute or `email`); one with two empty halves is none.
    """
    codes = {target for _, target in matchers}
    known = {EMAIL, *UserAttribute.objects.filter(code__in=codes, key=True).values_list("code", flat=True)}
    found = {}
    for n, (claim, target) in enumerate(matchers):
        if not (claim or target):
            continue
        if not target:
            found[f"target_{n}"] = f"Choose what the claim “{claim}” is matched on."
        elif target not in known:
            found[f"target_{n}"] = (
                f"There is no Username attribute “{target}”. Create it, give it the key, or match by another."
            )
        elif problem := text_problem(f"The claim that is matched with “{target}”", claim, 200):
            found[f"claim_{n}"] = problem
        elif (claim, target) in matchers[:n]:
            found[f"claim_{n}"] = "The same claim is matched with the same attribute twice. Remove one."
    return found


def domain_problem(domains: Iterable[str]) -> str:
    """Return which of the e-mail domains are none."""
    return " ".join(
        f"“{domain}” is not an e-mail domain. Write it like example.org, and one that is not in Latin letters as xn--..."
        for domain in domains
        if not DOMAIN.fullmatch(domain)
    )


def taken_problems(lms_id: int | None, name: str, issuer: str, client_id: str) -> dict[str, str]:
    """Return {field: sentence} where another LMS has this name, or this issuer with this client id."""
    others = LMS.objects.exclude(pk=lms_id) if lms_id else LMS.objects.all()
    found = {}
    if others.filter(name=name).exists():
        found["name"] = f"Another LMS is called {name}. Give this one a name of its own."
    if twin := others.filter(issuer=issuer, client_id=client_id).first():
        found["client_id"] = (
            f"{twin} has this issuer and client id already. Add the deployment there instead."
        )
    return found
