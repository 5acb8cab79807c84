"""Cookies that work inside an LMS's frame: partitioned ones (CHIPS), which browsers keep apart for each LMS."""

import re
import secrets
from http.cookies import Morsel
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from rollbook.lms.models import LMS

KEY = re.compile(r"[A-Za-z0-9_-]{43}")
PROBE = "rollbook-probe"


class PartitionedMorsel(Morsel[str]):
    """A cookie for third-party frames. Python's own cookies know the attribute from 3.14 on only."""

    def OutputString(self, attrs: Any = None) -> str:  # noqa: N802  # the standard library's name
        """Return the header's value."""
        return super().OutputString(attrs) + "; Partitioned"


def make_partitioned(response: HttpResponseBase, name: str) -> None:
    """Turn a cookie that the response sets, if it does, into one that works in a frame of another site."""
    plain = response.cookies.get(name)
    if plain is None:
        return
    made = PartitionedMorsel()
    made.set(plain.key, plain.value, plain.coded_value)
    made.update(plain)
    made.update({"samesite": "None", "secure": "yes"})
    dict.__setitem__(response.cookies, name, made)


def browser_key(request: HttpRequest) -> str | None:
    """Return the secret that tells this browser from others while it logs in, if it has one."""
    key = request.COOKIES.get(_key_name(request), "")
    return key if KEY.fullmatch(key) else None


def new_browser_key() -> str:
    """Return a new secret (256 bits)."""
    return secrets.token_urlsafe(32)


def keep_browser_key(request: HttpRequest, response: HttpResponse, key: str, lms: LMS) -> None:
    """Set the cookie with the secret, and one beside it that a script can see: whether cookies are kept at all.

    The LMS sends its message by POST, so that the cookie must be sent across sites too; that takes https, or, for a
    demo on one machine, an address that browsers trust like https. An LMS on the very same host needs none of it.
    """
    response.set_cookie(_key_name(request), key, path="/", httponly=True, samesite="Lax")
    response.set_cookie(PROBE, "1", path="/", max_age=60, samesite="Lax")
    if request.is_secure() or urlsplit(lms.auth_url).hostname != urlsplit(f"//{request.get_host()}").hostname:
        make_partitioned(response, _key_name(request))
        make_partitioned(response, PROBE)


def _key_name(request: HttpRequest) -> str:
    # The prefix makes browsers refuse the cookie from other hosts of the same domain; it takes https.
    return "__Host-rollbook-browser" if request.is_secure() else "rollbook-browser"
