"""An address is read as browsers read it, or not at all."""

import pytest

from rollbook.common.origins import origin
from rollbook.lms.models import LMS
from rollbook.lms.origins import PRESENTATION, frame_origins


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://lms.example.org/a?b#c", "https://lms.example.org"),
        ("HTTPS://LMS.Example.ORG/", "https://lms.example.org"),
        ("https://lms.example.org:443/", "https://lms.example.org"),
        ("http://lms.example.org:80", "http://lms.example.org"),
        ("http://lms.example.org:8080/", "http://lms.example.org:8080"),
        ("http://[::1]:8000/", "http://[::1]:8000"),
        ("http://127.0.0.1/", "http://127.0.0.1"),
        ("https://lms_1.example.org/", "https://lms_1.example.org"),
    ],
)
def test_an_origin_is_scheme_host_and_an_unusual_port(url: str, expected: str) -> None:
    assert origin(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "lms.example.org",
        "//lms.example.org",
        "https:///path",
        "https://user@lms.example.org/",
        "https://lms.example.org@mallory.example.com/",
        "https://lms.example.org\\@mallory.example.com/",
        "https://lms.example.org/\n",
        "https://lms example.org/",
        "https://x;script-src *",
        "https://x'y/",
        "https://*.example.org/",
        "https://lms.example.org:99999/",
        "https://lms.example.org:x/",
        "https://[::1/",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://lms\x00.example.org/",
        "https://münchen.example.org/",
    ],
)
def test_anything_else_has_no_origin(url: str) -> None:
    assert origin(url) is None


def test_the_lms_and_the_page_to_return_to_may_frame_us() -> None:
    lms = LMS(issuer="https://canvas.example.org", auth_url="https://sso.example.org/auth")
    assert frame_origins(lms) == ["https://canvas.example.org", "https://sso.example.org"]
    claims = {PRESENTATION: {"return_url": "https://school.example.org/courses/1"}}
    assert "https://school.example.org" in frame_origins(lms, claims)


@pytest.mark.parametrize(
    "presentation", [None, "x", [], {}, {"return_url": 7}, {"return_url": "https://x;y"}]
)
def test_a_return_address_that_is_none_is_left_out(presentation: object) -> None:
    lms = LMS(issuer="an-issuer-without-address", auth_url="https://sso.example.org/auth")
    assert frame_origins(lms, {PRESENTATION: presentation}) == ["https://sso.example.org"]
