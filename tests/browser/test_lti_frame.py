"""A launch in an LMS's frame, in a real Chromium: with cookies of other sites blocked, and with no cookies at all."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.security import SecurityMiddleware
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from rollbook.lms.models import Launch
from rollbook.people.models import User
from tests.browser.lms_site import Site, lms_site
from tests.cast import Cast, assemble

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "correct horse battery staple"


@pytest.fixture
def rollbook(live_server: LiveServer, settings: Settings) -> str:
    """Return the address of a running Rollbook."""
    cache.clear()
    settings.PUBLIC_URL = live_server.url
    return live_server.url


@pytest.fixture
def cast(rollbook: str, transactional_db: None) -> Cast:
    """Return the cast, committed."""
    return assemble()


@pytest.fixture
def site(rollbook: str, cast: Cast) -> Iterator[Site]:
    """Return an LMS at another site (127.0.0.1) than Rollbook (localhost)."""
    with lms_site(rollbook, cast.hillside, "127.0.0.1") as made:
        yield made


@pytest.fixture
def context(browser: Browser) -> BrowserContext:
    """Return a window's cookies and storage, of its own; the browser blocks third-party cookies."""
    return browser.new_context()


@pytest.fixture
def no_cookies(context: BrowserContext, monkeypatch: pytest.MonkeyPatch) -> BrowserContext:
    """Return a browser that has no cookies whatever of Rollbook's frames.

    The outermost middleware drops them on their way to a frame: a browser that is set to refuse them needs a profile of
    its own, with which Chromium now and then hung for ever.
    """
    plain = SecurityMiddleware.process_response

    def without_cookies(self: SecurityMiddleware, request: HttpRequest, response: HttpResponseBase) -> Any:
        if request.headers.get("Sec-Fetch-Dest") == "iframe":
            response.cookies.clear()
        return plain(self, request, response)

    monkeypatch.setattr(SecurityMiddleware, "process_response", without_cookies)
    return context


def greeting(place: Any) -> Any:
    """Return where the learner's page says hello."""
    return place.get_by_role("heading", name="Hello, Ben")


def open_course(context: BrowserContext, site: Site, *, storage: bool = False) -> Page:
    """Open the course, in which Rollbook opens in a frame."""
    page = context.new_page()
    page.goto(site.course(storage=storage))
    return page


@pytest.mark.parametrize("storage", [False, True])
def test_with_third_party_cookies_blocked_a_learner_arrives_and_stays_in_the_frame(
    context: BrowserContext, site: Site, *, storage: bool
) -> None:
    page = open_course(context, site, storage=storage)
    frame = page.frame_locator("iframe")
    expect(greeting(frame)).to_be_visible()
    page.frames[1].goto(f"{site.tool}/learner/")
    expect(greeting(frame)).to_be_visible()
    session = next(cookie for cookie in context.cookies() if cookie["name"] == "sessionid")
    assert (session["sameSite"], session["secure"]) == ("None", True)
    assert session["partitionKey"]


def test_a_cookie_of_the_frame_is_none_of_the_window(context: BrowserContext, site: Site) -> None:
    page = open_course(context, site)
    expect(greeting(page.frame_locator("iframe"))).to_be_visible()
    window = context.new_page()
    window.goto(f"{site.tool}/learner/")
    expect(window.get_by_role("heading", name="Sign in")).to_be_visible()


def test_without_any_cookies_and_without_storage_a_new_window_is_offered_before_the_lms_is_asked(
    no_cookies: BrowserContext, site: Site
) -> None:
    page = open_course(no_cookies, site)
    frame = page.frame_locator("iframe")
    link = frame.get_by_role("link", name="Continue in a new window")
    expect(link).to_be_visible()
    assert "/auth" not in site.asked
    with no_cookies.expect_page() as opened:
        link.click()
    expect(greeting(opened.value)).to_be_visible()


def test_without_any_cookies_the_lmss_storage_carries_the_launch_and_a_new_window_the_session(
    no_cookies: BrowserContext, site: Site
) -> None:
    page = open_course(no_cookies, site, storage=True)
    frame = page.frame_locator("iframe")
    button = frame.get_by_role("button", name="Continue in a new window")
    expect(button).to_be_visible()
    assert Launch.objects.latest("id").outcome == Launch.Outcome.KNOWN
    with no_cookies.expect_page() as opened:
        button.click()
    expect(greeting(opened.value)).to_be_visible()


def give_password(user: User) -> None:
    """Let a user be able to prove anything."""
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])


def prove(place: Any, user: User) -> None:
    """Sign in on the page that asks for a proof."""
    place.get_by_label("E-mail address, username or ID").fill(user.email)
    place.get_by_label("Password").fill(PASSWORD)
    place.get_by_role("button", name="Sign in and link").click()


def test_a_learner_proves_who_they_are_inside_the_frame(
    context: BrowserContext, site: Site, cast: Cast
) -> None:
    give_password(cast.ben)
    site.claims = {"sub": "another-id-of-ben"}
    frame = open_course(context, site).frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Show that it is you")).to_be_visible()
    prove(frame, cast.ben)
    expect(greeting(frame)).to_be_visible()


def test_staff_go_on_in_a_window_of_their_own(context: BrowserContext, site: Site, cast: Cast) -> None:
    give_password(cast.carla)
    site.claims = {"sub": "h-carla", "email": cast.carla.email}
    frame = open_course(context, site).frame_locator("iframe")
    with context.expect_page() as opened:
        frame.get_by_role("button", name="Continue in a new window").click()
    prove(opened.value, cast.carla)
    expect(opened.value.get_by_role("heading", name="Hello, Carla")).to_be_visible()


def test_a_page_that_is_not_the_lms_cannot_frame_the_session(
    context: BrowserContext, site: Site, cast: Cast, rollbook: str
) -> None:
    page = open_course(context, site)
    expect(greeting(page.frame_locator("iframe"))).to_be_visible()
    with lms_site(rollbook, cast.valley, "127.0.0.1") as mallorys:
        other = context.new_page()
        other.goto(mallorys.course())
        with pytest.raises(Error, match="ERR_BLOCKED_BY_RESPONSE"):
            other.frames[1].goto(f"{rollbook}/learner/")


def test_no_page_breaks_the_strict_policy(context: BrowserContext, site: Site, rollbook: str) -> None:
    said: list[str] = []
    context.on("console", lambda message: said.append(message.text))
    page = open_course(context, site, storage=True)
    expect(greeting(page.frame_locator("iframe"))).to_be_visible()
    assert not [text for text in said if "Content Security Policy" in text]
