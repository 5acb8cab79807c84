"""The Users report."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from rollbook.lms.models import Launch, LMSAccount
from rollbook.people.models import Identifier, User
from tests.cast import Cast, outside_the_ledger, user
from tests.interfaces.console.conftest import Browsers

USERS = "/console/users/"


def found(client: Client, **asked: str) -> list[str]:
    """Return the first names that the report shows, in its order."""
    page = client.get(USERS, asked)
    assert page.status_code == 200
    return [row.first_name for row in page.context["rows"]]


def test_it_works(at: Browsers) -> None:
    assert found(at.alice) == ["Alice", "Ben", "Bea", "Carla", "Lou", "Mallory", "Sam"]


def test_it_checks_access(at: Browsers) -> None:
    assert at.mallory.get(USERS).status_code == 403
    assert Client().get(USERS).headers["Location"] == f"{reverse('web:sign_in')}?next={USERS}"


def test_a_manager_sees_the_users_of_the_own_locations_only(at: Browsers) -> None:
    assert found(at.lou) == ["Ben", "Bea", "Lou"]
    assert found(at.lou, q="mallory") == []
    assert found(at.lou, q="00999") == []


@pytest.mark.parametrize(
    "text",
    [
        "ben",
        "BAKER",
        "baker ben",
        "ben.baker@example.org",
        "00123",
        "0012",
        "bak",
        " Ben  Baker ",
        "bén",
        "be ba",
    ],
)
def test_a_user_is_found_by_name_email_and_any_identifier(text: str, at: Browsers) -> None:
    assert "Ben" in found(at.alice, q=text)


@pytest.mark.parametrize("text", ["Mallroy", "mallori malik", "Malory Malik", "mlalory"])
def test_a_user_is_found_in_spite_of_a_slip_of_the_finger(text: str, at: Browsers) -> None:
    page = at.alice.get(USERS, {"q": text})
    assert [row.first_name for row in page.context["rows"]] == ["Mallory"]
    assert "spelt alike" in page.text


def test_a_user_is_found_by_the_number_of_the_own_page(cast: Cast, at: Browsers) -> None:
    assert found(at.alice, q=f"#{cast.bea.pk}") == ["Bea"]


@pytest.mark.parametrize("text", ["", " ", "%", "_", "\\", "'", "%%%", "a\x00b", "😀", "x" * 500])
def test_odd_texts_are_searched_as_they_are(text: str, at: Browsers) -> None:
    assert set(found(at.alice, q=text)) <= {"Alice", "Ben", "Bea", "Carla", "Lou", "Mallory", "Sam"}


def test_a_percent_sign_is_no_joker(at: Browsers) -> None:
    assert found(at.alice, q="b%n") == []


def test_who_fits_exactly_keeps_those_who_are_spelt_alike_away(cast: Cast, at: Browsers) -> None:
    with outside_the_ledger():
        user("Bennet", "Bakes", cast.oak)
    assert found(at.alice, q="baker") == ["Ben"]


def test_a_whole_address_finds_its_user_alone(cast: Cast, at: Browsers) -> None:
    with outside_the_ledger():
        user("Reuben", "Baker", cast.oak)
    assert found(at.alice, q="uben.baker@example.org") == ["Reuben"]
    assert found(at.alice, q="BEN.baker@example.org") == ["Ben"]
    assert found(at.alice, q="ben.baker@exam") == ["Ben", "Reuben"]


def test_an_address_with_another_ending_finds_who_is_spelt_alike(at: Browsers) -> None:
    page = at.alice.get(USERS, {"q": "ben.baker@elsewhere.example"})
    assert [row.first_name for row in page.context["rows"]] == ["Ben"]
    assert "spelt alike" in page.text


def test_a_filter_shows_what_was_chosen(cast: Cast, at: Browsers) -> None:
    text = at.alice.get(USERS, {"location": str(cast.oak.pk)}).text
    assert f'<option value="{cast.oak.pk}" selected>' in text
    assert f'<option value="{cast.north.pk}">' in text


def test_inactive_users_are_shown_when_asked_for(at: Browsers) -> None:
    assert found(at.alice, status="inactive") == ["Dora"]
    assert "Dora" in found(at.alice, status="all")
    assert "Dora" not in found(at.alice)


def test_merged_users_are_found_without_asking_for_inactive_ones(cast: Cast, at: Browsers) -> None:
    with outside_the_ledger():
        User.objects.filter(pk=cast.dora.pk).update(merged_into=cast.ben)
    assert found(at.alice, merged="yes") == ["Dora"]


def test_a_location_stands_for_all_below_it(cast: Cast, at: Browsers) -> None:
    assert found(at.alice, location=str(cast.north.pk)) == ["Alice", "Ben", "Bea", "Carla", "Lou"]
    assert found(at.alice, location=str(cast.oak.pk)) == ["Ben", "Bea", "Lou"]


def test_a_location_out_of_scope_is_no_choice(cast: Cast, at: Browsers) -> None:
    page = at.lou.get(USERS, {"location": str(cast.south.pk)})
    assert "Mallory" not in page.text
    assert "South" not in page.text


def test_filters_narrow_down(cast: Cast, at: Browsers) -> None:
    assert found(at.alice, level="administrator") == ["Carla"]
    assert found(at.alice, lms=str(cast.hillside.pk)) == ["Ben"]
    assert found(at.alice, lms=str(cast.valley.pk)) == []
    assert found(at.alice, accounts="yes") == ["Ben"]
    assert "Ben" not in found(at.alice, accounts="no")
    assert found(at.alice, crossed="yes") == []
    Launch.objects.create(
        reference="AAAA-0002",
        lms=cast.hillside,
        deployment_id="1",
        subject="h-ben",
        user=cast.ben,
        contradicts=cast.bea,
    )
    assert found(at.alice, crossed="yes") == ["Ben"]
    assert "Possible cross-link" in at.alice.get(USERS, {"q": "ben"}).text


def test_rows_are_sorted_as_asked(cast: Cast, at: Browsers) -> None:
    assert found(at.alice, sort="-name") == ["Sam", "Mallory", "Lou", "Carla", "Bea", "Ben", "Alice"]
    assert set(found(at.alice, sort="-created_at")) == set(found(at.alice))
    assert found(at.alice, sort="password") == found(at.alice)


def test_reset_is_offered_only_for_users_with_lms_accounts(cast: Cast, at: Browsers) -> None:
    assert "Reset LMS Accounts" in at.lou.get(USERS, {"q": "ben"}).text
    assert "Reset LMS Accounts" not in at.lou.get(USERS, {"q": "bea"}).text


def test_the_menu_offers_nothing_that_would_be_refused(cast: Cast, at: Browsers) -> None:
    text = at.lou.get(USERS, {"q": "lou"}).text
    assert reverse("console:user", args=[cast.lou.pk]) in text
    assert reverse("console:edit_user", args=[cast.lou.pk]) not in text
    assert (
        reverse("console:deactivate_user", args=[cast.alice.pk])
        not in at.alice.get(USERS, {"q": "alice"}).text
    )


def test_htmx_gets_the_list_alone(at: Browsers) -> None:
    page = at.alice.get(USERS, {"q": "ben"}, headers={"HX-Request": "true"})
    assert "<html" not in page.text
    assert "Ben" in page.text


def test_names_are_shown_as_text(cast: Cast, at: Browsers) -> None:
    with outside_the_ledger():
        user("<script>alert(1)</script>", "Xss", cast.oak)
    assert "<script>alert(1)" not in at.alice.get(USERS, {"q": "xss"}).text


def test_a_page_costs_the_same_number_of_queries_whatever_its_length(cast: Cast, at: Browsers) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            at.carla.get(USERS, {"status": "all"})
        return len(asked)

    few = queries()
    with outside_the_ledger():
        for number in range(15):
            one = user(f"Ann{number}", "Other", cast.oak)
            Identifier.objects.create(attribute=cast.username, value=f"ann{number}", user=one)
            LMSAccount.objects.create(
                lms=cast.valley, subject=f"v{number}", user=one, lms_user_id=f"ANN{number}"
            )
    assert queries() <= few
    assert few <= 16


def test_more_than_a_page_is_paged(cast: Cast, at: Browsers) -> None:
    with outside_the_ledger():
        for number in range(110):
            user(f"Ann{number:03}", "Other", cast.oak)
    first = at.alice.get(USERS, {"q": "other"})
    assert len(first.context["rows"]) == 25
    assert "1–25 of 110 users" in first.text
    assert len(at.alice.get(USERS, {"q": "other", "page": "5"}).context["rows"]) == 10
    assert at.alice.get(USERS, {"q": "other", "page": "99"}).status_code == 200
    assert len(at.alice.get(USERS, {"q": "other", "per_page": "1000000"}).context["rows"]) == 100
