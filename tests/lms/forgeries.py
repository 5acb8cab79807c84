"""Every kind of launch that must be refused, and the reason that each must be given."""

import base64
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rollbook.lms import claim_refusals as claim
from rollbook.lms import login_refusals as login
from rollbook.lms import token_refusals as token
from rollbook.lms.refusal import LaunchRefused
from tests.lms.platform import MISSING, Visit, by_hand, rsa_key, sign

SHORT, OTHER_KEY = rsa_key("short", 1024), rsa_key("key-1-of-another", 2048)
HEADER = {"alg": "RS256", "kid": "key-1"}
FAR = {"aud": ["hillside", "another-tool"]}


@dataclass(frozen=True)
class Sent:
    """What arrives at Rollbook: the token, the state, and what the browser shows."""

    id_token: str
    state: str
    binding: str | None


Forgery = Callable[[Visit], Sent]


def sent(visit: Visit, id_token: str) -> Sent:
    """Return an arrival in which only the token may be wrong."""
    return Sent(id_token, visit.state, visit.binding)


def claiming(**changes: Any) -> Forgery:
    """Return a forgery with a good signature and these claims."""
    return lambda visit: sent(visit, visit.token(**changes))


def headed(**header: Any) -> Forgery:
    """Return a forgery with a good signature and these header members."""
    return lambda visit: sent(visit, visit.token(header))


def raw(text: str | bytes) -> Forgery:
    """Return a forgery whose token is this text."""
    return lambda visit: sent(visit, text if isinstance(text, str) else text.decode())


def in_seconds(seconds: float) -> int:
    """Return a time as tokens give it, that many seconds from now."""
    return int(time.time() + seconds)


def payload_changed(visit: Visit) -> Sent:
    """Change the payload and keep the signature."""
    header, _payload, signature = visit.token().split(".")
    other = visit.token(sub="h-alice").split(".")[1]
    return sent(visit, f"{header}.{other}.{signature}")


def signed_with_public_key(visit: Visit) -> Sent:
    """Sign with HS256, with the LMS's public key as the secret (RFC 8725, 2.1)."""
    signing_input = by_hand(HEADER | {"alg": "HS256"}, visit.claims(), b"").rstrip(".")
    mac = hmac.digest(rsa_key("key-1").as_pem(private=False), signing_input.encode(), "sha256")
    return sent(visit, f"{signing_input}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}")


def said_twice(visit: Visit) -> Sent:
    """Let one claim occur twice: parsers differ in which one they believe."""
    return sent(visit, sign(b'{"sub": "h-alice", ' + json.dumps(visit.claims()).encode()[1:]))


STATES: dict[str, tuple[type[LaunchRefused], Forgery]] = {
    "no state": (login.StateMissing, lambda v: Sent(v.token(), "", v.binding)),
    "a state that was made up": (login.StateUnknown, lambda v: Sent(v.token(), "made-up.x.y", v.binding)),
    "a state that was altered": (
        login.StateUnknown,
        lambda v: Sent(v.token(), "AB"[v.state[0] == "A"] + v.state[1:], v.binding),
    ),
    "a browser that shows nothing": (login.BrowserUnknown, lambda v: Sent(v.token(), v.state, None)),
    "another browser": (login.BrowserOther, lambda v: Sent(v.token(), v.state, "0" * 64)),
}

FORMS: dict[str, tuple[type[LaunchRefused], Forgery]] = {
    "not a token": (token.TokenMalformed, raw("hello")),
    "two parts": (token.TokenMalformed, raw("YQ.YQ")),
    "an encrypted token": (token.TokenEncrypted, raw("YQ.YQ.YQ.YQ.YQ")),
    "a header that is no base64url": (token.TokenMalformed, raw("!!.YQ.YQ")),
    "a header that is no JSON": (token.TokenMalformed, raw("YQ.YQ.YQ")),
    "a header that is a list": (token.TokenMalformed, lambda v: sent(v, by_hand([], {}))),
    "a header nested without end": (token.TokenMalformed, lambda v: sent(v, by_hand(b"[" * 20_000, {}))),
    "a signature that is missing": (
        token.TokenMalformed,
        lambda v: sent(v, by_hand(HEADER, v.claims(), b"")),
    ),
    "a token too large": (token.TokenTooLarge, claiming(custom="x" * 70_000)),
    "a header that says alg twice": (
        token.MemberTwice,
        lambda v: sent(v, by_hand(b'{"alg": "none", "alg": "RS256", "kid": "key-1"}', v.claims())),
    ),
    "a claim said twice": (token.MemberTwice, said_twice),
    "claims that are a list": (token.ClaimsNotAnObject, lambda v: sent(v, sign([v.claims()]))),
    "claims that are no JSON": (token.TokenMalformed, lambda v: sent(v, sign(b"hello"))),
    "a number without end": (token.TokenMalformed, lambda v: sent(v, sign(b'{"exp": Infinity}'))),
    "a number too large": (token.TokenMalformed, lambda v: sent(v, sign(b'{"exp": 1e999}'))),
}

KEYS: dict[str, tuple[type[LaunchRefused], Forgery]] = {
    "alg none": (token.AlgorithmNone, lambda v: sent(v, by_hand(HEADER | {"alg": "none"}, v.claims(), b""))),
    "alg nOnE": (token.AlgorithmNone, lambda v: sent(v, by_hand(HEADER | {"alg": "nOnE"}, v.claims()))),
    "alg missing": (token.AlgorithmUnknown, lambda v: sent(v, by_hand({"kid": "key-1"}, v.claims()))),
    "alg a list": (
        token.AlgorithmUnknown,
        lambda v: sent(v, by_hand(HEADER | {"alg": ["RS256"]}, v.claims())),
    ),
    "alg PS256": (token.AlgorithmUnknown, headed(alg="PS256")),
    "HS256 with the public key": (token.AlgorithmSymmetric, signed_with_public_key),
    "its own key": (token.KeyInHeader, headed(jwk=OTHER_KEY.as_dict(private=False))),
    "its own key set": (token.KeySetInHeader, headed(jku="https://mallory.example.com/jwks")),
    "its own certificate": (token.CertificateInHeader, headed(x5c=["MIIB"])),
    "its own certificate address": (
        token.CertificateAddressInHeader,
        headed(x5u="https://mallory.example.com/c"),
    ),
    "an unknown extension": (
        token.HeaderCritical,
        lambda v: sent(v, by_hand(HEADER | {"crit": ["exp"], "exp": 1}, v.claims())),
    ),
    "an unencoded payload": (
        token.PayloadUnencoded,
        lambda v: sent(v, by_hand(HEADER | {"b64": False}, v.claims())),
    ),
    "no key id": (token.KeyIdMissing, headed(kid=None)),
    "an empty key id": (token.KeyIdMissing, headed(kid="")),
    "a key id that is a number": (
        token.KeyIdMissing,
        lambda v: sent(v, by_hand(HEADER | {"kid": 1}, v.claims())),
    ),
    "a key that is too short": (token.KeyTooWeak, lambda v: sent(v, v.token({"kid": "short"}, SHORT))),
    "a key for encryption": (token.KeyUnusable, headed(kid="for-encryption")),
    "a key of another type": (token.KeyUnusable, headed(kid="elliptic")),
    "a key that is broken": (token.KeyUnusable, headed(kid="broken")),
    "the key of another": (token.SignatureWrong, lambda v: sent(v, v.token(key=OTHER_KEY))),
    "an altered payload": (token.SignatureWrong, payload_changed),
    "an altered signature": (
        token.SignatureWrong,
        lambda v: sent(v, by_hand(HEADER, v.claims(), b"x" * 256)),
    ),
}

PARTIES_AND_TIMES: dict[str, tuple[type[LaunchRefused], Forgery]] = {
    "iss missing": (claim.IssuerMissing, claiming(iss=MISSING)),
    "iss of another LMS": (claim.IssuerOther, claiming(iss="https://mallory.example.com")),
    "iss with a slash more": (claim.IssuerOther, claiming(iss="https://lms.example.org/")),
    "aud missing": (claim.AudienceMissing, claiming(aud=MISSING)),
    "aud an empty list": (claim.AudienceMissing, claiming(aud=[])),
    "aud of another tool": (claim.AudienceOther, claiming(aud="another-tool")),
    "aud a list of other tools": (
        claim.AudienceOther,
        claiming(aud=["another-tool", "a-third"], azp="hillside"),
    ),
    "aud an object": (claim.AudienceOther, claiming(aud={"hillside": 1})),
    "aud of several without azp": (claim.PartyMissing, claiming(**FAR)),
    "aud of several with another azp": (claim.PartyOther, claiming(**FAR, azp="another-tool")),
    "azp of another tool": (claim.PartyOther, claiming(azp="another-tool")),
    "exp missing": (claim.ExpiryMissing, claiming(exp=MISSING)),
    "exp null": (claim.ExpiryMissing, claiming(exp=None)),
    "exp a text": (claim.TimeMalformed, claiming(exp="tomorrow")),
    "exp true": (claim.TimeMalformed, claiming(exp=True)),
    "exp after the end of time": (claim.TimeMalformed, claiming(exp=10**30)),
    "expired": (claim.Expired, lambda v: sent(v, v.token(exp=in_seconds(-61)))),
    "iat missing": (claim.IssuedAtMissing, claiming(iat=MISSING)),
    "iat in the future": (claim.IssuedInFuture, lambda v: sent(v, v.token(iat=in_seconds(120)))),
    "iat long ago": (claim.IssuedLongAgo, lambda v: sent(v, v.token(iat=in_seconds(-700)))),
    "nbf in the future": (claim.NotYetValid, lambda v: sent(v, v.token(nbf=in_seconds(120)))),
    "nonce missing": (claim.NonceMissing, claiming(nonce=MISSING)),
    "nonce of another login": (claim.NonceOther, claiming(nonce="another")),
    "nonce a number": (claim.NonceOther, claiming(nonce=7)),
}

MESSAGES: dict[str, tuple[type[LaunchRefused], Forgery]] = {
    "sub missing": (claim.SubjectMissing, claiming(sub=MISSING)),
    "sub empty": (claim.SubjectEmpty, claiming(sub="")),
    "sub blank": (claim.SubjectEmpty, claiming(sub="  ")),
    "sub a number": (claim.SubjectEmpty, claiming(sub=7)),
    "sub too long": (claim.SubjectTooLong, claiming(sub="x" * 256)),
    "sub with U+0000": (claim.SubjectUnreadable, claiming(sub="ben\x00")),
    "sub with a line break": (claim.SubjectUnreadable, claiming(sub="ben\nbaker")),
    "sub with half a character": (claim.SubjectUnreadable, claiming(sub="ben\ud800")),
    "message_type missing": (claim.MessageTypeMissing, claiming(message_type=MISSING)),
    "message_type for content selection": (
        claim.MessageTypeOther,
        claiming(message_type="LtiDeepLinkingRequest"),
    ),
    "version missing": (claim.VersionMissing, claiming(version=MISSING)),
    "version 1.1": (claim.VersionOther, claiming(version="1.1")),
    "deployment missing": (claim.DeploymentMissing, claiming(deployment_id=MISSING)),
    "deployment empty": (claim.DeploymentMissing, claiming(deployment_id="")),
    "deployment too long": (claim.DeploymentMissing, claiming(deployment_id="1" * 256)),
    "deployment a number": (claim.DeploymentMissing, claiming(deployment_id=1)),
    "deployment unknown": (claim.DeploymentUnknown, claiming(deployment_id="2")),
    "deployment with a blank more": (claim.DeploymentUnknown, claiming(deployment_id="1 ")),
    "target missing": (claim.TargetMissing, claiming(target_link_uri=MISSING)),
    "target at another host": (claim.TargetOther, claiming(target_link_uri="https://mallory.example.com/")),
    "target of another link": (
        claim.TargetOther,
        claiming(target_link_uri="http://localhost/lti/launch?a=1"),
    ),
    "resource link missing": (claim.ResourceLinkMissing, claiming(resource_link=MISSING)),
    "resource link without id": (claim.ResourceLinkMissing, claiming(resource_link={"title": "Safety"})),
    "resource link a text": (claim.ResourceLinkMissing, claiming(resource_link="course-1")),
    "roles missing": (claim.RolesMissing, claiming(roles=MISSING)),
    "roles not texts": (claim.RolesMissing, claiming(roles=[1])),
    "a name with U+0000": (claim.TextUnreadable, claiming(given_name="Be\x00n")),
    "a title with half a character": (claim.TextUnreadable, claiming(context={"titles": ["\udc00"]})),
}

FORGERIES = STATES | FORMS | KEYS | PARTIES_AND_TIMES | MESSAGES
