"""Reading a signed token strictly: its form, its header, its signature (RFC 7515, RFC 7519, RFC 8725)."""

import base64
import binascii
import json
import math
import re
from typing import Any

from joserfc import errors, jwk, jws

from rollbook.lms import token_refusals as refused

ALGORITHMS = {"RS256": "RSA", "RS384": "RSA", "RS512": "RSA", "ES256": "EC"}
KEY_CLASSES: dict[str, type[jwk.RSAKey | jwk.ECKey]] = {"RSA": jwk.RSAKey, "EC": jwk.ECKey}
MAX_TOKEN = 64 * 1024
MIN_RSA_BITS = 2048
# Each of these would let the sender choose the key, or change how the token is read.
FORBIDDEN_HEADERS = {
    "jwk": refused.KeyInHeader,
    "jku": refused.KeySetInHeader,
    "x5c": refused.CertificateInHeader,
    "x5u": refused.CertificateAddressInHeader,
    "b64": refused.PayloadUnencoded,
    "crit": refused.HeaderCritical,
}
SEGMENT = re.compile(r"[A-Za-z0-9_-]+")


def read_header(token: str) -> dict[str, Any]:
    """Return the header of a compact token, once it has an allowed `alg`, a `kid`, and nothing forbidden."""
    if len(token) > MAX_TOKEN:
        raise refused.TokenTooLarge(f"{len(token)} characters, at most {MAX_TOKEN}")
    segments = token.split(".")
    if len(segments) == 5:
        raise refused.TokenEncrypted
    if len(segments) != 3:
        raise refused.TokenMalformed(f"{len(segments)} parts instead of 3")
    header = read_json(_decode(segments[0]))
    if not isinstance(header, dict):
        raise refused.TokenMalformed("the header is not an object")
    _check_algorithm(header.get("alg"))
    for name, refusal in FORBIDDEN_HEADERS.items():
        if name in header:
            raise refusal(f"{name}: {header[name]}")
    if not isinstance(header.get("kid"), str) or not header["kid"]:
        raise refused.KeyIdMissing
    if not segments[2]:
        raise refused.TokenMalformed("the signature is missing")
    return header


def read_claims(token: str, algorithm: str, public_key: dict[str, Any]) -> dict[str, Any]:
    """Return the claims of a token whose signature was made with `public_key` (a JWK)."""
    key = _import(public_key, algorithm)
    registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    registry.max_header_length = 4096
    try:
        payload = jws.deserialize_compact(token, key, registry=registry).payload
    except (errors.JoseError, ValueError) as error:
        raise refused.SignatureWrong(f"kid {public_key.get('kid')}") from error
    claims = read_json(payload)
    if not isinstance(claims, dict):
        raise refused.ClaimsNotAnObject
    return claims


def read_json(raw: bytes) -> object:
    """Return the JSON value in `raw`; a member that occurs twice and a number without end are refused."""
    try:
        return json.loads(raw.decode(), object_pairs_hook=_once, parse_constant=_finite, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise refused.TokenMalformed("not JSON") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise refused.MemberTwice(name)
        found[name] = value
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _decode(segment: str) -> bytes:
    if not SEGMENT.fullmatch(segment):
        raise refused.TokenMalformed("a part is not base64url")
    try:
        return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except binascii.Error as error:
        raise refused.TokenMalformed("a part is not base64url") from error


def _check_algorithm(algorithm: object) -> None:
    if isinstance(algorithm, str) and algorithm in ALGORITHMS:
        return
    name = algorithm.lower() if isinstance(algorithm, str) else ""
    if name == "none":
        raise refused.AlgorithmNone
    raise (refused.AlgorithmSymmetric if name.startswith("hs") else refused.AlgorithmUnknown)(
        f"alg: {algorithm}"
    )


def _import(public_key: dict[str, Any], algorithm: str) -> jwk.Key:
    """Return the key, once its type, use and algorithm allow verifying `algorithm` (RFC 7517, section 4)."""
    operations = public_key.get("key_ops", ["verify"])
    fits = (
        public_key.get("kty") == ALGORITHMS[algorithm]
        and public_key.get("use", "sig") == "sig"
        and public_key.get("alg", algorithm) == algorithm
        and isinstance(operations, list)
        and "verify" in operations
    )
    if not fits:
        raise refused.KeyUnusable(f"kid {public_key.get('kid')} for {algorithm}")
    if algorithm.startswith("RS") and (bits := _modulus_bits(public_key)) < MIN_RSA_BITS:
        raise refused.KeyTooWeak(f"kid {public_key.get('kid')}: {bits} bits")
    try:
        return KEY_CLASSES[ALGORITHMS[algorithm]].import_key(public_key)
    except (errors.JoseError, ValueError, TypeError, KeyError) as error:
        raise refused.KeyUnusable(f"kid {public_key.get('kid')}") from error


def _modulus_bits(public_key: dict[str, Any]) -> int:
    try:
        return int.from_bytes(_decode(public_key["n"])).bit_length()
    except (KeyError, TypeError, refused.TokenMalformed) as error:
        raise refused.KeyUnusable(f"kid {public_key.get('kid')}: no modulus (n)") from error
