"""Users through SCIM: what a client sees, creates, changes and deactivates."""

from rollbook.ledger.models import OperationRecord
from rollbook.operations.merge_users import MergeUsers
from rollbook.people.access import AccessLevel, Right
from rollbook.people.models import Location, User
from tests.cast import Cast, outside_the_ledger, token
from tests.interfaces.scim.conftest import ENTERPRISE, OURS, Provider, person, provider
from tests.operations.doing import do
from tests.snapshots import differences, snapshot


def verbs() -> list[tuple[str, str]]:
    """Return who did what, oldest first."""
    return list(OperationRecord.objects.order_by("pk").values_list("actor", "verb"))


def test_a_client_creates_a_learner_by_an_operation_of_its_own(cast: Cast, entra: Provider) -> None:
    created = entra.create(
        "nora@example.org",
        externalId="x-1",
        emails=[{"value": "nora@example.org", "type": "work", "primary": True}],
        **{ENTERPRISE: {"employeeNumber": "E-1"}, OURS: {"student_id": "00777", "location": "North / Oak"}},
    )
    user = User.objects.get(pk=created["id"])
    assert (user.full_name, user.email, user.location) == ("Nora North", "nora@example.org", cast.oak)
    assert dict(user.identifiers.values_list("attribute__code", "value")) == {
        "username": "nora@example.org",
        "student_id": "00777",
    }
    assert created[ENTERPRISE] == {"employeeNumber": "E-1"}
    assert created[OURS] == {"student_id": "00777", "location": "North / Oak"}
    record = OperationRecord.objects.get()
    assert (record.actor, record.verb, record.reason) == ("scim:entra", "create_user", "SCIM")


def test_new_users_are_put_where_the_client_is_bound_to(cast: Cast, entra: Provider) -> None:
    assert User.objects.get(pk=entra.create("nora")["id"]).location == cast.north
    beyond = entra.ask("POST", "/Users", person("olaf", **{OURS: {"location": "South"}}))
    assert (beyond.status_code, beyond.json()["scimType"]) == (400, "invalidValue")
    assert "no location “South”" in beyond.json()["detail"]


def test_without_a_location_of_its_own_a_client_says_where(cast: Cast) -> None:
    everywhere = provider(cast, location=None)
    created = everywhere.create("olaf", **{OURS: {"location": "South"}})
    assert User.objects.get(pk=created["id"]).location == cast.south
    nowhere = person("nora"), person("nora", **{OURS: {"location": ""}}), person("nora", **{OURS: None})
    answers = [everywhere.ask("POST", "/Users", body) for body in nowhere]
    answers.append(
        everywhere.ask("PUT", f"/Users/{created['id']}", person("olaf", **{OURS: {"location": None}}))
    )
    for answer in answers:
        assert answer.status_code == 400
        assert answer.json()["detail"] == (
            f"Say in which location the user is, in {OURS}:location, or bind the API token to one."
        )


def test_it_sees_its_own_users_only(cast: Cast, entra: Provider) -> None:
    created = entra.create("nora")
    assert [each["id"] for each in entra.get("/Users").json()["Resources"]] == [created["id"]]
    assert entra.get(f"/Users/{cast.ben.pk}").status_code == 404
    assert entra.find('userName eq "ben"') == []


def test_a_client_cannot_change_the_email_of_a_user_that_it_did_not_create(
    cast: Cast, entra: Provider
) -> None:
    change = {"op": "replace", "path": "emails", "value": [{"value": "mallory@example.net"}]}
    assert entra.patch(f"/Users/{cast.ben.pk}", change).status_code == 404
    assert entra.ask("PUT", f"/Users/{cast.ben.pk}", person("ben")).status_code == 404
    assert entra.ask("DELETE", f"/Users/{cast.ben.pk}").status_code == 404
    other = provider(cast, name="other")
    own = other.create("nora")
    assert entra.patch(f"/Users/{own['id']}", change).status_code == 404
    assert verbs() == [("scim:other", "create_user")]


def test_an_external_id_that_looks_like_an_internal_id_is_nobody_elses(cast: Cast, entra: Provider) -> None:
    created = entra.create("nora", externalId=str(cast.ben.pk))
    assert entra.get(f"/Users/{cast.ben.pk}").status_code == 404
    (found,) = entra.find(f'externalId eq "{cast.ben.pk}"')
    assert found["id"] == created["id"] != str(cast.ben.pk)
    assert entra.find(f'id eq "{cast.ben.pk}"') == []
    again = entra.ask("POST", "/Users", person("olaf", externalId=str(cast.ben.pk)))
    assert (again.status_code, again.json()["scimType"]) == (409, "uniqueness")


def test_with_the_right_to_adopt_it_sees_learners_of_its_location(cast: Cast, adopting: Provider) -> None:
    listed = {each["id"] for each in adopting.get("/Users").json()["Resources"]}
    assert listed == {str(each.pk) for each in (cast.ben, cast.bea, cast.dora)}
    assert adopting.find('userName eq "BEN"')[0]["id"] == str(cast.ben.pk)
    change = {"op": "replace", "path": "externalId", "value": "b"}
    assert adopting.patch(f"/Users/{cast.ben.pk}", change).json()["externalId"] == "b"
    for beyond in (cast.carla, cast.mallory):
        assert adopting.patch(f"/Users/{beyond.pk}", change).status_code == 404


def test_nobody_adopts_a_user_of_another_client_that_works(
    cast: Cast, entra: Provider, adopting: Provider
) -> None:
    created = entra.create("nora")
    assert adopting.find('userName eq "nora"') == []
    with outside_the_ledger():
        type(entra.token).objects.filter(pk=entra.token.pk).update(revoked_at="2026-01-01T00:00Z")
    assert adopting.find('userName eq "nora"')[0]["id"] == created["id"]


def test_a_user_above_learner_is_never_touched(cast: Cast, entra: Provider) -> None:
    created = entra.create("nora")
    with outside_the_ledger():
        User.objects.filter(pk=created["id"]).update(access_level=AccessLevel.LOCATION_MANAGER)
    path = f"/Users/{created['id']}"
    for answer in (
        entra.patch(path, {"op": "replace", "path": "active", "value": False}),
        entra.ask("PUT", path, person("nora2")),
        entra.ask("DELETE", path),
    ):
        assert answer.status_code == 403
        assert "above learner" in answer.json()["detail"]
    assert entra.get(path).status_code == 200


def test_a_user_who_left_the_clients_location_is_not_there_for_it(cast: Cast, entra: Provider) -> None:
    created = entra.create("nora")
    with outside_the_ledger():
        User.objects.filter(pk=created["id"]).update(location=Location.objects.get(name="South"))
    assert entra.get(f"/Users/{created['id']}").status_code == 404


def test_a_user_name_that_is_taken_is_refused_without_saying_by_whom(cast: Cast, entra: Provider) -> None:
    taken = entra.ask("POST", "/Users", person("BEN"))
    assert (taken.status_code, taken.json()["scimType"]) == (409, "uniqueness")
    assert "a user whom this client does not manage" in taken.json()["detail"]
    address = entra.ask("POST", "/Users", person("new", emails=[{"value": cast.bea.email}]))
    assert (address.status_code, address.json()["scimType"]) == (409, "uniqueness")
    assert "Bea" not in address.json()["detail"]
    wrong = entra.ask("POST", "/Users", person("new", emails=[{"value": "no address"}]))
    assert (wrong.status_code, wrong.json()["scimType"]) == (400, "invalidValue")


def test_delete_deactivates_and_the_same_person_comes_back_to_the_same_record(
    cast: Cast, entra: Provider
) -> None:
    created = entra.create("nora", externalId="x-1")
    path = f"/Users/{created['id']}"
    assert entra.ask("DELETE", path).status_code == 204
    assert User.objects.get(pk=created["id"]).status == User.Status.INACTIVE
    assert entra.get(path).status_code == 404
    assert entra.find('userName eq "nora"') == []
    assert entra.create("nora", externalId="x-2")["id"] == created["id"]
    assert User.objects.get(pk=created["id"]).is_active
    assert [verb for _, verb in verbs()] == ["create_user", "deactivate_users", "retrieve_users"]


def test_put_leaves_alone_what_it_does_not_name_and_clears_what_is_null(cast: Cast, entra: Provider) -> None:
    created = entra.create("nora", emails=[{"value": "nora@example.org"}], **{OURS: {"student_id": "00777"}})
    path = f"/Users/{created['id']}"
    kept = entra.ask("PUT", path, person("nora", name={"givenName": "Norah"})).json()
    assert (kept["name"], kept["emails"][0]["value"]) == (
        {"givenName": "Norah", "familyName": "North"},
        "nora@example.org",
    )
    assert kept[OURS]["student_id"] == "00777"
    cleared = entra.ask("PUT", path, person("nora", emails=[], **{OURS: {"student_id": None}})).json()
    assert "emails" not in cleared
    assert cleared[OURS] == {"location": "North"}


def test_the_same_request_again_changes_nothing(cast: Cast, entra: Provider) -> None:
    created = entra.create("nora", externalId="x")
    before = len(verbs())
    again = entra.ask("PUT", f"/Users/{created['id']}", person("nora", externalId="x"))
    assert (again.status_code, again.json()["meta"]) == (200, created["meta"])
    assert len(verbs()) == before


def test_an_alias_stays_when_the_user_name_changes(cast: Cast, adopting: Provider) -> None:
    with outside_the_ledger():
        cast.ben.identifiers.create(attribute=cast.username, value="benny")
    change = {"op": "replace", "path": "userName", "value": "benjamin"}
    assert adopting.patch(f"/Users/{cast.ben.pk}", change).json()["userName"] == "benjamin"
    assert set(cast.ben.identifiers.filter(attribute=cast.username).values_list("value", flat=True)) == {
        "benjamin",
        "benny",
    }


def test_a_merged_duplicate_stays_visible_as_inactive_and_is_not_revived(cast: Cast, entra: Provider) -> None:
    primary, duplicate = entra.create("nora"), entra.create("norah")
    do(cast.alice, MergeUsers(primary_id=int(primary["id"]), duplicate_ids=(int(duplicate["id"]),)))
    path = f"/Users/{duplicate['id']}"
    assert entra.get(path).json()["active"] is False
    before = len(verbs())
    use = f"merged into user {primary['id']} (userName nora)"
    for answer in (
        entra.patch(path, {"op": "replace", "path": "active", "value": True}),
        entra.ask("PUT", path, person("norah", active=True)),
    ):
        assert (answer.status_code, answer.json()["scimType"]) == (400, "mutability")
        assert use in answer.json()["detail"]
    created = entra.ask("POST", "/Users", person("norah"))
    assert created.status_code == 409
    assert f"user {primary['id']} (userName nora)" in created.json()["detail"]
    assert entra.patch(path, {"op": "replace", "path": "active", "value": False}).status_code == 200
    assert len(verbs()) == before


def test_after_a_merge_the_duplicates_user_name_finds_the_user_to_use(cast: Cast, entra: Provider) -> None:
    primary = entra.create("nora", externalId="x-1")
    duplicate = entra.create("norah", externalId="x-2", emails=[{"value": "norah@example.org"}])
    do(cast.alice, MergeUsers(primary_id=int(primary["id"]), duplicate_ids=(int(duplicate["id"]),)))
    for written, found in {
        'userName eq "norah"': (primary["id"], "nora", True),
        'userName eq "nora"': (primary["id"], "nora", True),
        # It has no username any more, and so shows its address.
        'externalId eq "x-2"': (duplicate["id"], "norah@example.org", False),
        f'id eq "{duplicate["id"]}"': (duplicate["id"], "norah@example.org", False),
        "active eq false": (duplicate["id"], "norah@example.org", False),
    }.items():
        answers = [(each["id"], each["userName"], each["active"]) for each in entra.find(written)]
        assert answers == [found], written


def test_deleting_a_merged_duplicate_touches_nobody_and_does_not_let_it_come_back(
    cast: Cast, entra: Provider
) -> None:
    primary, duplicate = entra.create("nora"), entra.create("norah", emails=[{"value": "norah@example.org"}])
    do(cast.alice, MergeUsers(primary_id=int(primary["id"]), duplicate_ids=(int(duplicate["id"]),)))
    path, before = f"/Users/{duplicate['id']}", verbs()
    users = snapshot()
    deleted = entra.ask("DELETE", path)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert entra.get(path).status_code == entra.ask("DELETE", path).status_code == 404
    for taken in ("norah", "norah@example.org"):
        created = entra.ask("POST", "/Users", person(taken))
        assert (created.status_code, created.json()["scimType"]) == (409, "uniqueness")
        assert f"user {primary['id']} (userName nora)" in created.json()["detail"]
    assert verbs() == before
    assert differences(users, snapshot()) == set()
    assert [each["id"] for each in entra.get("/Users").json()["Resources"]] == [primary["id"]]


def test_of_a_merge_into_a_user_beyond_the_client_no_name_is_told(cast: Cast, entra: Provider) -> None:
    duplicate = entra.create("norah")
    do(cast.alice, MergeUsers(primary_id=cast.ben.pk, duplicate_ids=(int(duplicate["id"]),)))
    answer = entra.patch(f"/Users/{duplicate['id']}", {"op": "replace", "path": "active", "value": True})
    assert "a user whom this client does not manage" in answer.json()["detail"]
    assert "Ben" not in answer.content.decode()


def test_if_match_guards_against_what_changed_since(cast: Cast, entra: Provider) -> None:
    created = entra.create("nora")
    path, version = f"/Users/{created['id']}", created["meta"]["version"]
    rename = {"op": "replace", "path": "name.givenName", "value": "Norah"}
    changed = entra.patch(path, rename, **{"If-Match": version})
    assert changed.status_code == 200
    assert changed["ETag"] == changed.json()["meta"]["version"] != version
    assert entra.patch(path, rename, **{"If-Match": version}).status_code == 412
    assert entra.ask("GET", path, **{"If-None-Match": changed["ETag"]}).status_code == 304


def test_what_a_client_may_not_do_is_refused(cast: Cast) -> None:
    reader = Provider(*token(cast, Right.SCIM_CONNECT, name="reader", location=cast.north))
    assert reader.get("/Users").status_code == 200
    assert reader.ask("POST", "/Users", person("nora")).status_code == 403


def test_a_request_without_a_token_that_may_is_refused(cast: Cast) -> None:
    stranger = Provider(*token(cast, "users:view"))
    for path in ("/Users", "/ServiceProviderConfig", "/Schemas"):
        answer = stranger.get(path)
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="Rollbook"')
        assert answer.json()["status"] == "401"
