"""The whole story, in Chromium: Ben is taken for Bea, the administrator repairs it, and takes the repair back.

The demo LMS runs as in the demo, with the demo's register, and third-party cookies are blocked.
"""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from demo.register.loading import load
from rollbook.ledger.models import OperationRecord
from rollbook.lms.models import DeclaredWrong, Launch, LMSAccount
from rollbook.people.models import User, UserAttribute
from tests.browser.story import Demo, picture, sign_in
from tests.cast import outside_the_ledger
from tests.demo.conftest import demo_lms
from tests.interop.processes import free_port
from tests.snapshots import snapshot

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
REASON = "Ben Baker wrote that he sees Bea's page."


@pytest.fixture
def demo(
    live_server: LiveServer,
    transactional_db: None,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Demo]:
    """Return the two addresses of a demo whose register is loaded."""
    cache.clear()
    rollbook = f"http://127.0.0.1:{urlsplit(live_server.url).port}"
    settings.PUBLIC_URL = rollbook
    settings.MEDIA_ROOT = str(tmp_path / "media")
    # Tests that commit before this one have emptied the table that a migration filled.
    with outside_the_ledger():
        UserAttribute.objects.get_or_create(code="username", defaults={"label": "Username", "key": True})
        UserAttribute.objects.get_or_create(code="employee_id", defaults={"label": "Employee ID"})
    with demo_lms(tmp_path / "data", tmp_path / "log", free_port(), rollbook) as lms:
        monkeypatch.setenv("DEMO_LMS_URL", lms)
        load()
        yield Demo(rollbook, lms)


def launch_in_window(page: Page, demo: Demo) -> Page:
    """Launch as Ben in a new window, and return it."""
    page.goto(f"{demo.lms}/hillside/ben/")
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Launch in a new window").click()
    return opened.value


def launch_in_frame(page: Page, demo: Demo, email: str = "") -> FrameLocator:
    """Launch as Ben in a frame, with his e-mail in the LMS changed first where one is given."""
    page.goto(f"{demo.lms}/hillside/ben/")
    if email:
        page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Launch in a frame").click()
    return page.frame_locator("iframe")


def greeted(place: Page | FrameLocator, name: str) -> None:
    """Check whom Rollbook takes the learner for."""
    expect(place.get_by_role("heading", name=f"Hello, {name}")).to_be_visible()


def find_bea(console: Page) -> None:
    """Search for Bea with two typing errors."""
    console.get_by_role("link", name="Users", exact=True).first.click()
    console.get_by_label("Search by name, e-mail or any ID").fill("bae brwon")
    expect(console.get_by_text("spelt alike")).to_be_visible()
    expect(console.get_by_role("row").filter(has_text="Bea Brown")).to_be_visible()


def open_reset(console: Page) -> None:
    """Open the preview of the reset from the chevron of Bea's row."""
    console.get_by_role("button", name="Actions for Bea Brown").click()
    console.get_by_role("link", name="Reset LMS Accounts").click()
    expect(console.get_by_text("Reset 1 LMS account of Bea Brown")).to_be_visible()


def confirm(console: Page, button: str, reason: str = REASON) -> None:
    """Give the reason and do it."""
    console.get_by_label("Reason").fill(reason)
    console.get_by_role("button", name=button).click()


def test_a_learner_who_is_taken_for_somebody_else_in_a_window(browser: Browser, demo: Demo) -> None:
    ben = browser.new_context().new_page()
    window = launch_in_window(ben, demo)
    greeted(window, "Bea Brown")
    picture(window, "1-window-ben-is-greeted-as-bea")
    console = sign_in(browser.new_context(), demo, "alice")
    find_bea(console)
    picture(console, "2-users-report-typing-error")
    open_reset(console)
    expect(console.get_by_text("would link 1001 to Bea Brown again").first).to_be_visible()
    picture(console, "3-reset-preview-links-again")
    console.get_by_label("1001 is not Bea Brown").check()
    expect(console.get_by_text("would link 1001 to Bea Brown again")).to_have_count(0)
    expect(console.get_by_label("1001 is not Bea Brown")).to_be_checked()
    picture(console, "4-reset-preview-declared-wrong")
    before = snapshot()
    confirm(console, "Reset 1 LMS account")
    done = console.locator("#messages")
    expect(done).to_contain_text("Reset 1 LMS account of Bea Brown: done.")
    expect(done.get_by_role("link", name="Undo")).to_be_visible()
    picture(console, "5-reset-done")

    again = launch_in_window(ben, demo)
    expect(again.get_by_text("fits a user who, as an administrator has found, is not you")).to_be_visible()
    picture(again, "6-window-ben-is-no-longer-bea")
    assert not LMSAccount.objects.filter(user__email="bea.brown@example.edu").exists()

    console.get_by_role("link", name="Operations", exact=True).first.click()
    console.get_by_role("link", name="Reset 1 LMS account of Bea Brown").click()
    expect(console.get_by_text(REASON)).to_be_visible()
    picture(console, "7-operation")
    console.get_by_role("link", name="Undo").click()
    picture(console, "8-undo-preview")
    confirm(console, "Take back 2 rows", "It was right after all.")
    expect(console.locator("#messages")).to_contain_text("done.")
    picture(console, "9-undone")
    assert snapshot() == before
    assert not DeclaredWrong.objects.exists()


def test_in_a_frame_the_administrator_stays_signed_in_and_an_undo_shows_what_stands_against_it(
    browser: Browser, demo: Demo
) -> None:
    context: BrowserContext = browser.new_context()
    console = sign_in(context, demo, "carla")
    course = context.new_page()
    greeted(launch_in_frame(course, demo), "Bea Brown")
    # The LMS puts the e-mail right. Its account leads to Bea all the same, and now that shows.
    greeted(launch_in_frame(course, demo, "ben.baker@example.edu"), "Bea Brown")
    picture(course, "frame-1-ben-is-greeted-as-bea")
    find_bea(console)
    expect(console.get_by_role("row").filter(has_text="Bea Brown")).to_contain_text("Possible cross-link")
    picture(console, "frame-2-possible-cross-link")
    before = snapshot()
    open_reset(console)
    expect(console.get_by_text("would be linked to Ben Baker")).to_be_visible()
    confirm(console, "Reset 1 LMS account")
    expect(console.locator("#messages")).to_contain_text("done.")

    greeted(launch_in_frame(course, demo), "Ben Baker")
    assert Launch.objects.latest("id").outcome == Launch.Outcome.MATCHED

    console.locator("#messages").get_by_role("link", name="Undo").click()
    expect(console.get_by_role("heading", name="What stands against it")).to_be_visible()
    expect(console.get_by_role("button", name="Take back")).to_have_count(0)
    picture(console, "frame-3-undo-conflict")
    console.get_by_label("Take these rows back as well").check()
    expect(console.get_by_role("button", name="Take back")).to_be_visible()
    picture(console, "frame-4-undo-conflict-included")
    confirm(console, "Take back", "Ben and Bea are the same person.")
    expect(console.locator("#messages")).to_contain_text("done.")
    assert snapshot() == before
    assert OperationRecord.objects.filter(verb="undo").latest("id").actor_user == User.objects.get(
        email="carla.clark@example.edu"
    )
    greeted(launch_in_frame(course, demo), "Bea Brown")
