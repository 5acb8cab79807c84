"""Requests to addresses that others gave us, without becoming somebody's way into our own network.

OWASP's rules against server-side request forgery: every address of the name is checked, and the connection
goes to the very address that was checked, so that a name which changes its answer in between (DNS rebinding)
gains nothing.
"""

import ipaddress
import re
import socket
import ssl
import string
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse, IncompleteRead
from io import BytesIO
from urllib.parse import SplitResult, quote, urlsplit

from rollbook.common.origins import PORTS, origin

SECONDS = 5.0
MAX_BYTES = 512 * 1024
TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
# The same within one network (RFC 8215), where the IPv4 address may stand anywhere.
TRANSLATED_INSIDE = ipaddress.ip_network("64:ff9b:1::/48")
# Where clouds tell a machine its secrets, besides link-local addresses: AWS, Google, Oracle, Azure, Alibaba.
METADATA = frozenset(
    map(
        ipaddress.ip_address,
        ("fd00:ec2::254", "fd20:ce::254", "192.0.0.192", "168.63.129.16", "100.100.100.200"),
    )
)
# All other IPv6 addresses are special (RFC 4291, 2.4), among them site-local ones, which Python takes for global.
UNICAST = ipaddress.ip_network("2000::/3")
# The system's resolver knows no time limit; a name that never answers keeps one of these busy, and no other.
RESOLVERS = ThreadPoolExecutor(max_workers=4, thread_name_prefix="resolve")
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,15})[ \t]*\r\n", re.IGNORECASE)
CHUNKED = re.compile(rb"\r\ntransfer-encoding:[ \t]*chunked[ \t]*\r\n", re.IGNORECASE)


class FetchFailed(Exception):
    """The address did not give what was asked for; the message says why, in plain words."""


@dataclass(frozen=True)
class Answer:
    """What came back, or its beginning where it was `cut`."""

    status: int
    body: bytes
    cut: bool


def fetch(url: str, *, allow_inside: bool, seconds: float = SECONDS, max_bytes: int = MAX_BYTES) -> bytes:
    """Return the body of a GET that answers 200, as `ask` asks. Raises `FetchFailed`, also where it is too large."""
    answer = ask(url, allow_inside=allow_inside, seconds=seconds, max_bytes=max_bytes)
    if answer.cut:
        raise FetchFailed(f"It is larger than {max_bytes // 1024} KiB.")
    if answer.status != 200:
        raise FetchFailed(f"It answered {answer.status} instead of 200{hint(answer.status)}.")
    return answer.body


def hint(status: int) -> str:
    """Return what there is to know about the status of an answer that is none."""
    return "; redirects are not followed" if 300 <= status < 400 else ""


def ask(
    url: str,
    *,
    allow_inside: bool,
    seconds: float = SECONDS,
    max_bytes: int = MAX_BYTES,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> Answer:
    """Return what comes within `seconds` in all for a GET, or for a POST of `body`: `max_bytes` of it with its headers.

    Redirects are not followed. With `allow_inside` plain http and loopback or private addresses are open too
    (demo, tests, a system on the same campus network); link-local (cloud metadata) and multicast never are.
    Raises `FetchFailed`.
    """
    deadline = time.monotonic() + seconds
    parts = urlsplit(url)
    if origin(url) is None or (parts.scheme != "https" and not allow_inside):
        raise FetchFailed("The address must begin with https:// and have no user name.")
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    try:
        addresses = _resolve(host, port, deadline)
        _refuse_inside(addresses, allow_inside=allow_inside)
        with (
            _connect(addresses, port, deadline) as plain,
            _secure(plain, host, parts.scheme, deadline) as connection,
        ):
            connection.sendall(_request(parts, headers or {"Accept": "application/json"}, body))
            raw = _read(connection, deadline, max_bytes)
        return _answer(raw[:max_bytes], cut=len(raw) > max_bytes)
    except TimeoutError as error:
        raise FetchFailed(f"It did not answer in full within {seconds:g} seconds.") from error
    except ssl.SSLError as error:
        raise FetchFailed(f"Its certificate or encryption is not in order ({error.reason}).") from error
    except (OSError, HTTPException) as error:
        raise FetchFailed(f"It could not be read ({type(error).__name__}).") from error


def _resolve(host: str, port: int, deadline: float) -> list[str]:
    asked = RESOLVERS.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    try:
        found = asked.result(_left(deadline))
    except (OSError, UnicodeError) as error:
        asked.cancel()
        raise FetchFailed(f"The name {host} was not found.") from error
    return [str(one[4][0]) for one in found]


def _refuse_inside(addresses: list[str], *, allow_inside: bool) -> None:
    for text in addresses:
        if not is_outside(text) and not (allow_inside and is_near(text)):
            raise FetchFailed("It leads to an address inside a private network.")


def _plain(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the address; an IPv4 address that is wrapped in IPv6 comes out of its wrapping."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address in TRANSLATED:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        return address.ipv4_mapped or address.sixtofour or address
    return address


def is_outside(text: str) -> bool:
    """Return whether an IP address belongs to the public internet."""
    address = _plain(text)
    if isinstance(address, ipaddress.IPv6Address) and (address.teredo or address not in UNICAST):
        return False
    if address in METADATA:
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def is_near(text: str) -> bool:
    """Return whether an IP address is this machine's own or of a private network (never cloud metadata)."""
    address = _plain(text)
    if address in METADATA or address in TRANSLATED_INSIDE:
        return False
    return address.is_loopback or (
        address.is_private and not (address.is_link_local or address.is_multicast or address.is_unspecified)
    )


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _connect(addresses: list[str], port: int, deadline: float) -> socket.socket:
    """Return a connection to the first address that takes one: an IPv6 address may lead nowhere from here."""
    tried = addresses[:3]
    for place, address in enumerate(tried):
        try:
            return socket.create_connection((address, port), timeout=_left(deadline) / (len(tried) - place))
        except OSError:
            if place == len(tried) - 1:
                raise
    raise FetchFailed("The name has no address.")


def _secure(plain: socket.socket, host: str, scheme: str, deadline: float) -> socket.socket:
    if scheme == "http":
        return plain
    plain.settimeout(_left(deadline))
    return ssl.create_default_context().wrap_socket(plain, server_hostname=host)


def _request(parts: SplitResult, headers: Mapping[str, str], body: bytes | None) -> bytes:
    path = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=string.punctuation)
    lines = [
        f"{'GET' if body is None else 'POST'} {path} HTTP/1.1",
        # As it was read: "K" may be the sign of kelvin.
        f"Host: {(origin(parts.geturl()) or '').partition('://')[2]}",
        *(f"{name}: {value}" for name, value in headers.items()),
        *([] if body is None else [f"Content-Length: {len(body)}"]),
        "User-Agent: Rollbook",
        "Connection: close",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii") + (body or b"")


def _read(connection: socket.socket, deadline: float, max_bytes: int) -> bytes:
    """Return all that comes, or a little more than is wanted; the time left shrinks with every piece."""
    raw = bytearray()
    while len(raw) <= max_bytes and not _is_whole(raw):
        connection.settimeout(_left(deadline))
        piece = connection.recv(65536)
        if not piece:
            break
        raw += piece
    return bytes(raw)


def _is_whole(raw: bytearray) -> bool:
    """Say whether all has come that the head announces: not everybody closes when asked to."""
    end = raw.find(b"\r\n\r\n") + 2
    if end < 2:
        return False
    if CHUNKED.search(raw, 0, end):
        return raw.endswith(b"\r\n0\r\n\r\n")
    length = LENGTH.search(raw, 0, end)
    return raw[9:12] == b"204" if length is None else len(raw) - end - 2 >= int(length[1])


class _Recorded:
    """An answer that was read already, in the shape in which `HTTPResponse` expects a socket."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    def makefile(self, _mode: str) -> BytesIO:
        return BytesIO(self.raw)


def _answer(raw: bytes, *, cut: bool) -> Answer:
    response = HTTPResponse(_Recorded(raw))  # type: ignore[arg-type]  # only makefile() is used
    response.begin()
    try:
        body = response.read()
    except IncompleteRead as error:
        if not cut:
            raise
        body = error.partial
    except OverflowError as error:
        raise HTTPException from error  # it announces more than there is anywhere
    return Answer(response.status, body, cut)
