"""A live Rollbook, and the LMSs that launch into it."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from rollbook.lms.models import LMS, Deployment
from rollbook.people.models import Location, User
from tests.cast import outside_the_ledger, user
from tests.interop.http_browser import HttpBrowser
from tests.interop.platforms import PLATFORMS, Person, Platform

BEN = Person("77-ben", "Ben", "Baker", "ben.baker@example.org")


@pytest.fixture(scope="session", params=PLATFORMS)
def platform(
    request: pytest.FixtureRequest, live_server: LiveServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    """Return each of the LMSs in turn; it runs for all tests of the session."""
    with PLATFORMS[request.param](live_server.url, tmp_path_factory.mktemp(request.param)) as running:
        yield running


@pytest.fixture(autouse=True)
def rollbook(live_server: LiveServer, settings: Settings) -> str:
    """Return Rollbook's address, of which it knows itself."""
    settings.PUBLIC_URL = live_server.url
    return str(live_server.url)


@pytest.fixture
def lms(platform: Platform, transactional_db: None) -> LMS:
    """Register the LMS in Rollbook: it matches by e-mail and creates whom it does not find."""
    with outside_the_ledger():
        location = Location.objects.create(name="North")
        registered = LMS.objects.create(
            name="Another platform",
            issuer=platform.issuer,
            client_id=platform.client_id,
            auth_url=platform.auth_url,
            key_set_url=platform.key_set_url,
            token_url=platform.token_url,
            policy=LMS.Policy.EMAIL,
            matchers=[["email", "email"]],
            email_domains=["example.org"],
            when_missing=LMS.WhenMissing.CREATE,
            location=location,
        )
        Deployment.objects.create(lms=registered, deployment_id=platform.deployment_id)
    return registered


@pytest.fixture
def ben(lms: LMS) -> User:
    """Return Ben, who is in Rollbook and has not launched yet."""
    with outside_the_ledger():
        return user("Ben", "Baker", lms.location)


@pytest.fixture
def bens_browser() -> HttpBrowser:
    """Return the person's browser."""
    return HttpBrowser()
