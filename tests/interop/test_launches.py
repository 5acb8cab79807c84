"""Launches from LMSs that are not ours go through login, authentication and launch, or are refused."""

import pytest

from rollbook.lms.models import LMS, Launch, LMSAccount
from rollbook.people.models import User
from tests.cast import outside_the_ledger
from tests.interop.conftest import BEN
from tests.interop.http_browser import HttpBrowser, Page
from tests.interop.platforms import Person, Platform


def test_a_person_is_matched_and_at_the_next_launch_known(
    platform: Platform, lms: LMS, ben: User, bens_browser: HttpBrowser, rollbook: str
) -> None:
    for outcome in (Launch.Outcome.MATCHED, Launch.Outcome.KNOWN):
        landed = bens_browser.submit(platform.begin(bens_browser, BEN, ""))
        assert (landed.status, landed.url.startswith(rollbook)) == (200, True)
        assert "Ben" in landed.text
        launch = Launch.objects.latest("id")
        assert (launch.outcome, launch.user, launch.deployment_id) == (outcome, ben, platform.deployment_id)
    assert LMSAccount.objects.get().subject == "77-ben"


def test_a_known_account_leads_to_its_user_whatever_the_e_mail_says(
    platform: Platform, lms: LMS, ben: User, bens_browser: HttpBrowser
) -> None:
    with outside_the_ledger():
        LMSAccount.objects.create(lms=lms, subject="77-ben", user=ben, lms_user_id="LMSBEN000001")
    landed = bens_browser.submit(
        platform.begin(bens_browser, Person("77-ben", "Ben", "Baker", "new@example.org"), "")
    )
    assert landed.status == 200
    assert Launch.objects.get().user == ben


def test_somebody_new_is_created_with_their_name(
    platform: Platform, lms: LMS, bens_browser: HttpBrowser
) -> None:
    landed = bens_browser.submit(
        platform.begin(bens_browser, Person("9", "Zoë", "Novak", "zoe@example.org"), "")
    )
    assert landed.status == 200
    made = User.objects.get()
    assert (made.full_name, made.email, made.location) == ("Zoë Novak", "zoe@example.org", lms.location)
    assert Launch.objects.get().outcome == Launch.Outcome.CREATED


@pytest.mark.parametrize(
    ("spoil", "reason"), [("for another tool", "audience-other"), ("expired", "expired")]
)
def test_a_launch_that_is_not_good_is_refused(
    platform: Platform, ben: User, bens_browser: HttpBrowser, spoil: str, reason: str
) -> None:
    refused = bens_browser.submit(platform.begin(bens_browser, BEN, spoil))
    assert_refused(refused, reason)
    assert not Launch.objects.exists()
    assert not LMSAccount.objects.exists()


def test_a_launch_is_accepted_once(platform: Platform, ben: User, bens_browser: HttpBrowser) -> None:
    page = platform.begin(bens_browser, BEN, "")
    assert bens_browser.submit(page).status == 200
    assert_refused(bens_browser.submit(page), "state-used")
    assert Launch.objects.count() == 1


def test_a_launch_is_not_accepted_from_another_browser(
    platform: Platform, ben: User, bens_browser: HttpBrowser
) -> None:
    page = platform.begin(bens_browser, BEN, "")
    assert_refused(HttpBrowser().submit(page), "browser-unknown")
    mallory = HttpBrowser()
    platform.begin(mallory, BEN, "")
    assert_refused(mallory.submit(page), "browser-other")
    assert not Launch.objects.exists()


def assert_refused(page: Page, reason: str) -> None:
    assert page.status in {400, 403}
    assert f"<code>{reason}</code>" in page.text
