"""What the service says of itself is so: clients set themselves up by it."""

import json
from typing import Any

import pytest
from django.test import Client

from rollbook.people.models import User, UserAttribute
from tests.cast import Cast, outside_the_ledger, unsaved
from tests.interfaces.scim.conftest import CORE, OURS, Provider, person


@pytest.fixture
def config(entra: Provider) -> dict[str, Any]:
    """Return what the service says that it can do."""
    told: dict[str, Any] = entra.get("/ServiceProviderConfig").json()
    return told


def attributes(entra: Provider, schema: str) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in entra.get(f"/Schemas/{schema}").json()["attributes"]}


def test_our_schema_has_each_username_attribute_and_says_that_it_is_unique(
    cast: Cast, entra: Provider
) -> None:
    with outside_the_ledger():
        UserAttribute.objects.create(code="badge", label="Badge number", key=True, required=True)
        UserAttribute.objects.create(code="shift", label="Shift", kind="choice", choices=["Day", "Night"])
        # No name that SCIM allows.
        UserAttribute.objects.create(code="2nd_id", label="Second ID", key=True)
    text = {"type": "string", "multiValued": False, "mutability": "readWrite", "returned": "default"}
    ours = attributes(entra, OURS)
    assert ours == {
        "location": text
        | {"name": "location", "description": "Location, with those above it", "required": True}
        | {"caseExact": True, "uniqueness": "none", "canonicalValues": ["North", "North / Oak"]},
        "student_id": text
        | {"name": "student_id", "description": "Student ID", "required": False}
        | {"caseExact": True, "uniqueness": "server"},
        "badge": text
        | {"name": "badge", "description": "Badge number", "required": True}
        | {"caseExact": True, "uniqueness": "server"},
        "shift": text
        | {"name": "shift", "description": "Shift", "required": False}
        | {"caseExact": True, "uniqueness": "none", "canonicalValues": ["Day", "Night"]},
    }
    named = attributes(entra, CORE)["userName"]
    assert (named["mutability"], named["uniqueness"], named["required"], named["caseExact"]) == (
        "readWrite",
        "server",
        True,
        False,
    )


def test_what_is_said_to_be_unique_and_to_be_written_is(cast: Cast, entra: Provider) -> None:
    nora = entra.create("nora", **{OURS: {"student_id": "00777"}})
    for code, own in attributes(entra, OURS).items():
        if own["uniqueness"] == "server":
            taken = entra.ask("POST", "/Users", person("omar", **{OURS: {code: "00777"}}))
            assert (taken.status_code, taken.json()["scimType"]) == (409, "uniqueness")
            change = {"op": "replace", "path": f"{OURS}:{code}", "value": "00778"}
            assert entra.patch(f"/Users/{nora['id']}", change).json()[OURS][code] == "00778"


def test_it_lists_what_it_can_do(config: dict[str, Any]) -> None:
    supported = {name for name, value in config.items() if isinstance(value, dict) and value.get("supported")}
    assert supported == {"patch", "bulk", "filter", "sort", "etag"}
    assert config["changePassword"] == {"supported": False}
    (scheme,) = config["authenticationSchemes"]
    assert (scheme["type"], scheme["primary"]) == ("oauthbearertoken", True)


def test_the_bearer_token_is_the_one_way_in(cast: Cast, entra: Provider) -> None:
    browser = Client()
    browser.force_login(cast.alice)
    assert browser.get("/scim/v2/Users").status_code == 401
    for scheme, status in (("Bearer", 200), ("bearer", 200), ("Basic", 401), ("Token", 401)):
        answer = Client().get("/scim/v2/Users", headers={"Authorization": f"{scheme} {entra.secret}"})
        assert answer.status_code == status, scheme


def test_bulk_takes_what_it_says_and_no_more(entra: Provider, config: dict[str, Any]) -> None:
    most, bytes_ = config["bulk"]["maxOperations"], config["bulk"]["maxPayloadSize"]
    one = {"method": "GET", "path": "/Users"}
    assert len(entra.ask("POST", "/Bulk", {"Operations": [one] * most}).json()["Operations"]) == most
    assert entra.ask("POST", "/Bulk", {"Operations": [one] * (most + 1)}).status_code == 413
    room = bytes_ - len(json.dumps({"x": ""}))
    assert entra.ask("POST", "/Bulk", {"x": "y" * room}).status_code == 400
    assert entra.ask("POST", "/Bulk", {"x": "y" * (room + 1)}).status_code == 413


def test_a_page_holds_as_many_as_it_says(cast: Cast, adopting: Provider) -> None:
    most = adopting.get("/ServiceProviderConfig").json()["filter"]["maxResults"]
    with outside_the_ledger():
        User.objects.bulk_create(unsaved("Nora", f"{number}", cast.oak) for number in range(most + 1))
    found = adopting.get("/Users", filter='name.givenName eq "Nora"', count=str(most + 1)).json()
    assert (found["totalResults"], found["itemsPerPage"], len(found["Resources"])) == (most + 1, most, most)


def test_patch_order_and_versions_work(entra: Provider) -> None:
    nora, omar = (entra.create(name, name={"givenName": name.title()}) for name in ("nora", "omar"))
    for order, names in (("ascending", [nora, omar]), ("descending", [omar, nora])):
        found = entra.get("/Users", sortBy="name.givenName", sortOrder=order).json()["Resources"]
        assert [each["id"] for each in found] == [each["id"] for each in names]
    path, version = f"/Users/{nora['id']}", nora["meta"]["version"]
    assert entra.ask("GET", path, **{"If-None-Match": version}).status_code == 304
    rename = {"op": "replace", "path": "name.familyName", "value": "New"}
    assert entra.patch(path, rename, **{"If-Match": version}).json()["name"]["familyName"] == "New"
    assert entra.patch(path, rename, **{"If-Match": version}).status_code == 412


def test_a_password_that_is_sent_is_not_taken(entra: Provider) -> None:
    nora = entra.create("nora", password="correct horse battery staple")
    assert "password" not in nora
    assert "password" not in attributes(entra, CORE)
    assert User.objects.get(pk=nora["id"]).password == ""
