"""Users through the API."""

from typing import Any

from rollbook.ledger.models import OperationRecord
from rollbook.operations.deactivate_users import DeactivateUsers
from rollbook.people.models import User
from tests.cast import Cast
from tests.interfaces.api.conftest import Caller, Calling
from tests.operations.doing import do


def names(answer: Any) -> list[str]:
    return [user["first_name"] for user in answer.json()["items"]]


def test_users_in_scope_are_listed_and_no_others(oak: Caller) -> None:
    assert names(oak("GET", "/users")) == ["Lou", "Ben", "Bea", "Dora"]


def test_a_list_is_read_page_by_page(oak: Caller) -> None:
    first = oak("GET", "/users?limit=3")
    assert names(first) == ["Lou", "Ben", "Bea"]
    second = oak("GET", f"/users?limit=3&cursor={first.json()['next']}")
    assert names(second) == ["Dora"]
    assert second.json()["next"] is None


def test_users_are_found_by_what_identifies_them(oak: Caller) -> None:
    assert names(oak("GET", "/users?identifier=00123&attribute=student_id")) == ["Ben"]
    assert names(oak("GET", "/users?identifier=00123&attribute=username")) == []
    assert names(oak("GET", "/users?email=BEN.baker@example.org")) == ["Ben"]
    assert names(oak("GET", "/users?email=mallory.malik@example.org")) == []
    assert names(oak("GET", "/users?search=brown")) == ["Bea"]
    assert names(oak("GET", "/users?status=inactive")) == ["Dora"]


def test_users_of_an_operation_are_listed_to_who_may_see_operations(
    oak: Caller, calling: Calling, cast: Cast
) -> None:
    record = do(cast.alice, DeactivateUsers(user_ids=(cast.bea.pk, cast.mallory.pk)))
    path = f"/users?operation_id={record.pk}"
    assert names(oak("GET", path)) == ["Bea"]
    everywhere = calling()
    assert names(everywhere("GET", path)) == ["Bea", "Mallory"]
    first = everywhere("GET", f"{path}&limit=1").json()
    assert names(everywhere("GET", f"{path}&limit=1&cursor={first['next']}")) == ["Mallory"]
    assert names(oak("GET", "/users?operation_id=999999")) == []
    assert calling("users:view", name="viewer")("GET", path).status_code == 403


def test_a_filter_that_is_spelt_wrong_is_refused_and_not_ignored(oak: Caller) -> None:
    answer = oak("GET", "/users?emial=ben.baker@example.org")
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"pointer": "?emial", "reason": "There is no such parameter."}]


def test_a_user_is_shown_with_identifiers_and_attributes(oak: Caller, cast: Cast) -> None:
    answer = oak("GET", f"/users/{cast.ben.pk}")
    shown = {"employee_id": ["E-7"], "student_id": ["00123"], "username": ["ben"]}
    assert answer.json()["attributes"] == shown


def test_whoever_is_out_of_scope_is_as_little_there_as_nobody(oak: Caller, cast: Cast) -> None:
    beyond, nobody = (oak("GET", f"/users/{pk}") for pk in (cast.mallory.pk, 10**30))
    assert (beyond.status_code, nobody.status_code) == (404, 404)
    assert beyond.json()["detail"] == nobody.json()["detail"].replace(str(10**30), str(cast.mallory.pk))


def test_a_user_is_created_by_an_operation_of_the_token(oak: Caller, cast: Cast) -> None:
    body = {
        "first_name": "Nele",
        "email": "nele@example.org",
        "location_id": cast.oak.pk,
        "attributes": {"student_id": ["00777"]},
    }
    answer = oak("POST", "/users", body)
    assert answer.status_code == 201, answer.content
    made = User.objects.get(email="nele@example.org")
    assert answer["Location"] == f"/api/v1/users/{made.pk}"
    assert answer.json() == oak("GET", f"/users/{made.pk}").json()
    record = OperationRecord.objects.get()
    assert (record.actor, record.actor_user, record.verb) == ("api:Oak HR", None, "create_user")


def test_each_field_that_is_wrong_is_named_with_the_reason(oak: Caller, cast: Cast) -> None:
    body = {"email": "no", "location_id": cast.south.pk, "attributes": {"student_id": ["00123"]}}
    answer = oak("POST", "/users", body)
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "urn:rollbook:problem:invalid"
    pointers = {error["pointer"] for error in problem["errors"]}
    assert pointers == {"#/first_name", "#/email", "#/location_id", "#/attributes/student_id"}
    assert "belongs to Ben Baker" in problem["detail"]
    owners = {error["pointer"]: error["user_id"] for error in problem["errors"] if "user_id" in error}
    assert owners == {"#/attributes/student_id": cast.ben.pk}


def test_a_field_that_does_not_exist_is_refused(oak: Caller, cast: Cast) -> None:
    answer = oak("PATCH", f"/users/{cast.ben.pk}", {"frist_name": "Benjamin"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#/frist_name"


def test_what_belongs_to_somebody_out_of_scope_is_refused_without_a_name(oak: Caller, cast: Cast) -> None:
    answer = oak("PATCH", f"/users/{cast.ben.pk}", {"attributes": {"student_id": ["00999"]}})
    assert answer.status_code == 422
    assert "belongs to another user" in answer.json()["detail"]
    assert "Mallory" not in answer.content.decode()


def test_editing_to_what_is_so_already_changes_nothing(oak: Caller, cast: Cast) -> None:
    assert oak("PATCH", f"/users/{cast.ben.pk}", {"first_name": "Ben"}).status_code == 200
    assert not OperationRecord.objects.exists()


def test_staff_are_seen_but_not_changed(oak: Caller, cast: Cast) -> None:
    assert oak("GET", f"/users/{cast.lou.pk}").status_code == 200
    answer = oak("PATCH", f"/users/{cast.lou.pk}", {"first_name": "Lu"})
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:rollbook:problem:out-of-scope"


def test_no_token_makes_anybody_more_than_a_learner(calling: Calling, cast: Cast) -> None:
    answer = calling()("PATCH", f"/users/{cast.ben.pk}", {"access_level": "super_user"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#/access_level"


def test_a_user_who_is_as_before_need_not_be_sent_again(oak: Caller, cast: Cast) -> None:
    path = f"/users/{cast.ben.pk}"
    tag = oak("GET", path)["ETag"]
    assert oak("GET", path, If_None_Match=tag).status_code == 304
    oak("PATCH", path, {"first_name": "Benjamin"})
    assert oak("GET", path, If_None_Match=tag).status_code == 200


def test_a_user_who_was_changed_since_is_not_overwritten(oak: Caller, cast: Cast) -> None:
    path = f"/users/{cast.ben.pk}"
    tag = oak("GET", path)["ETag"]
    changed = oak("PATCH", path, {"first_name": "Benjamin"}, If_Match=tag)
    assert changed.status_code == 200
    assert oak("PATCH", path, {"last_name": "Bäcker"}, If_Match=tag).status_code == 412
    assert oak("PATCH", path, {"last_name": "Bäcker"}, If_Match=changed["ETag"]).status_code == 200


def test_identifiers_are_added_and_removed_one_by_one(oak: Caller, cast: Cast) -> None:
    path = f"/users/{cast.ben.pk}/identifiers"
    added = oak("POST", path, {"attribute": "student_id", "value": "00125"})
    assert added.status_code == 201, added.content
    assert [row["value"] for row in oak("GET", path).json()] == ["00123", "ben", "00125"]
    assert oak("DELETE", f"{path}/{added.json()['id']}").status_code == 204
    assert [row["value"] for row in oak("GET", path).json()] == ["00123", "ben"]


def test_an_identifier_that_is_held_already_is_answered_as_it_is(oak: Caller, cast: Cast) -> None:
    path = f"/users/{cast.ben.pk}/identifiers"
    oak("POST", path, {"attribute": "student_id", "value": "00125"})
    again = oak("POST", path, {"attribute": "student_id", "value": "00123"})
    assert again.json()["id"] == cast.ben.identifiers.get(value="00123").pk


def test_an_identifier_of_no_username_attribute_is_refused_and_nothing_happens(
    oak: Caller, cast: Cast
) -> None:
    for attribute, value in (("employee_id", "E-8"), ("shoe_size", "43")):
        answer = oak("POST", f"/users/{cast.ben.pk}/identifiers", {"attribute": attribute, "value": value})
        assert answer.status_code == 422, answer.content
        assert answer.json()["errors"][0]["pointer"] == "#/attribute"
    assert cast.ben.attribute_values.get().value == "E-7"


def test_lms_accounts_are_listed_and_reset(oak: Caller, cast: Cast) -> None:
    path = f"/users/{cast.ben.pk}/lms-accounts"
    assert [row["subject"] for row in oak("GET", path).json()] == ["h-ben"]
    assert oak("POST", f"{path}/reset", {"reason": " "}).json()["errors"][0]["pointer"] == "#/reason"
    done = oak("POST", f"{path}/reset", {"reason": "it is Bea's"})
    assert done.status_code == 204
    assert done["Location"] == f"/api/v1/operations/{OperationRecord.objects.get().pk}"
    assert oak("GET", path).json() == []
    again = oak("POST", f"{path}/reset", {"reason": "again"})
    assert (again.status_code, again.json()["type"]) == (409, "urn:rollbook:problem:refused")
