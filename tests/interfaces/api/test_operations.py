"""Operations through the API: plan -> preview as data -> apply with the fingerprint -> undo."""

import json
from dataclasses import fields, replace
from uuid import uuid4

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from rollbook.interfaces.web.held import KNOWN
from rollbook.interfaces.web.tasks import apply_operation
from rollbook.ledger import writer
from rollbook.ledger.actor import Actor
from rollbook.ledger.errors import NotTheSecond
from rollbook.ledger.holds import approve
from rollbook.ledger.models import OperationJob, OperationRecord
from rollbook.ledger.operation import Hold, Operation, Plan
from rollbook.operations import OPERATIONS
from rollbook.operations.deactivate_users import DeactivateUsers
from rollbook.people.access import actor_for
from rollbook.people.importing.models import ImportFile
from rollbook.people.models import User
from tests.cast import Cast
from tests.interfaces.api.conftest import Caller, Calling
from tests.interfaces.api.offered import NOT_FOR_TOKENS, OFFERED, something
from tests.operations.doing import do
from tests.snapshots import differences, snapshot


def test_every_operation_has_its_addresses_but_those_that_no_token_may_do(calling: Calling) -> None:
    paths = calling()("GET", "/openapi.json").json()["paths"]
    for operation in OPERATIONS:
        offered = {f"/api/v1/operations/{operation.verb}/{step}" in paths for step in ("plan", "apply")}
        assert offered == {operation.verb not in NOT_FOR_TOKENS}, operation.verb


def test_a_plan_says_what_would_be_done_and_does_nothing(oak: Caller, cast: Cast) -> None:
    before = snapshot()
    plan = oak.plan("deactivate_users", user_ids=[cast.ben.pk, cast.dora.pk])
    assert plan["can_apply"]
    assert plan["summary"] == "Deactivate Ben Baker"
    assert plan["counts"] == {"rollbook_user": {"update": 1}}
    assert plan["needs_reason"]
    assert not plan["large"]
    assert [note["what"] for note in plan["notes"]] == ["Dora Dunn is already inactive"]
    (sample,) = plan["samples"]
    assert sample["rows"][0]["label"] == "Ben Baker"
    assert sample["rows"][0]["after"]["status"] == "inactive"
    assert differences(before, snapshot()) == set()


def test_what_was_planned_is_applied_once_and_undone(oak: Caller, cast: Cast) -> None:
    before = snapshot()
    plan = oak.plan("deactivate_users", user_ids=[cast.ben.pk])
    done = oak.apply(plan, user_ids=[cast.ben.pk])
    assert done.status_code == 201, done.content
    assert done["Location"] == f"/api/v1/operations/{done.json()['id']}"
    again = oak.apply(plan, user_ids=[cast.ben.pk])
    assert (again.status_code, again.json()) == (200, done.json())
    path = f"/operations/{done.json()['id']}"
    undo = oak("POST", f"{path}/undo/plan", {}).json()
    confirmed = {"fingerprint": undo["fingerprint"], "key": undo["key"]}
    undone = oak("POST", f"{path}/undo/apply", confirmed)
    assert undone.status_code == 201, undone.content
    assert undone.json()["undoes_id"] == done.json()["id"]
    assert oak("GET", path).json()["undone_by_ids"] == [undone.json()["id"]]
    assert differences(before, snapshot()) == set()


def test_a_stale_plan_is_refused(oak: Caller, cast: Cast) -> None:
    plan = oak.plan("deactivate_users", user_ids=[cast.ben.pk])
    oak("PATCH", f"/users/{cast.ben.pk}", {"last_name": "Bäcker"})
    answer = oak.apply(plan, user_ids=[cast.ben.pk])
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:rollbook:problem:stale-plan")
    assert User.objects.get(pk=cast.ben.pk).is_active


def test_other_parameters_than_those_that_were_planned_are_refused(oak: Caller, cast: Cast) -> None:
    plan = oak.plan("deactivate_users", user_ids=[cast.ben.pk])
    assert oak.apply(plan, user_ids=[cast.bea.pk]).status_code == 409
    assert User.objects.get(pk=cast.bea.pk).is_active


def test_a_reason_is_asked_for_where_one_is_needed(oak: Caller, cast: Cast) -> None:
    plan = oak.plan("deactivate_users", user_ids=[cast.ben.pk])
    answer = oak.apply(plan, reason=" ", user_ids=[cast.ben.pk])
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#/reason"


def test_a_parameter_that_is_wrong_or_does_not_exist_is_named(oak: Caller) -> None:
    for params, pointer in (
        ({"user_ids": ["x"]}, "#/params/user_ids/0"),
        ({}, "#/params/user_ids"),
        ({"user_ids": [1], "really": True}, "#/params/really"),
    ):
        answer = oak("POST", "/operations/deactivate_users/plan", {"params": params})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == pointer


def test_a_refusal_is_part_of_the_plan(oak: Caller, cast: Cast) -> None:
    plan = oak.plan("merge_users", primary_id=cast.ben.pk, duplicate_ids=[cast.ben.pk])
    assert not plan["can_apply"]
    assert "Nobody is merged into the same account" in plan["refusals"][0]
    answer = oak.apply(plan, primary_id=cast.ben.pk, duplicate_ids=[cast.ben.pk])
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:rollbook:problem:refused")


def test_nobody_out_of_scope_is_touched(oak: Caller, cast: Cast) -> None:
    before = snapshot()
    for user in (cast.mallory, cast.lou):
        answer = oak("POST", "/operations/deactivate_users/plan", {"params": {"user_ids": [user.pk]}})
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:rollbook:problem:out-of-scope")
    assert differences(before, snapshot()) == set()


def test_operations_out_of_scope_are_not_there(oak: Caller, cast: Cast) -> None:
    here = do(cast.alice, DeactivateUsers(user_ids=(cast.ben.pk,)))
    there = do(cast.alice, DeactivateUsers(user_ids=(cast.mallory.pk,)))
    assert [row["id"] for row in oak("GET", "/operations").json()["items"]] == [here.pk]
    assert [row["id"] for row in oak("GET", f"/operations?user_id={cast.ben.pk}").json()["items"]] == [
        here.pk
    ]
    assert oak("GET", f"/operations/{there.pk}").status_code == 404
    assert oak("POST", f"/operations/{there.pk}/undo/plan", {}).status_code == 404


def test_the_key_of_another_one_s_plan_tells_nothing(oak: Caller, calling: Calling, cast: Cast) -> None:
    plan = oak.plan("deactivate_users", user_ids=[cast.ben.pk])
    oak.apply(plan, user_ids=[cast.ben.pk])
    answer = calling(name="other").apply(plan, user_ids=[cast.ben.pk])
    assert answer.status_code == 409
    assert "id" not in answer.json()


def test_undoing_needs_the_right_of_the_operation(calling: Calling, cast: Cast) -> None:
    record = do(cast.alice, DeactivateUsers(user_ids=(cast.ben.pk,)))
    reader = calling("operations:view")
    answer = reader("POST", f"/operations/{record.pk}/undo/plan", {})
    assert answer.status_code == 403
    assert "users:deactivate" in answer.json()["detail"]


def test_a_large_operation_becomes_a_job_of_the_worker(
    oak: Caller, calling: Calling, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "LARGE", 1)
    # What is worth counting is what may be large.
    users = [cast.ben.pk, cast.bea.pk]
    plan = oak.plan("deactivate_users", user_ids=users)
    assert plan["large"]
    answer = oak.apply(plan, user_ids=users)
    assert answer.status_code == 202, answer.content
    assert oak.apply(plan, user_ids=users).json() == answer.json()
    job = OperationJob.objects.get()
    assert answer["Location"] == f"/api/v1/jobs/{job.pk}"
    assert (answer.json()["state"], job.actor, job.actor_user_id) == ("waiting", "api:Oak HR", None)
    assert ProcrastinateJob.objects.filter(task_name="apply_operation", args={"job_id": job.pk}).exists()
    other = calling(name="other")
    assert other("GET", f"/jobs/{job.pk}").status_code == 404
    assert other.apply(plan, user_ids=users).status_code == 409
    apply_operation(job.pk)
    over = oak("GET", f"/jobs/{job.pk}").json()
    record = OperationRecord.objects.get()
    assert (over["state"], over["operation_id"], record.actor) == ("done", record.pk, "api:Oak HR")


def test_what_is_held_becomes_a_job_that_somebody_else_than_the_tokens_creator_approves(
    oak: Caller, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = DeactivateUsers.plan

    def held(self: DeactivateUsers, acting: Actor) -> Plan:
        return replace(planned(self, acting), holds=[Hold("It is Ben.")])

    monkeypatch.setattr(DeactivateUsers, "plan", held)
    plan = oak.plan("deactivate_users", user_ids=[cast.ben.pk])
    assert (plan["holds"], plan["can_apply"], plan["large"]) == (["It is Ben."], True, False)
    answer = oak.apply(plan, user_ids=[cast.ben.pk])
    assert (answer.status_code, answer.json()["state"]) == (202, "held")
    job = OperationJob.objects.get()
    assert not ProcrastinateJob.objects.filter(task_name="apply_operation").exists()
    with pytest.raises(NotTheSecond):
        approve(job.pk, KNOWN, acting=actor_for(cast.alice), start=lambda _: None)
    approve(job.pk, KNOWN, acting=actor_for(cast.carla), start=lambda _: None)
    apply_operation(job.pk)
    over = oak("GET", f"/jobs/{job.pk}").json()
    shown = oak("GET", f"/operations/{over['operation_id']}").json()
    assert (shown["actor"], shown["approver_name"]) == ("api:Oak HR", "Carla Clark")


# Parameters that name users.
USERS = {"user_id", "user_ids", "primary_id", "duplicate_ids"}
NAMING_USERS = [operation for operation in OFFERED if USERS & {field.name for field in fields(operation)}]


@pytest.mark.parametrize("operation", NAMING_USERS, ids=[operation.verb for operation in NAMING_USERS])
def test_who_is_beyond_is_not_told_apart_from_who_is_not_there(
    operation: type[Operation], calling: Calling, cast: Cast
) -> None:
    params = something(operation, cast).params()
    # In a location, with rights that only a token for everywhere is given.
    bounded = calling(location=cast.oak)
    for name in USERS & params.keys():
        answers = set()
        for pk in (cast.mallory.pk, 999_999):
            named = [pk] if isinstance(params[name], list | tuple) else pk
            for step, confirmed in (("plan", {}), ("apply", {"fingerprint": "x", "key": str(uuid4())})):
                body = {"params": {**params, name: named}, **confirmed}
                answer = bounded("POST", f"/operations/{operation.verb}/{step}", body)
                answers.add((answer.status_code, answer.content))
        ((status, content),) = answers
        assert (status, json.loads(content)["type"]) == (403, "urn:rollbook:problem:out-of-scope")


def test_a_token_for_everywhere_is_told_who_is_not_there(calling: Calling) -> None:
    assert calling().plan("deactivate_users", user_ids=[999_999])["refusals"] == ["There is no user #999999."]


@pytest.mark.parametrize("operation", OFFERED, ids=[operation.verb for operation in OFFERED])
def test_every_operation_is_planned_applied_and_undone(
    operation: type[Operation], calling: Calling, cast: Cast
) -> None:
    everything, verb = calling(), operation.verb
    params = something(operation, cast).params()
    # Whoever takes a file must have sent it.
    ImportFile.objects.update(actor="api:nightly")
    before = snapshot()
    plan = everything.plan(verb, **params)
    assert plan["can_apply"], plan["refusals"]
    done = everything.apply(plan, **params)
    assert done.status_code == 201, done.content
    assert done.json()["counts"] == plan["counts"]
    path = f"/operations/{done.json()['id']}/undo"
    undo = everything("POST", f"{path}/plan", {}).json()
    undone = everything("POST", f"{path}/apply", {"fingerprint": undo["fingerprint"], "key": str(uuid4())})
    assert undone.status_code == 201, undone.content
    assert differences(before, snapshot()) == set()
