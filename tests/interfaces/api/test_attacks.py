"""Systems that hold a narrow right and want more, or send what nobody should: what each of them gets."""

import json
from typing import Any

import pytest

from rollbook.people.models import Identifier, User
from rollbook.training.catalogue import ContentRole, RoleGrant
from tests.cast import Cast, outside_the_ledger
from tests.interfaces.api.conftest import API, Caller, Calling

# Half of a surrogate pair, as JSON can write it.
HALF = "\ud800"


def test_a_filter_does_not_tell_who_beyond_the_location_somebody_was_merged_into(
    oak: Caller, cast: Cast
) -> None:
    with outside_the_ledger():
        User.objects.filter(pk=cast.bea.pk).update(merged_into=cast.mallory, status="inactive")

    assert oak("GET", f"/users/{cast.bea.pk}").json()["merged_into_id"] is None
    assert oak("GET", f"/users?merged_into_id={cast.mallory.pk}").json()["items"] == []


def test_of_a_place_that_the_token_does_not_see_not_even_a_number_is_told(oak: Caller, cast: Cast) -> None:
    def left_out(location_id: int) -> Any:
        users, content = {"location_id": location_id}, {"everything": True}
        return oak.plan("reset_training", users=users, content=content)["left_out"]

    assert left_out(cast.south.pk) == left_out(4242) == []
    assert [note["what"] for note in left_out(cast.oak.pk)] == ["1 user"]  # Lou, who is above learner
    # North has Oak in it, and others besides.
    assert left_out(cast.north.pk) == left_out(cast.oak.pk)


def test_what_others_named_in_an_operation_is_not_told_beyond_whom_it_was_about(
    oak: Caller, calling: Calling, cast: Cast
) -> None:
    with outside_the_ledger():
        nurses = ContentRole.objects.create(name="Nurses")
        RoleGrant.objects.create(user=cast.mallory, content_role=nurses)
    chosen = {"users": {"names": [cast.ben.email, cast.mallory.email]}, "content_role_ids": [nurses.pk]}
    everywhere = calling()
    done = everywhere.apply(everywhere.plan("grant_content_roles", **chosen), **chosen).json()
    own = {"user_id": cast.bea.pk, "profile": {"last_name": "Brown-Baker"}}
    edited = oak.apply(oak.plan("edit_user", **own), **own).json()

    shown = oak("GET", f"/operations/{done['id']}")
    assert shown.status_code == 200, "Mallory has it already, so that it was about Ben alone"
    assert (
        "mallory" not in json.dumps(oak("GET", "/operations").json()).lower() + shown.content.decode().lower()
    )
    assert everywhere("GET", f"/operations/{done['id']}").json()["params"]["users"]["names"]
    assert oak("GET", f"/operations/{edited['id']}").json()["params"]["user_id"] == cast.bea.pk


def test_a_plan_does_not_tell_what_a_location_is_called_that_the_token_does_not_see(
    oak: Caller, cast: Cast
) -> None:
    plan = oak.plan("save_location", location_id=cast.oak.pk, name="Oak", parent_id=cast.south.pk)

    assert not plan["can_apply"]
    assert "South" not in json.dumps(plan)


@pytest.mark.parametrize("number", [True, 1.0, "1"])
def test_a_number_is_a_number_and_nothing_that_could_be_taken_for_one(
    number: Any, calling: Calling, cast: Cast
) -> None:
    caller = calling()
    sent = {"params": {"user_ids": [number]}}
    answer = caller("POST", "/operations/deactivate_users/plan", sent)

    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["pointer"] == "#/params/user_ids/0"
    assert caller("PATCH", f"/users/{cast.ben.pk}", {"location_id": number}).status_code == 422


@pytest.mark.parametrize(
    "asked", ["search=%00", "search=%20", "attribute=student_id"], ids=["nothing", "a blank", "no identifier"]
)
def test_a_filter_with_nothing_in_it_does_not_mean_everybody(asked: str, oak: Caller) -> None:
    assert oak("GET", f"/users?{asked}").status_code == 422


def test_an_identifier_is_found_however_its_accents_are_written(oak: Caller, cast: Cast) -> None:
    with outside_the_ledger():
        Identifier.objects.create(user=cast.ben, attribute=cast.username, value="zo\u00eb")

    (found,) = oak("GET", "/users?identifier=zoe%CC%88").json()["items"]

    assert found["id"] == cast.ben.pk


def test_half_a_character_is_a_problem_wherever_it_stands(oak: Caller, cast: Cast) -> None:
    ben = f"/users/{cast.ben.pk}"
    for body in ({"attributes": {HALF: ["x"]}}, {"email": f"{HALF}@example.org"}):
        answer = oak("PATCH", ben, body)

        assert answer.status_code == 422, answer.content
        assert answer["Content-Type"] == "application/problem+json"
    assert oak("GET", ben).json()["email"] == cast.ben.email


def test_nobody_is_given_more_identifiers_than_can_be_looked_up(oak: Caller, cast: Cast) -> None:
    many = [f"S{number}" for number in range(1000)]
    answer = oak("PATCH", f"/users/{cast.ben.pk}", {"attributes": {"student_id": many}})

    assert answer.status_code == 422
    assert answer.json()["detail"] == "1,000 values were given; 100 are the most. Give fewer."


def test_whoever_has_more_identifiers_than_that_from_merges_keeps_them(oak: Caller, cast: Cast) -> None:
    values = [f"S{number:03}" for number in range(120)]
    with outside_the_ledger():
        cast.ben.identifiers.filter(attribute=cast.student_id).delete()
        Identifier.objects.bulk_create(
            Identifier(user=cast.ben, attribute=cast.student_id, value=value) for value in values
        )

    assert (
        oak("PATCH", f"/users/{cast.ben.pk}", {"attributes": {"student_id": values[1:]}}).status_code == 200
    )
    assert cast.ben.identifiers.filter(attribute=cast.student_id).count() == 119


def test_a_reason_is_as_long_at_one_address_as_at_another(oak: Caller, cast: Cast) -> None:
    answer = oak("POST", f"/users/{cast.ben.pk}/lms-accounts/reset", {"reason": "x" * 2001})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#/reason"
    assert cast.ben.lms_accounts.exists()


def test_json_of_a_hundred_thousand_lists_is_no_error(oak: Caller) -> None:
    answer = oak.client.generic(
        "POST",
        f"{API}/operations/deactivate_users/plan",
        b"[" * 100_000,
        content_type="application/json",
        headers=oak.headers,
    )

    assert answer.status_code == 400


def test_a_list_holds_no_more_than_can_be_looked_up_within_a_request(oak: Caller) -> None:
    path = "/operations/deactivate_users/plan"
    refused = oak("POST", path, {"params": {"user_ids": [4242] * 10_001}})

    assert refused.status_code == 422
    assert "a list holds 10,000 at most" in refused.json()["detail"]
    # So many are looked up, and are nobody whom the token sees.
    assert oak("POST", path, {"params": {"user_ids": [4242] * 10_000}}).status_code == 403
