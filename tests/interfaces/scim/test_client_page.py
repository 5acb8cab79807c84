"""The console says of each client when it last came, what it changed and what was refused."""

import re
from datetime import timedelta

from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from rollbook.people.api_tokens import ApiToken
from tests.cast import Cast, token
from tests.interfaces.scim.conftest import Provider, person


def page_of(provider: Provider, cast: Cast) -> str:
    browser = Client()
    browser.force_login(cast.alice)
    return browser.get(reverse("console:scim_client", args=[provider.token.pk])).text


def test_before_its_first_request_it_has_changed_nothing_and_nothing_was_refused(
    cast: Cast, entra: Provider
) -> None:
    page = page_of(entra, cast)

    assert "/scim/v2</span>" in page
    assert ">never<" in page
    assert "Nothing was refused" in page
    assert "It has changed nothing yet" in page


def test_its_last_request_its_changes_and_its_refusals_are_shown(cast: Cast, entra: Provider) -> None:
    entra.create("nora")
    refused = entra.ask("POST", "/Users", person("nora"))

    page = page_of(entra, cast)

    assert ">never<" not in page
    assert "Create the user Nora North" in page
    assert "POST /Users (409)" in page
    assert refused.json()["detail"] in page


def test_its_last_request_and_whose_users_are_its_own_are_said_in_words(cast: Cast, entra: Provider) -> None:
    for name in ("nora", "omar"):
        gone = entra.create(name)
    entra.ask("DELETE", f"/Users/{gone['id']}")
    long_ago = timezone.now() - timedelta(hours=3, minutes=1)
    ApiToken.objects.filter(pk=entra.token.pk).update(last_used_at=long_ago)

    described = re.findall(r"<dt[^>]*>(.*?)</dt>\s*<dd[^>]*>(.*?)</dd>", page_of(entra, cast), re.DOTALL)

    assert {term: strip_tags(text).replace("\xa0", " ") for term, text in described} == {
        "Address for the identity provider": "http://localhost/scim/v2",
        "Last request": "3 hours ago",
        "Where": "North",
        "Users it created or was given": "1, and 1 that it has deleted",
        "What it did": "Create user: 2, Deactivate users: 1",
    }


def test_the_list_of_tokens_leads_to_it(cast: Cast, entra: Provider) -> None:
    other = token(cast, "users:view", name="no client")[0]
    browser = Client()
    browser.force_login(cast.alice)
    tokens = browser.get(reverse("console:api_tokens")).text
    assert reverse("console:scim_client", args=[entra.token.pk]) in tokens
    assert reverse("console:scim_client", args=[other.pk]) not in tokens


def test_only_whoever_may_give_tokens_sees_it(cast: Cast, entra: Provider) -> None:
    browser = Client()
    browser.force_login(cast.carla)
    assert browser.get(reverse("console:scim_client", args=[entra.token.pk])).status_code == 403
