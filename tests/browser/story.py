"""The people of the story in their browsers: a learner in the demo LMS, an administrator in the console."""

from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from demo.register.loading import PASSWORD

PICTURES = Path(__file__).parents[2] / "test-results" / "story"


@dataclass(frozen=True)
class Demo:
    """Where the two are, as in the demo: Rollbook by number, the LMS by name, which makes them two sites."""

    rollbook: str
    lms: str


def picture(page: Page, name: str) -> None:
    """Store a picture of the whole page, to look at."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


def sign_in(context: BrowserContext, demo: Demo, username: str) -> Page:
    """Sign in to the console, and return the page: the Users report."""
    page = context.new_page()
    page.goto(f"{demo.rollbook}/console/users/")
    page.get_by_label("E-mail address, username or ID").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Users", exact=True)).to_be_visible()
    return page
