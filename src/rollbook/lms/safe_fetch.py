"""Fetching what an LMS publishes, without becoming somebody's way into our own network.

OWASP's rules against server-side request forgery: every address of the name is checked, and the connection
goes to the very address that was checked, so that a name which changes its answer in between (DNS rebinding)
gains nothing.
"""

import ipaddress
import socket
import ssl
import string
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException, HTTPResponse
from io import BytesIO
from urllib.parse import SplitResult, quote, urlsplit

from rollbook.lms.origins import PORTS, origin

SECONDS = 5.0
MAX_BYTES = 512 * 1024
TRANSLATED = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
# All other IPv6 addresses are special (RFC 4291, 2.4), among them site-local ones, which Python takes for global.
UNICAST = ipaddress.ip_network("2000::/3")
# The system's resolver knows no time limit; a name that never answers keeps one of these busy, and no other.
RESOLVERS = ThreadPoolExecutor(max_workers=4, thread_name_prefix="resolve")


class FetchFailed(Exception):
    """The address did not give what was asked for; the message says why, in plain words."""


def fetch(url: str, *, allow_inside: bool, seconds: float = SECONDS, max_bytes: int = MAX_BYTES) -> bytes:
    """Return the body of a GET that answers 200 within `seconds` in all and `max_bytes` with headers.

    Redirects are not followed. With `allow_inside` plain http and loopback or private addresses are open too
    (demo, tests, an LMS on the same campus network); link-local (cloud metadata) and multicast never are.
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
            connection.sendall(_request(parts))
            raw = _read(connection, deadline, max_bytes)
        return _body(raw)
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
        if any(address in network for network in TRANSLATED):
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        return address.ipv4_mapped or address.sixtofour or address
    return address


def is_outside(text: str) -> bool:
    """Return whether an IP address belongs to the public internet."""
    address = _plain(text)
    if isinstance(address, ipaddress.IPv6Address) and (address.teredo or address not in UNICAST):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def is_near(text: str) -> bool:
    """Return whether an IP address is this machine's own or of a private network (never cloud metadata)."""
    address = _plain(text)
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


def _request(parts: SplitResult) -> bytes:
    path = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=string.punctuation)
    lines = (
        f"GET {path} HTTP/1.1",
        f"Host: {parts.netloc}",
        "Accept: application/json",
        "User-Agent: Rollbook",
        "Connection: close",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def _read(connection: socket.socket, deadline: float, max_bytes: int) -> bytes:
    """Return everything the other side sends until it closes; the time left shrinks with every piece."""
    raw = bytearray()
    while True:
        connection.settimeout(_left(deadline))
        piece = connection.recv(65536)
        if not piece:
            return bytes(raw)
        raw += piece
        if len(raw) > max_bytes:
            raise FetchFailed(f"It is larger than {max_bytes // 1024} KiB.")


class _Recorded:
    """An answer that was read already, in the shape in which `HTTPResponse` expects a socket."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    def makefile(self, _mode: str) -> BytesIO:
        return BytesIO(self.raw)


def _body(raw: bytes) -> bytes:
    response = HTTPResponse(_Recorded(raw))  # type: ignore[arg-type]  # only makefile() is used
    response.begin()
    if response.status != 200:
        hint = "; redirects are not followed" if 300 <= response.status < 400 else ""
        raise FetchFailed(f"It answered {response.status} instead of 200{hint}.")
    return response.read()
