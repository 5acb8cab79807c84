"""What all browser tests need."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserType

from tests import run

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--test-third-party-cookie-phaseout"]


@pytest.fixture(scope="session")
def chromium(browser_type: BrowserType) -> Iterator[Browser]:
    """Return a Chromium that blocks third-party cookies."""
    made = browser_type.launch(executable_path=run.browser(), args=ARGUMENTS)
    yield made
    made.close()


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Browser]:
    """Return the Chromium, whose windows are closed after each test: some ask the server again and again."""
    yield chromium
    for context in chromium.contexts:
        context.close()
