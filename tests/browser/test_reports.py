"""The reports in Chromium: what is looked at rather than read fits a phone, and is there in the dark."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.story import Demo, picture, sign_in
from tests.browser.test_catalogue import LOOKS, cast, rollbook, stage
from tests.cast import Cast
from tests.training.stage import Stage, study

__all__ = ["cast", "rollbook", "stage"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("name", LOOKS)
def test_every_report_fits_and_its_chart_is_filled(
    browser: Browser, rollbook: Demo, cast: Cast, stage: Stage, name: str
) -> None:
    study(cast, stage)
    page = sign_in(browser.new_context(**LOOKS[name]), rollbook, "alice")
    for where, chart in (
        ("", "33 % completed"),
        (f"?course={stage.fire.pk}", "33 % completed"),
        ("users/", ""),
        ("attempts/", "44 % passed"),
    ):
        page.goto(f"{rollbook.rollbook}/console/reports/{where}")
        picture(page, f"reports-{name}-{where.strip('/').partition('=')[0].strip('?') or 'courses'}")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{where} is {wide} pixels too wide on a {name}"
        if chart:
            bar = page.get_by_role("img", name=chart).first
            expect(bar).to_be_visible()
            colours = bar.locator("rect").evaluate_all(
                "parts => parts.map(part => getComputedStyle(part).fill)"
            )
            assert len(set(colours)) == len(colours) > 1
