"""What an operation tells: as it commits, to whom it concerns, and nothing about anybody but ids."""

import json
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from rollbook.ledger.models import OperationRecord
from rollbook.ledger.undo import Undo
from rollbook.ledger.writer import apply, preview
from rollbook.operations.create_user import CreateUser
from rollbook.operations.deactivate_users import DeactivateUsers
from rollbook.operations.edit_user import EditUser
from rollbook.operations.merge_many_users import MergeManyUsers
from rollbook.operations.merge_users import MergeUsers
from rollbook.operations.remove_webhook import RemoveWebhook
from rollbook.operations.retrieve_users import RetrieveUsers
from rollbook.operations.save_location import SaveLocation
from rollbook.people.access import actor_for
from rollbook.people.models import User
from rollbook.people.pairs import Pair
from rollbook.people.profile import Profile
from rollbook.people.webhooks.models import USER_EVENTS, Delivery
from rollbook.people.webhooks.sending import tell
from tests.cast import Cast, outside_the_ledger, user, webhook
from tests.operations.doing import do
from tests.people.webhooks.working import jobs, told, work


def of_users(found: list[tuple[str, dict[str, Any]]]) -> list[tuple[str, int]]:
    return [(event, data["user_id"]) for event, data in found if "user_id" in data]


def renamed(who: User) -> EditUser:
    return EditUser(user_id=who.pk, profile=Profile(last_name="Newman"))


def test_an_operation_and_each_user_that_it_changed_are_told(cast: Cast) -> None:
    hook = webhook(cast)
    record = do(cast.carla, DeactivateUsers(user_ids=(cast.ben.pk, cast.bea.pk, cast.dora.pk)))
    found = told(hook)
    assert [event for event, _ in found] == ["operation.applied", "user.deactivated", "user.deactivated"]
    about = {
        "operation_id": record.pk,
        "key": str(record.plan_key),
        "verb": "deactivate_users",
        "actor": f"user:{cast.carla.pk}",
    }
    counts = {"rollbook_user": {"update": 2}}
    assert found[0][1] == {**about, "undoes_id": None, "users": 3, "counts": counts}
    assert found[1][1] == {**about, "user_id": cast.ben.pk}


def test_each_kind_of_change_of_a_user_has_its_event(cast: Cast) -> None:
    hook = webhook(cast, *USER_EVENTS)
    profile = Profile(first_name="Nele", location_id=cast.oak.pk, attributes={"student_id": ("00777",)})
    do(cast.alice, CreateUser(profile=profile))
    nele = User.objects.get(first_name="Nele")
    do(cast.alice, renamed(nele))
    do(cast.alice, DeactivateUsers(user_ids=(nele.pk,)))
    do(cast.alice, RetrieveUsers(user_ids=(nele.pk,)))
    merged = do(cast.alice, MergeUsers(primary_id=cast.ben.pk, duplicate_ids=(nele.pk,)))
    do(cast.alice, Undo(operation_id=merged.pk))
    assert of_users(told(hook)) == [
        ("user.created", nele.pk),
        ("user.updated", nele.pk),
        ("user.deactivated", nele.pk),
        ("user.retrieved", nele.pk),
        # Her student ID is Ben's now.
        ("user.updated", cast.ben.pk),
        ("user.merged", nele.pk),
        ("user.updated", cast.ben.pk),
        ("user.retrieved", nele.pk),
    ]


def test_whose_creation_is_undone_is_removed(cast: Cast) -> None:
    hook, near = webhook(cast, *USER_EVENTS), webhook(cast, *USER_EVENTS, name="near", location=cast.north)
    profile = Profile(first_name="Nele", location_id=cast.oak.pk, attributes={"student_id": ("00777",)})
    record = do(cast.alice, CreateUser(profile=profile))
    (pk,) = record.created_ids("rollbook_user")
    do(cast.alice, Undo(operation_id=record.pk))
    assert of_users(told(hook))[1:] == of_users(told(near))[1:] == [("user.removed", pk)]


@pytest.mark.parametrize("attributes", [{"student_id": ("00321",)}, {"employee_id": ("E-9",)}])
def test_whose_identifier_or_attribute_changed_is_updated(cast: Cast, attributes: dict[str, Any]) -> None:
    hook = webhook(cast, "user.updated")
    do(cast.alice, EditUser(user_id=cast.ben.pk, profile=Profile(attributes=attributes)))
    assert of_users(told(hook)) == [("user.updated", cast.ben.pk)]


def test_only_what_was_chosen_is_told(cast: Cast) -> None:
    merges, operations = webhook(cast, "user.merged"), webhook(cast, "operation.applied", name="audit")
    do(cast.alice, MergeUsers(primary_id=cast.ben.pk, duplicate_ids=(cast.bea.pk,)))
    assert of_users(told(merges)) == [("user.merged", cast.bea.pk)]
    assert [event for event, _ in told(operations)] == ["operation.applied"]


def test_taking_back_is_told_as_such(cast: Cast) -> None:
    hook = webhook(cast, "operation.applied", "operation.undone")
    record = do(cast.alice, DeactivateUsers(user_ids=(cast.ben.pk,)))
    do(cast.alice, Undo(operation_id=record.pk))
    (_, applied), (event, undone) = told(hook)
    assert (event, undone["undoes_id"]) == ("operation.undone", applied["operation_id"])


def test_an_operation_of_parts_is_told_once_with_the_users_of_all(cast: Cast) -> None:
    hook = webhook(cast)
    pairs = ((cast.ben, cast.bea), (cast.mallory, cast.lou))
    named = tuple(
        Pair(row, f"#{kept.pk}", f"#{other.pk}") for row, (kept, other) in enumerate(pairs, start=1)
    )
    do(cast.alice, MergeManyUsers(pairs=named))
    found = told(hook)
    assert [event for event, _ in found].count("operation.applied") == 1
    assert {pk for event, pk in of_users(found) if event == "user.merged"} == {cast.bea.pk, cast.lou.pk}


def test_the_message_commits_and_rolls_back_with_the_operation(cast: Cast) -> None:
    webhook(cast)
    plan = preview(renamed(cast.ben), acting=actor_for(cast.alice))
    with transaction.atomic():
        apply(plan, acting=actor_for(cast.alice))
        assert [job.task_name for job in jobs()] == ["tell_webhooks"]
        transaction.set_rollback(True)
    assert jobs() == []
    record = apply(plan, acting=actor_for(cast.alice))
    assert [job.args for job in jobs()] == [{"operation_id": record.pk}]


def test_without_a_webhook_that_listens_an_operation_does_nothing_more(cast: Cast) -> None:
    def queries(who: User) -> int:
        plan = preview(renamed(who), acting=actor_for(cast.alice))
        with CaptureQueriesContext(connection) as seen:
            apply(plan, acting=actor_for(cast.alice))
        return len(seen)

    webhook(cast, enabled=False)
    before = queries(cast.ben)
    assert jobs() == []
    # Nor does one that listens cost the operation a query: the database notes it itself.
    webhook(cast, name="audit")
    assert queries(cast.bea) == before
    assert len(jobs()) == 1


def test_told_twice_nothing_is_sent_twice(cast: Cast) -> None:
    hook = webhook(cast)
    record = do(cast.alice, renamed(cast.ben))
    assert len(told(hook)) == 2
    tell(record.pk)
    assert Delivery.objects.count() == 2
    assert len(jobs()) == 2


def test_with_a_location_only_what_lies_in_it_is_told(cast: Cast) -> None:
    south, oak = webhook(cast, location=cast.south), webhook(cast, name="oak", location=cast.oak)
    do(cast.alice, renamed(cast.ben))
    do(cast.alice, DeactivateUsers(user_ids=(cast.bea.pk, cast.mallory.pk)))
    do(cast.alice, SaveLocation(name="West", parent_id=None))
    # An operation that reaches beyond is not told of as a whole.
    assert [event for event, _ in told(south)] == ["user.deactivated"]
    assert of_users(told(south)) == [("user.deactivated", cast.mallory.pk)]
    assert of_users(told(oak)) == [("user.updated", cast.ben.pk), ("user.deactivated", cast.bea.pk)]
    assert [event for event, _ in told(oak)].count("operation.applied") == 1


def test_a_location_reaches_below_itself(cast: Cast) -> None:
    hook = webhook(cast, location=cast.north)
    do(cast.alice, renamed(cast.ben))
    assert of_users(told(hook)) == [("user.updated", cast.ben.pk)]


def test_who_leaves_a_location_is_told_on_both_sides(cast: Cast) -> None:
    here, there = webhook(cast, location=cast.oak), webhook(cast, name="there", location=cast.south)
    do(cast.alice, EditUser(user_id=cast.ben.pk, profile=Profile(location_id=cast.south.pk)))
    assert of_users(told(here)) == [("user.updated", cast.ben.pk)]
    assert of_users(told(there)) == [("user.updated", cast.ben.pk)]


def test_many_users_are_told_in_one_message_with_the_way_to_them(cast: Cast) -> None:
    hook = webhook(cast, *USER_EVENTS)
    near = webhook(cast, *USER_EVENTS, name="south", location=cast.south)
    with outside_the_ledger():
        many = [user(f"No{n}", "Body", cast.oak) for n in range(100)]
    everybody = (*(one.pk for one in many), cast.mallory.pk)
    record = do(cast.alice, DeactivateUsers(user_ids=everybody))
    ((event, data),) = told(hook)
    assert (event, data["users"], data["counts"]) == ("users.changed", 101, {"user.deactivated": 101})
    assert data["users_url"].endswith(f"/api/v1/users?operation_id={record.pk}")
    assert of_users(told(near)) == [("user.deactivated", cast.mallory.pk)]
    # A hundred are still told one by one.
    do(cast.alice, RetrieveUsers(user_ids=everybody[:100]))
    assert [event for event, _ in told(hook)][1:] == ["user.retrieved"] * 100


def test_nothing_about_a_person_is_sent_but_ids(cast: Cast) -> None:
    hook = webhook(cast)
    do(cast.carla, EditUser(user_id=cast.ben.pk, profile=Profile(email="benedict@example.org")))
    do(cast.carla, MergeUsers(primary_id=cast.ben.pk, duplicate_ids=(cast.bea.pk,)))
    assert told(hook)
    sent = "".join(Delivery.objects.values_list("body", flat=True)).lower()
    for personal in ("ben", "bea", "baker", "brown", "carla", "clark", "example.org", "00124", "a test"):
        assert f'"{personal}' not in sent
        assert personal not in sent.replace("number", "")


def test_the_account_at_the_command_line_is_not_named(cast: Cast) -> None:
    hook = webhook(cast, "operation.applied")
    record = do(cast.alice, renamed(cast.ben))
    with connection.cursor() as cursor, outside_the_ledger():
        cursor.execute("UPDATE rollbook_operation SET actor = 'cli:mmiller' WHERE id = %s", [record.pk])
    assert told(hook)[0][1]["actor"] == "cli"


def test_a_message_has_type_time_and_data(cast: Cast) -> None:
    webhook(cast, "operation.applied")
    record = do(cast.alice, renamed(cast.ben))
    work("tell_webhooks")
    delivery = Delivery.objects.get()
    body = json.loads(delivery.body)
    assert body.keys() == {"type", "timestamp", "data"}
    assert (body["type"], body["timestamp"]) == ("operation.applied", record.at.isoformat())
    assert delivery.event_id == f"evt_{record.pk}"


def test_the_removal_of_a_webhook_can_be_undone_and_it_goes_on(cast: Cast) -> None:
    hook = webhook(cast, "user.updated")
    removed = do(cast.alice, RemoveWebhook(webhook_id=hook.pk))
    do(cast.alice, renamed(cast.ben))
    do(cast.alice, Undo(operation_id=removed.pk))
    do(cast.alice, renamed(cast.bea))
    assert of_users(told(hook)) == [("user.updated", cast.bea.pk)]
    assert OperationRecord.objects.count() == 4
