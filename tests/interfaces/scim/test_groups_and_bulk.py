"""Content roles as groups, and several changes in one request."""

from typing import Any

import pytest

from rollbook.ledger.models import OperationRecord
from rollbook.operations.merge_users import MergeUsers
from rollbook.people.access import Right
from rollbook.people.models import User
from rollbook.people.scim import KEPT, ScimRefusal
from rollbook.training.catalogue import Category, ContentRole, Course, RoleContent
from tests.cast import Cast, outside_the_ledger
from tests.interfaces.scim.conftest import Provider, person, provider
from tests.operations.doing import do

GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"


@pytest.fixture
def role(cast: Cast) -> ContentRole:
    """Return a content role that Ben, who is no client's, and nobody else has."""
    with outside_the_ledger():
        role = ContentRole.objects.create(name="Crew")
        role.grants.create(user=cast.ben)
    return role


def test_a_client_sees_and_changes_its_own_users_among_the_members(
    cast: Cast, entra: Provider, role: ContentRole
) -> None:
    nora, path = entra.create("nora"), f"/Groups/role-{role.pk}"
    assert "members" not in entra.get(path).json()
    body = {"schemas": [GROUP], "displayName": "Crew", "members": [{"value": nora["id"]}]}
    replaced = entra.ask("PUT", path, body).json()
    assert [each["value"] for each in replaced["members"]] == [nora["id"]]
    assert entra.get(f"/Users/{nora['id']}").json()["groups"][0]["display"] == "Crew"
    entra.ask("PUT", path, {**body, "members": []})
    assert list(role.grants.values_list("user_id", flat=True)) == [cast.ben.pk]
    verbs = OperationRecord.objects.order_by("pk").values_list("actor", "verb")
    assert list(verbs)[1:] == [("scim:entra", "grant_content_roles")] * 2


def test_whoever_is_not_the_clients_becomes_no_member(cast: Cast, entra: Provider, role: ContentRole) -> None:
    path = f"/Groups/role-{role.pk}"
    for value in (str(cast.bea.pk), "0", "role-1", None):
        added = entra.patch(path, {"op": "add", "path": "members", "value": [{"value": value}]})
        assert (added.status_code, added.json()["scimType"]) == (400, "invalidValue")
    removed = entra.patch(path, {"op": "remove", "path": f'members[value eq "{cast.ben.pk}"]'})
    assert removed.status_code == 200
    assert role.grants.count() == 1


def test_a_merged_duplicate_becomes_no_member_and_it_is_said_whom_to_use(
    cast: Cast, entra: Provider, role: ContentRole
) -> None:
    primary, duplicate = entra.create("nora"), entra.create("norah")
    do(cast.alice, MergeUsers(primary_id=int(primary["id"]), duplicate_ids=(int(duplicate["id"]),)))
    add = {"op": "add", "path": "members", "value": [{"value": duplicate["id"]}]}
    answer = entra.patch(f"/Groups/role-{role.pk}", add)
    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidValue")
    assert f"merged into user {primary['id']} (userName nora). Use that one." in answer.json()["detail"]
    assert list(role.grants.values_list("user_id", flat=True)) == [cast.ben.pk]


def test_a_filter_on_members_tells_nothing_of_others(cast: Cast, entra: Provider, role: ContentRole) -> None:
    found = entra.get("/Groups", filter=f'members.value eq "{cast.ben.pk}"').json()
    assert found["totalResults"] == 0
    assert entra.get("/Groups", filter="members pr").json()["totalResults"] == 0
    assert entra.get("/Groups", filter='displayName eq "Crew"').json()["totalResults"] == 1


def test_a_client_that_may_edit_the_catalogue_makes_and_removes_content_roles_of_its_own(
    cast: Cast, role: ContentRole
) -> None:
    maker = provider(cast, Right.CATALOGUE_EDIT, location=None)
    made = maker.ask("POST", "/Groups", {"schemas": [GROUP], "displayName": "Gang", "externalId": "g"}).json()
    path = f"/Groups/{made['id']}"
    assert maker.get("/Groups", filter='externalId eq "g"').json()["Resources"][0]["id"] == made["id"]
    assert (
        maker.patch(path, {"op": "replace", "path": "displayName", "value": "Band"}).json()["displayName"]
        == "Band"
    )
    assert (
        maker.ask("POST", "/Groups", {"schemas": [GROUP], "displayName": "Crew"}).json()["scimType"]
        == "uniqueness"
    )
    assert maker.ask("DELETE", f"/Groups/role-{role.pk}").status_code == 403
    with outside_the_ledger():
        course = Course.objects.create(title="Fire", category=Category.objects.create(name="Safety"))
        content = RoleContent.objects.create(
            content_role_id=int(made["id"].removeprefix("role-")), course=course
        )
    assert "holds courses" in maker.ask("DELETE", path).json()["detail"]
    with outside_the_ledger():
        content.delete()
    assert maker.ask("DELETE", path).status_code == 204
    assert maker.get(path).status_code == 404


def test_the_version_of_a_group_is_the_same_with_and_without_its_members(
    cast: Cast, entra: Provider, role: ContentRole
) -> None:
    nora, path = entra.create("nora"), f"/Groups/role-{role.pk}"
    add = {"op": "add", "path": "members", "value": [{"value": nora["id"]}]}
    changed = entra.patch(path, add)
    without = entra.get(path, excludedAttributes="members")
    assert without["ETag"] == changed["ETag"]
    assert entra.patch(path, add, **{"If-Match": 'W/"old"'}).status_code == 412


def bulk(client: Provider, *operations: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    """Send a bulk request and return its results."""
    schema = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
    answer = client.ask("POST", "/Bulk", {"schemas": [schema], "Operations": list(operations), **more})
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["Operations"]
    return found


def test_a_bulk_request_does_each_operation_whole_or_not_at_all(
    cast: Cast, entra: Provider, role: ContentRole
) -> None:
    add = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
           "Operations": [{"op": "add", "path": "members", "value": [{"value": "bulkId:n"}]}]}  # fmt: skip
    results = bulk(
        entra,
        {"method": "POST", "path": "/Users", "bulkId": "n", "data": person("nora")},
        {"method": "POST", "path": "/Users", "bulkId": "b", "data": person("ben")},
        {"method": "PATCH", "path": f"/Groups/role-{role.pk}", "data": add},
        {"method": "GET", "path": "/Users"},
        {"method": "DELETE", "path": "/Users/bulkId:n"},
    )
    assert [each["status"] for each in results] == ["201", "409", "200", "400", "204"]
    assert results[1]["response"]["scimType"] == "uniqueness"
    nora = User.objects.get(first_name="Nora")
    assert results[0]["location"].endswith(f"/scim/v2/Users/{nora.pk}")
    assert not nora.is_active
    assert role.grants.filter(user=nora).exists()


def test_a_bulk_request_stops_at_as_many_failures_as_it_says(cast: Cast, entra: Provider) -> None:
    taken = {"method": "POST", "path": "/Users", "bulkId": "b", "data": person("ben")}
    fine = {"method": "POST", "path": "/Users", "bulkId": "n", "data": person("nora")}
    assert [each["status"] for each in bulk(entra, taken, fine, failOnErrors=1)] == ["409"]
    assert not User.objects.filter(first_name="Nora").exists()


def test_a_bulk_request_is_bounded(cast: Cast, entra: Provider) -> None:
    one = {"method": "DELETE", "path": "/Users/1"}
    assert entra.ask("POST", "/Bulk", {"Operations": [one] * 101}).status_code == 413
    assert entra.ask("POST", "/Users", {"x": "y" * 1_000_001}).status_code == 413
    assert entra.ask("POST", "/Bulk", {"Operations": "many"}).json()["scimType"] == "invalidSyntax"


NONSENSE: list[Any] = [
    None,
    [],
    "x",
    {},
    {"userName": 5},
    {"userName": "x", "name": [5]},
    {"userName": "a\0", "name": {"givenName": "b"}},
    {"userName": "\ud800", "name": {"givenName": "b"}},
    {"Operations": [{"op": "replace", "path": "userName[", "value": "x"}]},
    {"Operations": [{"op": "perhaps", "path": "userName", "value": "x"}]},
    {"Operations": [{"op": "replace", "path": 5, "value": "x"}]},
    {"Operations": [{"op": "remove"}]},
    {"Operations": [{"op": "remove", "path": "userName"}]},
    {"Operations": [{"op": "replace", "path": "id", "value": "1"}]},
    {"Operations": [{"op": "replace", "path": "externalId", "value": "x" * 300}]},
    {"Operations": [{"op": "add", "path": "members", "value": 5}]},
]


def test_a_body_that_makes_no_sense_is_refused(cast: Cast, entra: Provider, role: ContentRole) -> None:
    user = f"/Users/{entra.create('nora')['id']}"
    before = OperationRecord.objects.count()
    for body in NONSENSE:
        patch = isinstance(body, dict) and "Operations" in body
        ways = (
            [("PATCH", user)]
            if patch
            else [("POST", "/Users"), ("PUT", user), ("PATCH", user), ("POST", "/Groups")]
        )
        if patch and "members" in str(body):
            ways = [("PATCH", f"/Groups/role-{role.pk}")]
        for method, path in ways:
            answer = entra.ask(method, path, body)
            assert 400 <= answer.status_code < 500, (method, path, body, answer.content)
            assert answer.json()["detail"]
    assert OperationRecord.objects.count() == before


def test_the_last_refusals_are_kept(cast: Cast, entra: Provider) -> None:
    for _ in range(KEPT + 2):
        entra.ask("DELETE", "/Users/0")
    entra.get("/Users/0")
    kept = ScimRefusal.objects.filter(client=entra.token)
    assert kept.count() == KEPT
    assert kept.latest("pk").detail == "There is no user 0, or it is not one of this client."


def test_users_and_groups_are_searched_at_once_users_first(entra: Provider, cast: Cast) -> None:
    with outside_the_ledger():
        for name in ("Crew", "Nora’s friends"):
            ContentRole.objects.create(name=name)
    entra.create("nora", name={"givenName": "Nora", "familyName": "North"})
    entra.create("omar", name={"givenName": "Omar", "familyName": "North"})

    def found(**asked: Any) -> tuple[int, list[str]]:
        body = entra.ask("POST", "/.search", asked).json()
        return body["totalResults"], [each["displayName"] for each in body["Resources"]]

    everything = ["Nora North", "Omar North", "Crew", "Nora’s friends"]
    assert found() == (4, everything)
    assert found(startIndex=2, count=2) == (4, everything[1:3])
    assert found(startIndex=4) == (4, everything[3:])
    assert found(count=0) == (4, [])
    assert found(filter='displayName sw "nora"')[1] == ["Nora North"]
    assert found(filter='displayName sw "Nora"')[1] == ["Nora North", "Nora’s friends"]
    # A kind that has no such attribute has nothing that fits, not everything.
    assert found(filter='userName eq "omar"') == (1, ["Omar North"])
    assert found(filter='not (userName eq "omar")') == (1, ["Nora North"])
    assert found(sortBy="name.givenName", sortOrder="descending")[1][:2] == ["Omar North", "Nora North"]
    for bad in ({"filter": 'shoeSize eq "43"'}, {"filter": "((("}, {"sortBy": "shoeSize"}):
        assert entra.ask("POST", "/.search", bad).status_code == 400


def test_methods_and_addresses_that_are_not_there(entra: Provider) -> None:
    assert entra.ask("DELETE", "/Users").status_code == 405
    assert entra.get("/Nothing").json()["status"] == "404"
    assert entra.get("/ServiceProviderConfig").json()["bulk"]["maxOperations"] == 100
    assert entra.get("/Schemas/urn:ietf:params:scim:schemas:extension:rollbook:2.0:User").status_code == 200
    assert [each["id"] for each in entra.get("/ResourceTypes").json()["Resources"]] == ["User", "Group"]
