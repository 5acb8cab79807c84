"""What the demo LMS tells of its people comes true in Rollbook, with the demo's own register."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from demo.cast import PEOPLE, PROFILES
from demo.people import Profile
from demo.register.loading import load
from rollbook.lms.models import Launch
from rollbook.people.models import UserAttribute
from tests.cast import outside_the_ledger
from tests.demo.conftest import demo_lms
from tests.interop.http_browser import HttpBrowser, Page
from tests.interop.processes import free_port

Outcome = Launch.Outcome
# In this order: Bea's story needs Ben's. (LMS, person, what is decided, whose user it is about)
STORIES = (
    ("hillside", "ben", Outcome.MATCHED, "bea"),
    ("hillside", "ben", Outcome.KNOWN, "bea"),
    ("hillside", "bea", Outcome.PROOF_ASKED, "bea"),
    ("hillside", "tom", Outcome.KNOWN, "tom"),
    ("hillside", "nina", Outcome.CREATED, "nina"),
    ("hillside", "ivy", Outcome.INACTIVE, "ivy"),
    ("hillside", "alice", Outcome.PROOF_ASKED, "alice"),
    ("valley", "omar", Outcome.MATCHED, "omar"),
    ("valley", "benjamin", Outcome.KNOWN, "benjamin"),
    ("valley", "olga", Outcome.MATCHED, "olga"),
    ("valley", "petra", Outcome.NOBODY, None),
    ("valley", "victor", Outcome.NOBODY, None),
)
E_MAIL = {person.key: person.email for person in PEOPLE} | {"nina": "nina.novak@example.edu"}


@pytest.fixture
def lms(
    live_server: LiveServer,
    transactional_db: None,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[str]:
    """Return the address of a demo LMS that launches into a Rollbook with the demo's register."""
    settings.PUBLIC_URL = live_server.url
    settings.MEDIA_ROOT = str(tmp_path / "media")
    # Tests that commit before this one have emptied the table that a migration filled.
    with outside_the_ledger():
        UserAttribute.objects.get_or_create(code="username", defaults={"label": "Username", "key": True})
        UserAttribute.objects.get_or_create(code="employee_id", defaults={"label": "Employee ID"})
    with demo_lms(tmp_path / "data", tmp_path / "log", free_port(), live_server.url) as address:
        monkeypatch.setenv("DEMO_LMS_URL", address)
        load()
        yield address


def launched(lms: str, profile: Profile) -> Page:
    """Launch in a new window with the profile as it is, in a browser of the person's own."""
    browser = HttpBrowser()
    form = browser.get(f"{lms}/{profile.lms}/{profile.person}/").form
    fields = {**form.fields, "role": "Learner", "where": "window"}
    page = browser.post(f"{lms}/{profile.lms}/{profile.person}/launch", fields)
    return browser.submit(page)


def test_every_story_of_the_demo_comes_true(lms: str) -> None:
    profiles = {(profile.lms, profile.person): profile for profile in PROFILES}
    assert {story[:2] for story in STORIES} == {key for key, profile in profiles.items() if profile.story}
    for where, who, outcome, whose in STORIES:
        page = launched(lms, profiles[where, who])
        launch = Launch.objects.latest("id")
        told = (launch.outcome, launch.user.email if launch.user else None)
        assert told == (outcome, E_MAIL[whose] if whose else None), page.text
    # Tom is himself, and the administrators see whose e-mail he has.
    flagged = Launch.objects.filter(contradicts__isnull=False, subject="1003").get()
    assert flagged.contradicts is not None
    assert flagged.contradicts.email == E_MAIL["uma"]
