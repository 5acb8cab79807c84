"""Where the browser blocks cookies in frames, the page around the frame keeps small data for the tool.

Source: 1EdTech LTI Platform Storage 1.0 and LTI Client Side postMessages 1.0.
"""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from tests.demo.conftest import demo_lms
from tests.interop.processes import free_port

pytestmark = pytest.mark.browser

ASK = """message => new Promise(resolve => {
    addEventListener("message", event => resolve({origin: event.origin, ...event.data}), {once: true});
    parent.postMessage(message, "*");
    setTimeout(() => resolve(null), 300);
})"""


class StandIn(BaseHTTPRequestHandler):
    """A page of the tool, without a tool: these tests speak in its name."""

    def do_GET(self) -> None:
        """Say which page it is."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(f"<p>the tool at {urlsplit(self.path).path}</p>".encode())

    def log_message(self, *args: object) -> None:
        """Write nothing."""


@pytest.fixture(scope="module")
def tool() -> Iterator[str]:
    """Return the address of the stand-in."""
    with ThreadingHTTPServer(("127.0.0.1", 0), StandIn) as server:
        Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def lms(tool: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a demo LMS that launches into the stand-in."""
    folder: Path = tmp_path_factory.mktemp("demo-lms")
    with demo_lms(folder / "data", folder / "log", free_port(), tool) as address:
        yield address


def answers(
    browser: Browser, lms: str, messages: list[dict[str, Any]], *, host: str = "127.0.0.1"
) -> list[Any]:
    """Launch in a frame and return what the frame's messages are answered with, when it is at this host."""
    page = browser.new_page()
    page.goto(f"{lms}/hillside/ben/")
    page.get_by_role("button", name="Launch in a frame").click()
    page.frame_locator("iframe").get_by_text("the tool").wait_for()
    address = urlsplit(page.frames[1].url)
    if address.hostname != host:
        elsewhere = address._replace(netloc=f"{host}:{address.port}", path="/elsewhere").geturl()
        page.locator("iframe").evaluate("(frame, address) => { frame.src = address }", elsewhere)
        page.frame_locator("iframe").get_by_text("/elsewhere").wait_for()
    frame = page.frames[1]
    got = [frame.evaluate(ASK, message) for message in messages]
    page.close()
    return got


def test_what_is_put_is_got_back(browser: Browser, lms: str) -> None:
    put, got, forgotten, nothing = answers(
        browser,
        lms,
        [
            {"subject": "lti.put_data", "message_id": "1", "key": "state_1", "value": "secret"},
            {"subject": "lti.get_data", "message_id": "2", "key": "state_1"},
            {"subject": "lti.put_data", "message_id": "3", "key": "state_1", "value": None},
            {"subject": "lti.get_data", "message_id": "4", "key": "state_1"},
        ],
    )
    kept = {"key": "state_1", "value": "secret", "origin": lms}
    assert put == {"subject": "lti.put_data.response", "message_id": "1", **kept}
    assert got == {"subject": "lti.get_data.response", "message_id": "2", **kept}
    assert forgotten["message_id"] == "3"
    assert nothing.get("value") is None


def test_the_page_says_what_it_can(browser: Browser, lms: str) -> None:
    (able,) = answers(browser, lms, [{"subject": "lti.capabilities", "message_id": "1"}])
    subjects = {message["subject"] for message in able["supported_messages"]}
    assert subjects == {"lti.capabilities", "lti.put_data", "lti.get_data"}


def test_a_message_that_makes_no_sense_is_answered_with_an_error(browser: Browser, lms: str) -> None:
    unknown, without_key, too_long, other = answers(
        browser,
        lms,
        [
            {"subject": "lti.make_coffee", "message_id": "1"},
            {"subject": "lti.put_data", "message_id": "2", "value": "x"},
            {"subject": "lti.put_data", "message_id": "3", "key": "k", "value": "x" * 5000},
            {"subject": "weather", "message_id": "4"},
        ],
    )
    assert unknown["error"]["code"] == "unsupported_subject"
    assert without_key["error"]["code"] == "bad_request"
    assert too_long["error"]["code"] == "bad_request"
    assert other is None


def test_nothing_is_kept_for_a_page_that_is_not_the_tool(browser: Browser, lms: str) -> None:
    ask = [{"subject": "lti.capabilities", "message_id": "1"}]
    assert answers(browser, lms, ask) != [None]
    assert answers(browser, lms, ask, host="localhost") == [None]
