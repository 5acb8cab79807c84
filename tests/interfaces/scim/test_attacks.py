"""Identity providers that send what nobody should, or want users who are not theirs."""

from typing import Any

import pytest

from rollbook.people.models import User
from rollbook.people.scim import ScimRefusal
from rollbook.training.catalogue import ContentRole
from tests.cast import Cast, outside_the_ledger
from tests.interfaces.scim.conftest import OURS, Provider, person

HALF = "\ud800"


@pytest.mark.parametrize("unstorable", [HALF, "\x00"], ids=["half a character", "U+0000"])
def test_a_refusal_of_what_cannot_be_stored_is_kept_like_any_other(
    unstorable: str, cast: Cast, entra: Provider
) -> None:
    answer = entra.ask("POST", "/Users", person("nora@example.org", **{OURS: {"location": unstorable}}))

    assert answer.status_code == 400
    assert ScimRefusal.objects.get(client=entra.token.pk).detail == (
        "There is no location “?” among those of this client."
    )


def test_an_address_with_u_0000_is_one_that_is_not_there(cast: Cast, entra: Provider) -> None:
    assert entra.ask("DELETE", "/Users/%00").status_code == 404


def test_a_body_that_is_too_deep_is_refused_before_it_is_looked_into(cast: Cast, entra: Provider) -> None:
    data: Any = "x"
    for _ in range(400):
        data = [data]
    post = {"method": "POST", "path": "/Users", "bulkId": "a", "data": data}

    for method, path, body in [
        ("POST", "/Bulk", {"Operations": [post]}),
        ("POST", "/Users", {"emails": data}),
    ]:
        answer = entra.ask(method, path, body)

        assert answer.status_code == 400
        assert "inside each other" in answer.json()["detail"]


@pytest.mark.parametrize("user_name", ["", "  "])
def test_nobody_is_created_without_a_user_name(user_name: str, cast: Cast, entra: Provider) -> None:
    before = User.objects.count()
    answer = entra.ask("POST", "/Users", person(user_name))

    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidValue")
    assert User.objects.count() == before


def test_a_user_whom_another_client_was_given_meanwhile_does_not_come_back(
    cast: Cast, entra: Provider, adopting: Provider
) -> None:
    nora = f"/Users/{entra.create('nora@example.org')['id']}"
    assert entra.ask("DELETE", nora).status_code == 204
    again = adopting.patch(nora, {"op": "replace", "path": "active", "value": True})
    assert again.status_code == 200, again.content

    answer = entra.ask("POST", "/Users", person("nora@example.org", active=False))

    assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness")
    assert entra.ask("GET", nora).status_code == 404
    assert adopting.get(nora).json()["active"] is True


def test_a_filter_counts_however_the_parameter_is_spelt(cast: Cast, adopting: Provider) -> None:
    found = adopting.get("/Users", FILTER='userName eq "ben"', Count="5").json()

    assert [each["userName"] for each in found["Resources"]] == ["ben"]


def test_a_day_in_a_filter_is_one_in_utc(cast: Cast, adopting: Provider) -> None:
    for field in ("meta.created", "meta.lastModified"):
        assert adopting.find(f'{field} gt "2020-01-01"')
        assert not adopting.find(f'{field} lt "2020-01-01"')


def test_no_user_gets_the_user_name_of_another_by_writing_it_in_another_case(
    cast: Cast, entra: Provider
) -> None:
    entra.create("nora@example.org")
    mia = f"/Users/{entra.create('mia@example.org')['id']}"
    for answer in (
        entra.ask("PUT", mia, person("NORA@example.org")),
        entra.patch(mia, {"op": "replace", "path": "userName", "value": "Nora@Example.org"}),
        entra.patch(mia, {"op": "replace", "path": "userName", "value": "BEN"}),
    ):
        assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness")
    assert len(entra.find('userName eq "nora@example.org"')) == 1
    # A user's own may be written otherwise.
    assert entra.ask("PUT", mia, person("Mia@example.org")).json()["userName"] == "Mia@example.org"


def test_nobody_loses_the_user_name(cast: Cast, entra: Provider) -> None:
    nora = f"/Users/{entra.create('nora@example.org')['id']}"
    for answer in (
        entra.ask("PUT", nora, person("")),
        entra.patch(nora, {"op": "replace", "path": "userName", "value": " "}),
    ):
        assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidValue")
    assert entra.get(nora).json()["userName"] == "nora@example.org"


@pytest.mark.parametrize("named", [["5"], {"value": "5"}, 5, True])
def test_a_member_is_named_by_its_id_and_by_nothing_else(named: Any, cast: Cast, entra: Provider) -> None:
    with outside_the_ledger():
        role = ContentRole.objects.create(name="Nurses")
    add = {"op": "add", "path": "members", "value": [{"value": named}]}

    answer = entra.patch(f"/Groups/role-{role.pk}", add)

    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidValue")
