"""One OIDC login on its way (1EdTech Security Framework 1.0, 5.1.1): begun, found again, used once.

Rollbook's row ties state, nonce, LMS, target and browser together and holds hashes only. The state is signed
as well, so that an invented one costs no query and a used one can be told from an invented one.
"""

import hashlib
import hmac
import json
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.core import signing
from django.db import connection
from django.db.models import Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from rollbook.common.origins import origin
from rollbook.lms import login_refusals as refused
from rollbook.lms.key_sets import CachedKeys
from rollbook.lms.models import LMS, Login
from rollbook.lms.registrations import find_lms

LIFETIME = timedelta(minutes=10)
# Whoever knows an LMS's public client id may begin logins; at 100 a second these are 33 minutes of them.
MOST_PENDING = 200_000
MAX_PARAMETER = 8000
MAX_TARGET = 1000
# Signs states; "." keeps them free of characters that addresses escape.
SIGNER_SALT = "rollbook.lms.login"
FRAME_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
# In SQL, because every launch asks it: to compose it from querysets costs 4 ms of CPU.
FIND = """
    SELECT m.*, l.id AS login_id, l.nonce_hash, l.browser_hash, l.target, l.expires_at,
      ARRAY(SELECT deployment_id FROM rollbook_deployment d WHERE d.lms_id = m.id) AS deployment_ids,
      k.keys AS cached_keys, k.fetched_at AS keys_fetched_at
    FROM rollbook_login l JOIN rollbook_lms m ON m.id = l.lms_id
      LEFT JOIN rollbook_key_set k ON k.url = m.key_set_url
    WHERE l.state_hash = %s
"""


@dataclass(frozen=True)
class LoginRequest:
    """What an LMS sends to begin a launch (LTI 1.3 core, 4.1; OpenID Connect Core 1.0, section 4)."""

    iss: str = ""
    login_hint: str = ""
    target_link_uri: str = ""
    client_id: str = ""
    lti_deployment_id: str = ""
    lti_message_hint: str = ""
    lti_storage_target: str = ""


@dataclass(frozen=True)
class BegunLogin:
    """A login that has a row: where to send the browser and what it must show afterwards."""

    lms: LMS
    state: str
    binding: str
    frame: str
    auth_request: str


@dataclass(frozen=True)
class LoginPage:
    """Where a login began: the name of the LMS's storage frame ("" for none), and the page's origin if known."""

    frame: str = ""
    origin: str = ""


@dataclass(frozen=True)
class PendingLogin:
    """A login found again by its state, with all that verifying needs, in one query."""

    row: Login
    deployments: frozenset[str]
    cached_keys: CachedKeys


def begin(
    request: LoginRequest, *, our_origin: str, redirect_uri: str, browser_key: str, page: str = ""
) -> BegunLogin:
    """Write the login's row and return where to send the browser.

    `browser_key` is the secret that this browser keeps in a cookie; `our_origin` is like
    `https://rollbook.example.org`, and so is `page`: the origin of the page on which the login began, if known.
    """
    for name in ("iss", "login_hint", "target_link_uri"):
        if not getattr(request, name):
            raise refused.LoginIncomplete(f"{name} is missing")
    for name, value in vars(request).items():
        if len(value) > MAX_PARAMETER or "\x00" in value:
            raise refused.ParameterTooLong(name)
    lms = find_lms(request.iss, request.client_id, request.lti_deployment_id)
    target = request.target_link_uri
    if len(target) > MAX_TARGET or origin(target) != our_origin:
        raise refused.TargetElsewhere(target, lms=lms)
    frame = request.lti_storage_target if FRAME_NAME.fullmatch(request.lti_storage_target) else ""
    state, nonce = _new_state(frame, page), secrets.token_urlsafe(32)
    binding = bind(browser_key, state)
    Login.objects.create(
        state_hash=_sha256(state),
        nonce_hash=_sha256(nonce),
        browser_hash=_sha256(binding),
        lms=lms,
        target=target,
        expires_at=timezone.now() + LIFETIME,
    )
    return BegunLogin(lms, state, binding, frame, _auth_request(lms, request, redirect_uri, state, nonce))


def bind(browser_key: str, state: str) -> str:
    """Return what shows that the browser with this key began this login, and nothing about others."""
    return hmac.new(browser_key.encode(), state.encode(), hashlib.sha256).hexdigest()


def read_state(state: str) -> LoginPage:
    """Return what a state of ours carries, or refuse the state."""
    if not state:
        raise refused.StateMissing
    try:
        value: str = _signer().unsign(state, max_age=LIFETIME)
    except signing.SignatureExpired as error:
        raise refused.StateExpired from error
    except signing.BadSignature as error:
        raise refused.StateUnknown from error
    _random, frame, page = value.split(".")
    return LoginPage(frame, urlsafe_base64_decode(page).decode())


def find(state: str) -> PendingLogin:
    """Return the login of `state`, with its LMS, deployments and cached keys; it stays unused."""
    read_state(state)
    state_hash = _sha256(state)
    found: Any = next(iter(LMS.objects.raw(FIND, [state_hash])), None)
    if found is None:
        raise refused.StateUsed
    row = Login(
        id=found.login_id,
        state_hash=state_hash,
        nonce_hash=found.nonce_hash,
        browser_hash=found.browser_hash,
        lms=found,
        target=found.target,
        expires_at=found.expires_at,
    )
    # Django has PostgreSQL hand JSON over as text.
    cached = CachedKeys(json.loads(found.cached_keys or "{}"), found.keys_fetched_at)
    return PendingLogin(row, frozenset(found.deployment_ids), cached)


def use_up(login: Login) -> None:
    """Use the login up; of two that try at once, one is refused."""
    # One statement: Django's delete would ask for three, and every launch does this.
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM rollbook_login WHERE id = %s", [login.pk])
        if not cursor.rowcount:
            raise refused.StateUsed


def purge(most: int = MOST_PENDING) -> int:
    """Remove logins that nobody came back from, and all but the `most` newest; return how many."""
    over = timezone.now() - LIFETIME
    newest = Login.objects.order_by("-pk").values("pk")[most : most + 1]
    # Counted from the newest one down, an empty answer leaves all.
    return Login.objects.filter(Q(expires_at__lt=over) | Q(pk__lte=Coalesce(Subquery(newest), 0))).delete()[0]


def same(given: str, stored_hash: bytes | memoryview) -> bool:
    """Return whether `given` is the text that was stored as a hash, in constant time."""
    return hmac.compare_digest(_sha256(given), bytes(stored_hash))


def _signer() -> signing.TimestampSigner:
    return signing.TimestampSigner(sep=".", salt=SIGNER_SALT)


def _new_state(frame: str, page: str) -> str:
    value = ".".join((secrets.token_urlsafe(24), frame, urlsafe_base64_encode(page.encode())))
    signed: str = _signer().sign(value)
    return signed


def _sha256(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _auth_request(lms: LMS, request: LoginRequest, redirect_uri: str, state: str, nonce: str) -> str:
    """Return the authentication request (1EdTech Security Framework 1.0, 5.1.1.2) as an address."""
    ours = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": lms.client_id,
        "redirect_uri": redirect_uri,
        "login_hint": request.login_hint,
        "state": state,
        "nonce": nonce,
    }
    if request.lti_message_hint:
        ours["lti_message_hint"] = request.lti_message_hint
    parts = urlsplit(lms.auth_url)
    kept = [
        (name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in ours
    ]
    query = urlencode(kept + list(ours.items()))
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))
