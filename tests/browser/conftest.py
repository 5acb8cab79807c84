"""What all browser tests need."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserType

from tests import run

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--test-third-party-cookie-phaseout"]


@pytest.fixture(scope="session", autouse=True)
def waiting_is_allowed() -> Iterator[None]:
    """Let the test speak to the database while Chromium runs.

    Playwright's waiting runs an event loop in this thread, which Django takes for a view that must not wait.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture(scope="session")
def browser(browser_type: BrowserType) -> Iterator[Browser]:
    """Return a Chromium that blocks third-party cookies."""
    made = browser_type.launch(executable_path=run.browser(), args=ARGUMENTS)
    yield made
    made.close()
