"""The requests that Entra ID and Okta send, written out (CASES 45).

Entra: learn.microsoft.com/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups. Okta:
developer.okta.com/docs/api/openapi/okta-scim/guides/scim-20.
"""

from typing import Any
from uuid import uuid4

from rollbook.people.models import User
from rollbook.training.catalogue import ContentRole
from tests.cast import Cast, outside_the_ledger
from tests.interfaces.scim.conftest import CORE, ENTERPRISE, OURS, Provider

ENTRA_USER: dict[str, Any] = {
    "schemas": [CORE, ENTERPRISE],
    "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
    "userName": "Test_User_ab6490ee@testuser.com",
    "active": True,
    "displayName": "lennay",
    "emails": [{"primary": True, "type": "work", "value": "Test_User_fd0ea19b@testuser.com"}],
    "meta": {"resourceType": "User"},
    "name": {"formatted": "givenName familyName", "familyName": "familyName", "givenName": "givenName"},
    "roles": [],
    "title": "Engineer",
    "phoneNumbers": [{"type": "work", "value": "+1 555"}],
    ENTERPRISE: {"employeeNumber": "701984", "department": "bob", "manager": {"value": "7"}},
}


def test_entra_asks_whether_its_connection_works(entra: Provider) -> None:
    answer = entra.get("/Users", filter=f'userName eq "{uuid4()}"')
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/scim+json"
    assert (answer.json()["totalResults"], answer.json()["Resources"]) == (0, [])


def test_entra_creates_finds_changes_and_disables_a_user(cast: Cast, entra: Provider) -> None:
    created = entra.ask("POST", "/Users", ENTRA_USER)
    assert created.status_code == 201
    path = f"/Users/{created.json()['id']}"
    assert entra.find('userName eq "test_user_AB6490EE@testuser.com"')[0]["id"] == created.json()["id"]
    changed = entra.patch(
        path,
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "updatedEmail@example.com"},
        {"op": "Replace", "path": "name.familyName", "value": "updatedFamilyName"},
        {"op": "Add", "path": "title", "value": "Boss"},
        {"op": "Replace", "path": "displayName", "value": "updated"},
        {"op": "Add", "path": f"{ENTERPRISE}:employeeNumber", "value": "8"},
        {"op": "Replace", "path": f"{ENTERPRISE}:manager", "value": "9"},
    ).json()
    assert changed["emails"] == [{"value": "updatedEmail@example.com", "type": "work"}]
    assert (changed["name"]["familyName"], changed[ENTERPRISE]) == (
        "updatedFamilyName",
        {"employeeNumber": "8"},
    )
    disabled = entra.patch(path, {"op": "Replace", "path": "active", "value": "False"})
    assert disabled.json()["active"] is False
    assert not User.objects.get(pk=created.json()["id"]).is_active
    enabled = entra.patch(path, {"op": "Add", "path": "active", "value": "True"})
    assert enabled.json()["active"] is True
    assert entra.ask("DELETE", path).status_code == 204


def test_entra_sends_dotted_keys_without_a_path(cast: Cast, entra: Provider) -> None:
    path = f"/Users/{entra.ask('POST', '/Users', ENTRA_USER).json()['id']}"
    changed = entra.patch(
        path,
        {
            "op": "Replace",
            "value": {
                "displayName": "Bjfe",
                "name.givenName": "Tom",
                "name.familyName": "Boonen",
                "active": "False",
                'emails[type eq "work"].value': "tom@example.com",
                f"{ENTERPRISE}:employeeNumber": "99",
                f"{OURS}:student_id": "00042",
                "preferredLanguage": "xx",
            },
        },
    ).json()
    assert (changed["name"], changed["active"]) == ({"givenName": "Tom", "familyName": "Boonen"}, False)
    assert changed["emails"][0]["value"] == "tom@example.com"
    assert (changed[ENTERPRISE]["employeeNumber"], changed[OURS]["student_id"]) == ("99", "00042")


def test_entra_adds_the_address_of_a_user_who_has_none(cast: Cast, entra: Provider) -> None:
    path = f"/Users/{entra.create('nora')['id']}"
    add = {"op": "Add", "path": 'emails[type eq "work"].value', "value": "nora@example.org"}
    assert entra.patch(path, add).json()["emails"] == [{"value": "nora@example.org", "type": "work"}]


def test_entra_links_a_group_by_its_name_and_changes_its_members(cast: Cast, entra: Provider) -> None:
    with outside_the_ledger():
        role = ContentRole.objects.create(name="Crew")
    nora, olaf = entra.create("nora"), entra.create("olaf")
    found = entra.get("/Groups", excludedAttributes="members", filter='displayName eq "Crew"').json()[
        "Resources"
    ]
    (group,) = found
    assert "members" not in group
    path = f"/Groups/{group['id']}"
    added = entra.patch(
        path,
        {
            "op": "Add",
            "path": "members",
            "value": [{"$ref": None, "value": nora["id"]}, {"value": olaf["id"]}],
        },
    )
    assert {each["value"] for each in added.json()["members"]} == {nora["id"], olaf["id"]}
    entra.patch(path, {"op": "Remove", "path": "members", "value": [{"$ref": None, "value": nora["id"]}]})
    assert list(role.grants.values_list("user_id", flat=True)) == [int(olaf["id"])]
    entra.patch(path, {"op": "Remove", "path": f'members[value eq "{olaf["id"]}"]'})
    assert not role.grants.exists()


OKTA_USER: dict[str, Any] = {
    "schemas": [CORE],
    "userName": "test.user@okta.local",
    "name": {"givenName": "Test", "familyName": "User"},
    "emails": [{"primary": True, "value": "test.user@okta.local", "type": "work"}],
    "displayName": "Test User",
    "locale": "en-US",
    "externalId": "00ujl29u0le5T6Aj10h7",
    "groups": [],
    "password": "1mz050nq",
    "active": True,
}


def test_okta_looks_for_creates_replaces_and_deactivates_a_user(cast: Cast, entra: Provider) -> None:
    asked = entra.get("/Users", filter='userName eq "test.user@okta.local"', startIndex="1", count="100")
    assert asked.json()["totalResults"] == 0
    created = entra.ask("POST", "/Users", OKTA_USER).json()
    assert "password" not in created
    path = f"/Users/{created['id']}"
    whole = {
        **entra.get(path).json(),
        "name": {"givenName": "Another", "familyName": "User", "middleName": "Q"},
    }
    replaced = entra.ask("PUT", path, whole)
    assert (replaced.status_code, replaced.json()["name"]["givenName"]) == (200, "Another")
    off = entra.patch(path, {"op": "replace", "value": {"active": False}})
    assert off.json()["active"] is False
    on = entra.ask("PUT", path, {**whole, "active": True})
    assert on.json()["active"] is True
    off = entra.ask("PUT", path, {**whole, "active": False})
    assert off.json()["active"] is False
    assert User.objects.filter(pk=created["id"]).exists()


def test_okta_links_a_user_who_is_there_already(cast: Cast, adopting: Provider) -> None:
    (found,) = adopting.get("/Users", filter='userName eq "ben"').json()["Resources"]
    body = {
        **OKTA_USER,
        "userName": "ben",
        "emails": [{"primary": True, "value": cast.ben.email}],
        "id": found["id"],
    }
    assert adopting.ask("PUT", f"/Users/{found['id']}", body).json()["externalId"] == "00ujl29u0le5T6Aj10h7"
    assert User.objects.get(pk=cast.ben.pk).full_name == "Test User"


def test_okta_pushes_a_group(cast: Cast, entra: Provider) -> None:
    with outside_the_ledger():
        role = ContentRole.objects.create(name="Crew")
    nora = entra.create("nora")
    path = f"/Groups/role-{role.pk}"
    entra.patch(
        path,
        {"op": "replace", "value": {"id": f"role-{role.pk}", "displayName": "Crew"}},
        {"op": "replace", "path": "members", "value": [{"value": nora["id"], "display": "nora"}]},
    )
    assert list(role.grants.values_list("user_id", flat=True)) == [int(nora["id"])]
    refused = entra.ask(
        "POST", "/Groups", {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "New"}
    )
    assert refused.status_code == 403
    assert "Create “New” in Rollbook first" in refused.json()["detail"]
    renamed = entra.patch(path, {"op": "replace", "path": "displayName", "value": "Gang"})
    assert renamed.status_code == 403
