"""The two tools in Chromium: [203] for a content role and [204] by category, and both taken back."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from rollbook.people.models import Location
from rollbook.training.catalogue import Category
from rollbook.training.records import Attempt, ChapterProgress, Status
from tests.browser.story import Demo, picture, sign_in
from tests.browser.test_story import confirm, demo
from tests.snapshots import snapshot

__all__ = ["demo"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def living(status: Status) -> int:
    return ChapterProgress.objects.filter(status=status, erased_at=None).count()


def take_back(console: Page) -> None:
    console.get_by_role("link", name="Undo").first.click()
    expect(console.get_by_role("heading", name="What goes back")).to_be_visible()
    picture(console, "resets-4-undo")
    confirm(console, re.compile("Take back"), "It was the wrong list.")
    expect(console.locator("#messages")).to_contain_text("done.")


def test_an_administrator_resets_a_content_role_of_a_location_and_takes_it_back(
    browser: Browser, demo: Demo
) -> None:
    before = snapshot()
    console = sign_in(browser.new_context(), demo, "carla")
    console.get_by_role("link", name="Reset Training Data [203]").first.click()
    picture(console, "resets-1-203")
    console.get_by_role("link", name="Content Role", exact=True).click()
    console.get_by_label("Or everybody in this location or below").select_option(
        str(Location.objects.get(name="School of Nursing").pk)
    )
    console.get_by_label("Nursing", exact=True).check()
    console.get_by_label("Revoke them").check()
    console.get_by_role("button", name="Show what will change").click()
    expect(console.get_by_text("Hand hygiene:")).to_be_visible()
    expect(console.get_by_text(re.compile("certificates.* are revoked"))).to_be_visible()
    picture(console, "resets-2-203-preview")
    confirm(console, re.compile("^Reset "), "The course was rewritten.")
    expect(console.locator("#messages")).to_contain_text("done.")
    picture(console, "resets-3-203-done")
    assert snapshot() != before

    take_back(console)
    assert snapshot() == before


def test_an_administrator_resets_what_is_in_progress_in_a_category_and_takes_it_back(
    browser: Browser, demo: Demo
) -> None:
    before, attempts, completed = snapshot(), Attempt.objects.count(), living(Status.COMPLETED)
    console = sign_in(browser.new_context(), demo, "alice")
    console.get_by_role("link", name="Reset In-Progress Data [204]").first.click()
    console.get_by_label("ID Number(s)").fill(f" {Category.objects.get(name='Safety').pk}, ")
    console.get_by_label("ID Type").select_option("category")
    picture(console, "resets-5-204")
    console.get_by_role("button", name="Show what will change").click()
    expect(console.get_by_text("Fire safety:")).to_be_visible()
    picture(console, "resets-6-204-preview")
    confirm(console, re.compile("^Reset "), "They asked for it.")
    expect(console.locator("#messages")).to_contain_text("done.")
    of_safety = ChapterProgress.objects.filter(chapter__course__title__in=["Fire safety", "Hand hygiene"])
    assert not of_safety.filter(status=Status.IN_PROGRESS).exists()
    assert (Attempt.objects.count(), living(Status.COMPLETED)) == (attempts, completed)

    take_back(console)
    assert snapshot() == before
