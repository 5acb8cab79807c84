"""A merge in Chromium: an administrator finds Ben's second account, looks at both, merges, and takes it back."""

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.register.loading import PASSWORD
from rollbook.people.models import User
from tests.browser.story import Demo, picture, sign_in
from tests.browser.test_story import confirm, demo
from tests.snapshots import snapshot

__all__ = ["demo"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}


def choose_the_second_account(console: Page) -> None:
    """Go from the Users report by Ben's page to the review of the merge."""
    console.get_by_label("Search by name, e-mail or any ID").fill("ben.baker@")
    console.get_by_role("link", name="Ben Baker", exact=True).click()
    console.get_by_role("link", name="Merge User").click()
    expect(console.get_by_label("Benjamin Baker")).to_be_visible()
    picture(console, "merge-1-choose")
    for text, shown in (
        ("Zebedee", "No other user whom you may change fits"),
        ("00512077", "Student ID 00512077"),
    ):
        console.get_by_label("Search by name, e-mail or any ID").fill(text)
        console.get_by_role("button", name="Search", exact=True).click()
        expect(console.get_by_text(shown)).to_be_visible()
    console.get_by_label("Benjamin Baker").check()
    console.get_by_role("button", name="Review the merge").click()


def look_at(console: Page, name: str) -> None:
    """Take pictures on a desktop and a phone, light and dark, on neither of which anything scrolls sideways."""
    for width, size in (("desktop", DESKTOP), ("phone", PHONE)):
        console.set_viewport_size(size)
        for scheme in ("light", "dark"):
            console.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            picture(console, f"{name}-{width}-{scheme}")
        wide = console.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide, f"scrolls sideways on a {width}"
    console.set_viewport_size(DESKTOP)
    console.emulate_media(color_scheme="light")


def ben_is_told_once(browser: Browser, demo: Demo) -> None:
    """Sign in as Ben, close the notice with the keyboard, and find it gone."""
    ben = browser.new_context().new_page()
    ben.goto(f"{demo.rollbook}/learner/")
    ben.get_by_label("E-mail address, username or ID").fill("ben")
    ben.get_by_label("Password").fill(PASSWORD)
    ben.get_by_role("button", name="Sign in").click()
    notice = ben.get_by_role("complementary", name="Your accounts were joined")
    expect(notice).to_contain_text("benjamin.baker@example.net")
    look_at(ben, "merge-5-learner")
    ben.get_by_role("button", name="Close this notice").press("Enter")
    expect(notice).to_have_count(0)
    ben.reload()
    expect(ben.get_by_role("heading", name="Hello, Ben Baker")).to_be_visible()
    expect(notice).to_have_count(0)


def test_an_administrator_merges_bens_second_account_and_takes_it_back(browser: Browser, demo: Demo) -> None:
    before = snapshot()
    console = sign_in(browser.new_context(), demo, "carla")
    choose_the_second_account(console)
    button = console.get_by_role("button", name="Merge Benjamin Baker into Ben Baker")
    expect(button).to_be_visible()
    row = console.get_by_role("row").filter(has_text="Fire safety").filter(has_text="takes priority over one")
    expect(row).to_have_count(1)
    look_at(console, "merge-2-review")

    reason = console.get_by_label("Reason")
    reason.fill("He asked for it.")
    console.get_by_role("button", name="Swap Primary and duplicate").click()
    expect(console.get_by_role("button", name="Merge Ben Baker into Benjamin Baker")).to_be_visible()
    expect(reason).to_have_value("He asked for it.")
    picture(console, "merge-3-swapped")
    console.get_by_role("button", name="Swap Primary and duplicate").click()
    expect(button).to_be_visible()
    confirm(console, "Merge Benjamin Baker into Ben Baker", "He asked for it: one person, two addresses.")
    expect(console.locator("#messages")).to_contain_text("Merge Benjamin Baker into Ben Baker: done.")
    merged = console.get_by_role("region", name="Merged into this account")
    expect(merged).to_contain_text("Benjamin Baker")
    look_at(console, "merge-4-merged")
    assert User.objects.get(first_name="Benjamin").status == User.Status.INACTIVE

    ben_is_told_once(browser, demo)
    merged.get_by_role("link", name="Undo").click()
    confirm(console, "Take back", "They are two people after all.")
    expect(console.locator("#messages")).to_contain_text("done.")
    assert snapshot() == before
