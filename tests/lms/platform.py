"""An LMS for tests: it begins logins and signs launch messages, good ones and any other kind."""

import base64
import json
import time
import warnings
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.utils import timezone
from joserfc import jws
from joserfc.jwk import ECKey, Key, RSAKey

from rollbook.lms import logins
from rollbook.lms.claims import LTI
from rollbook.lms.models import LMS, KeySet

OURS = "http://localhost"
TARGET = f"{OURS}/lti/launch"
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "HS256", "none"]
BROWSER_KEY = "the-key-of-this-browser-which-is-long-enough"


class Missing:
    """Marks a claim that is left out."""


MISSING = Missing()


@cache
def rsa_key(kid: str, bits: int = 2048) -> RSAKey:
    """Return an RSA key that is made once for the whole run."""
    with warnings.catch_warnings(action="ignore"):
        return RSAKey.generate_key(bits, {"kid": kid})


@cache
def ec_key(kid: str) -> ECKey:
    """Return a P-256 key that is made once for the whole run."""
    return ECKey.generate_key("P-256", {"kid": kid})


def publish(lms: LMS, *keys: dict[str, Any]) -> None:
    """Put keys into the cache, as if the LMS's key set had been fetched just now."""
    now = timezone.now()
    KeySet.objects.update_or_create(
        url=lms.key_set_url, defaults={"keys": {"keys": list(keys)}, "fetched_at": now, "asked_at": now}
    )


@dataclass
class Visit:
    """One login that an LMS began for one browser."""

    lms: LMS
    state: str
    binding: str
    nonce: str

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Return the claims of a good launch, changed; names of LTI claims are short here (`version`)."""
        now = int(time.time())
        link = {"id": "course-1", "title": "Safety at work"}
        good = {
            "iss": self.lms.issuer,
            "aud": self.lms.client_id,
            "sub": "h-ben",
            "exp": now + 300,
            "iat": now,
            "nonce": self.nonce,
            "given_name": "Ben",
            "family_name": "Baker",
            "email": "ben.baker@example.org",
            "message_type": "LtiResourceLinkRequest",
            "version": "1.3.0",
            "deployment_id": "1",
            "target_link_uri": TARGET,
            "resource_link": link,
            "roles": ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"],
        }
        return {
            LTI + name if name in LTI_CLAIMS else name: value
            for name, value in (good | changes).items()
            if value is not MISSING
        }

    def token(self, header: dict[str, Any] | None = None, key: Key | None = None, **changes: Any) -> str:
        """Return a signed token with these claims."""
        return sign(self.claims(**changes), header, key)


LTI_CLAIMS = {"message_type", "version", "deployment_id", "target_link_uri", "resource_link", "roles"}


def begin(lms: LMS, browser_key: str = BROWSER_KEY, **request: str) -> Visit:
    """Begin a login as the LMS does, and return what its other half needs."""
    asked = {
        "iss": lms.issuer,
        "client_id": lms.client_id,
        "login_hint": "ben",
        "target_link_uri": TARGET,
    } | request
    login = logins.begin(
        logins.LoginRequest(**asked), our_origin=OURS, redirect_uri=TARGET, browser_key=browser_key
    )
    query = parse_qs(urlsplit(login.auth_request).query)
    return Visit(lms, login.state, login.binding, query["nonce"][0])


def sign(claims: object, header: dict[str, Any] | None = None, key: Key | None = None) -> str:
    """Return a compact token; `header` is merged over a good one (None removes a member)."""
    merged = {"alg": "RS256", "kid": "key-1", "typ": "JWT"} | (header or {})
    payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    registry = jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    registry.max_payload_length = registry.max_header_length = 10**6
    kept = {name: value for name, value in merged.items() if value is not None}
    with warnings.catch_warnings(action="ignore"):
        return jws.serialize_compact(kept, payload, key or rsa_key("key-1"), registry=registry)


def by_hand(header: object, claims: object, signature: bytes = b"x") -> str:
    """Return a token put together without any library, with whatever is wrong with it."""
    parts = (part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, claims))
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (*parts, signature))
