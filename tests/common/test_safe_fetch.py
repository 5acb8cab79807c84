"""A request to somebody else's address has an end, and never reaches inside our own network."""

import socket
import threading
import time
from typing import Any

import pytest

from rollbook.common import safe_fetch
from rollbook.common.safe_fetch import FetchFailed, ask, fetch, is_near, is_outside
from tests.web_server import body, serving

METADATA = ["fd00:ec2::254", "fd20:ce::254", "192.0.0.192", "168.63.129.16", "100.100.100.200"]
INSIDE = [
    "127.0.0.1",
    "127.8.9.10",
    "::1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "fe80::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "0.0.0.0",  # noqa: S104  # an address to refuse, nothing listens on it
    "::",
    "224.0.0.1",
    "ff02::1",
    "255.255.255.255",
    "192.0.2.1",
    "198.18.0.1",
    "240.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "fe80::1%eth0",
    "fec0::1",
    "feff:ffff::1",
    "64:ff9b:1:a00:0:100:808:808",
    *METADATA,
]
HUGE_LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: " + 30 * b"9" + b"\r\n\r\nx"
HUGE_CHUNK = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + 30 * b"f" + b"\r\nx"


@pytest.mark.parametrize("address", INSIDE)
def test_an_inside_address_is_not_outside(address: str) -> None:
    assert not is_outside(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:8.8.8.8"])
def test_a_public_address_is_outside(address: str) -> None:
    assert is_outside(address)


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "fe80::1",
        "224.0.0.1",
        "0.0.0.0",  # noqa: S104  # refused
        "64:ff9b::c000:c0",
        *METADATA,
    ],
)
def test_cloud_metadata_and_multicast_are_not_even_opened_for_a_demo(address: str) -> None:
    assert not is_near(address)


def test_an_answer_is_returned() -> None:
    with serving(body('{"keys": []}')) as server:
        assert fetch(server.url, allow_inside=True) == b'{"keys": []}'
    assert server.requests[0].startswith(f"GET /jwks HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n")


def test_an_answer_in_chunks_is_put_together() -> None:
    raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    with serving(lambda connection: connection.sendall(raw)) as server:
        assert fetch(server.url, allow_inside=True) == b"abcde"


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
    ],
)
def test_whoever_does_not_hang_up_has_answered_all_the_same(raw: bytes) -> None:
    asked = threading.Event()

    def stay(connection: socket.socket) -> None:
        connection.sendall(raw)
        asked.wait(30)

    with serving(stay) as server:
        assert ask(server.url, allow_inside=True, seconds=20).status in {202, 204}
        asked.set()


def test_a_body_is_posted_with_its_headers() -> None:
    with serving(body("thanks", "202 Accepted")) as server:
        answer = ask(server.url, allow_inside=True, headers={"Content-Type": "text/plain"}, body=b"hello")
    assert (answer.status, answer.body) == (202, b"thanks")
    assert server.requests[0].startswith("POST /jwks HTTP/1.1\r\n")
    assert "\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n" in server.requests[0]
    assert server.requests[0].endswith("\r\n\r\nhello")


def test_of_a_long_answer_the_beginning_is_returned() -> None:
    with serving(body(b"x" * 100_000, "500 Internal Server Error")) as server:
        answer = ask(server.url, allow_inside=True, max_bytes=1024)
    assert (answer.status, answer.cut) == (500, True)
    assert set(answer.body) == {ord("x")}
    assert 900 < len(answer.body) <= 1024


def test_an_inside_address_is_not_reached() -> None:
    with serving(body("{}")) as server, pytest.raises(FetchFailed, match=r"https://"):
        fetch(server.url, allow_inside=False)
    with serving(body("{}")) as server, pytest.raises(FetchFailed, match="private network"):
        fetch(server.url.replace("http:", "https:"), allow_inside=False)
    assert server.requests == []


def test_a_name_with_one_inside_address_is_not_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safe_fetch.socket, "getaddrinfo", _answering("93.184.216.34", "10.0.0.5"))
    with pytest.raises(FetchFailed, match="private network"):
        fetch("https://lms.example.org/jwks", allow_inside=False)


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    with serving(body("hello")) as server:

        def first_here_then_there(host: str, *_rest: Any, **_named: Any) -> list[Any]:
            asked.append(host)
            address = "127.0.0.1" if len(asked) == 1 else "169.254.169.254"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, server.port))]

        real = socket.getaddrinfo
        monkeypatch.setattr(
            safe_fetch.socket,
            "getaddrinfo",
            lambda host, *rest, **named: (
                first_here_then_there(host) if host == "rebinding.example.org" else real(host, *rest, **named)
            ),
        )
        url = f"http://rebinding.example.org:{server.port}/jwks"
        assert fetch(url, allow_inside=True) == b"hello"
    assert asked == ["rebinding.example.org"]
    assert f"Host: rebinding.example.org:{server.port}" in server.requests[0]


def test_a_redirect_is_not_followed() -> None:
    with (
        serving(body("{}")) as inner,
        serving(body("", "302 Found", f"Location: {inner.url}")) as server,
        pytest.raises(FetchFailed, match="302 instead of 200; redirects are not followed"),
    ):
        fetch(server.url, allow_inside=True)
    assert inner.requests == []


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-Slow: "]
)
def test_an_answer_that_drips_is_given_up_in_time(head: bytes) -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(head)
        for _second in range(100):
            connection.sendall(b"x")
            time.sleep(0.05)

    with serving(drip) as server:
        begun = time.monotonic()
        with pytest.raises(FetchFailed, match=r"within 0\.4 seconds"):
            fetch(server.url, allow_inside=True, seconds=0.4)
        assert time.monotonic() - begun < 2.5


def test_a_server_that_never_shakes_hands_is_given_up_in_time() -> None:
    with serving(lambda connection: time.sleep(3)) as server:
        begun = time.monotonic()
        with pytest.raises(FetchFailed):
            fetch(server.url.replace("http:", "https:"), allow_inside=True, seconds=0.4)
        assert time.monotonic() - begun < 2.5


def test_a_name_that_takes_too_long_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safe_fetch.socket, "getaddrinfo", lambda *_args, **_named: time.sleep(2))
    begun = time.monotonic()
    with pytest.raises(FetchFailed, match=r"lms\.example\.org was not found"):
        fetch("https://lms.example.org/jwks", allow_inside=True, seconds=0.2)
    assert time.monotonic() - begun < 1.5


def test_a_huge_answer_is_not_read_to_its_end() -> None:
    with serving(body(b"x" * 5_000_000)) as server, pytest.raises(FetchFailed, match="larger than 512 KiB"):
        fetch(server.url, allow_inside=True)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (body("", "500 Internal Server Error"), "500 instead of 200"),
        (lambda connection: None, "could not be read"),
        (lambda connection: connection.sendall(b"hello"), "could not be read"),
        (
            lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"),
            "could not be read",
        ),
        (lambda connection: connection.sendall(HUGE_LENGTH), "could not be read"),
        (lambda connection: connection.sendall(HUGE_CHUNK), "could not be read"),
    ],
)
def test_a_broken_answer_says_what_is_wrong(answer: Any, said: str) -> None:
    with serving(answer) as server, pytest.raises(FetchFailed, match=said):
        fetch(server.url, allow_inside=True)


def test_a_host_is_asked_for_as_it_was_read() -> None:
    with serving(body("ok")) as server:
        url = server.url.replace("127.0.0.1", "loo\u212aup.example.org")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(safe_fetch, "_resolve", lambda *_asked: ["127.0.0.1"])
            assert fetch(url, allow_inside=True) == b"ok"
    assert f"Host: lookup.example.org:{server.port}" in server.requests[0]


def test_a_server_that_is_down_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(FetchFailed, match="could not be read"):
        fetch(f"http://127.0.0.1:{port}/", allow_inside=True)


@pytest.mark.parametrize(
    "url",
    ["ftp://lms.example.org/", "file:///etc/passwd", "https://user@lms.example.org/", "https://", "jwks"],
)
def test_only_web_addresses_are_fetched(url: str) -> None:
    with pytest.raises(FetchFailed):
        fetch(url, allow_inside=True)


def test_a_certificate_that_is_not_trusted_is_refused() -> None:
    with serving(body("{}")) as server, pytest.raises(FetchFailed, match="certificate or encryption"):
        fetch(server.url.replace("http:", "https:"), allow_inside=True)


def _answering(*addresses: str) -> Any:
    return lambda *_args, **_named: [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443)) for one in addresses
    ]
