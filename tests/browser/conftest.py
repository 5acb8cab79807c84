"""What all browser tests need."""

from collections.abc import Generator, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, BrowserType, Error, Frame

from tests import run

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--test-third-party-cookie-phaseout",
    # A launch leads a frame from Rollbook to the LMS and back. Where each of them is a process of its own and the
    # machine is busy, Playwright hears of both changes at once and loses the frame, which stands there all the same.
    "--disable-site-isolation-trials",
]


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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say with a failure what stood in the browser: some come once in many runs, and are not seen again."""
    report = yield
    context = getattr(item, "funcargs", {}).get("context")
    if report.when == "call" and report.failed and isinstance(context, BrowserContext):
        frames = [_shown(frame) for page in context.pages for frame in page.frames]
        report.sections.append(("what stood in the browser", "\n\n".join(frames)))
    return report


def _shown(frame: Frame) -> str:
    try:
        return f"{frame.url}\n{frame.locator('body').inner_text(timeout=1_000)}"
    except Error as error:
        return f"{frame.url}\n{error}"
