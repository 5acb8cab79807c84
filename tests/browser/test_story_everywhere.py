"""The console by keyboard alone, on a phone, in the dark, and without JavaScript."""

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from demo.register.loading import PASSWORD
from rollbook.lms.models import Launch, LMSAccount
from tests.browser.story import Demo, picture, sign_in
from tests.cast import Cast, assemble

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """Return the cast, committed; Carla can sign in."""
    made = assemble()
    made.carla.set_password(PASSWORD)
    made.carla.save(update_fields=["password"])
    return made


@pytest.fixture
def rollbook(live_server: LiveServer, settings: Settings, cast: Cast) -> Demo:
    """Return where Rollbook is; no LMS is needed."""
    cache.clear()
    settings.PUBLIC_URL = live_server.url
    return Demo(live_server.url, "")


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the element of that name has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if name in page.evaluate("(e => [e.ariaLabel, e.innerText.trim(), e.name])(document.activeElement)"):
            return
    pytest.fail(f"Tab never comes to {name!r}")


def test_the_chevron_menu_and_the_reset_need_no_mouse(browser: Browser, rollbook: Demo, cast: Cast) -> None:
    page = sign_in(browser.new_context(), rollbook, "carla.clark@example.org")
    reset = page.get_by_role("link", name="Reset LMS Accounts")
    tab_to(page, "Actions for Ben Baker")
    page.keyboard.press("Enter")
    expect(reset).to_be_visible()
    page.keyboard.press("Escape")
    expect(reset).to_be_hidden()
    expect(page.get_by_role("button", name="Actions for Ben Baker")).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, "Reset LMS Accounts")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Reset LMS Accounts")).to_be_visible()
    tab_to(page, "declare_wrong")
    page.keyboard.press("Space")
    expect(page.get_by_text("be linked to Ben Baker again")).to_have_count(0)
    expect(page.get_by_label("h-ben is not Ben Baker")).to_be_focused()
    tab_to(page, "reason")
    page.keyboard.type("Without a mouse")
    tab_to(page, "Reset 1 LMS account")
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("done.")
    assert not LMSAccount.objects.filter(user=cast.ben).exists()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_nothing_scrolls_sideways(
    browser: Browser, rollbook: Demo, cast: Cast, scheme: str
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme)  # type: ignore[arg-type]  # one of the two
    page = sign_in(context, rollbook, "carla.clark@example.org")
    assert page.locator("html").get_attribute("data-bs-theme") == scheme
    ben, launch = cast.ben.pk, Launch.objects.latest("id").pk
    places = (
        "users/", f"users/{ben}/", f"users/{ben}/lms-accounts/", f"users/{ben}/launches/",
        f"users/{ben}/reset-lms-accounts/", "launches/", f"launches/{launch}/", "launches/try/", "queue/",
        "queue/cross-links/", "lmss/", f"lmss/{cast.hillside.pk}/", "locations/", "operations/",
    )  # fmt: skip
    wide = []
    for place in places:
        page.goto(f"{rollbook.rollbook}/console/{place}")
        picture(page, f"phone-{scheme}-{place.strip('/').replace('/', '-')}")
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(place)
    assert not wide


def test_the_reset_works_without_javascript(browser: Browser, rollbook: Demo, cast: Cast) -> None:
    page = sign_in(browser.new_context(java_script_enabled=False), rollbook, "carla.clark@example.org")
    page.get_by_label("Search by name, e-mail or any ID").fill("ben bakre")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("spelt alike")).to_be_visible()
    page.get_by_role("button", name="Actions for Ben Baker").click()
    page.get_by_role("link", name="Reset LMS Accounts").click()
    page.get_by_label("h-ben is not Ben Baker").check()
    page.get_by_role("button", name="Show what happens then").click()
    picture(page, "no-script-declared-wrong")
    expect(page.get_by_text("be linked to Ben Baker again")).to_have_count(0)
    page.get_by_label("Reason").fill("Without a script")
    page.get_by_role("button", name="Reset 1 LMS account").click()
    expect(page.locator("#messages")).to_contain_text("done.")
    assert not LMSAccount.objects.filter(user=cast.ben).exists()
