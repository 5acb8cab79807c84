"""The page of the API's documentation, in Chromium: it is drawn under the strict policy, and asks the API."""

import pytest
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from tests.cast import assemble, token

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_documentation_tries_a_request_out_with_a_token(
    live_server: LiveServer, browser: Browser
) -> None:
    cast = assemble()
    secret = token(cast, "users:view", location=cast.oak)[1]
    complaints: list[str] = []
    with browser.new_context(base_url=live_server.url) as context:
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/api/v1/docs")
        page.get_by_role("button", name="Authorize").click()
        page.get_by_role("textbox", name="auth-bearer-value").fill(secret)
        page.get_by_role("button", name="Apply credentials").click()
        page.get_by_role("button", name="Close").last.click()
        page.locator("#operations-tag-Users").click()
        listing = page.locator("#operations-Users-list_users")
        listing.locator(".opblock-summary-control").click()
        listing.get_by_role("button", name="Try it out").click()
        listing.get_by_role("button", name="Execute").click()
        answer = listing.locator(".live-responses-table tbody .response-col_description").first
        expect(answer).to_contain_text("ben.baker@example.org", timeout=30_000)
        expect(answer).not_to_contain_text("mallory")
    assert not complaints
