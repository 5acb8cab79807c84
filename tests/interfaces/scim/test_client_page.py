"""The console says of each client when it last came, what it changed and what was refused."""

from django.test import Client
from django.urls import reverse

from tests.cast import Cast
from tests.interfaces.scim.conftest import Provider, person


def page_of(provider: Provider, cast: Cast) -> str:
    browser = Client()
    browser.force_login(cast.alice)
    return browser.get(reverse("console:scim_client", args=[provider.token.pk])).text


def test_before_its_first_request_it_has_changed_nothing_and_nothing_was_refused(
    cast: Cast, entra: Provider
) -> None:
    page = page_of(entra, cast)

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
