"""The database refuses a write to the register that no operation stands behind, whoever makes it."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from rollbook.ledger.effects import Update
from rollbook.ledger.models import Change, OperationRecord
from rollbook.ledger.recorded import RegisterModel
from rollbook.ledger.tables import captured_fields, log_models, recorded_models
from rollbook.ledger.triggers import missing_triggers
from rollbook.ledger.verify import broken_invariants
from rollbook.ledger.writer import apply, preview
from rollbook.lms.models import LMSAccount
from rollbook.operations.deactivate_users import DeactivateUsers
from rollbook.people.access import actor_for
from rollbook.people.models import User
from tests.cast import Cast, outside_the_ledger
from tests.ledger.doing import do, only


def refused(sql: str) -> str:
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    return str(caught.value)


@pytest.mark.parametrize("model", [m for m in recorded_models() if issubclass(m, RegisterModel)])
def test_every_register_table_refuses_sql_outside_an_operation(
    cast: Cast, model: type[RegisterModel]
) -> None:
    table = connection.ops.quote_name(model._meta.db_table)
    column = connection.ops.quote_name(captured_fields(model)[1].column)
    assert "refused outside an operation" in refused(f"UPDATE {table} SET {column} = {column}")
    assert "refused outside an operation" in refused(f"DELETE FROM {table}")
    assert "refused outside an operation" in refused(f"TRUNCATE {table} CASCADE")
    assert "refused outside an operation" in refused(f"INSERT INTO {table} DEFAULT VALUES")


def test_no_row_gets_another_id_by_an_operation_or_without(cast: Cast) -> None:
    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        do(lambda: Update(only(cast.dora), {"id": 999_999}))
    assert "never changes" in refused("UPDATE rollbook_enrolment SET id = id + 1")


def test_a_model_save_is_refused_too(cast: Cast) -> None:
    cast.ben.first_name = "Benjamin"
    with pytest.raises(DatabaseError, match="belongs to the register"), transaction.atomic():
        cast.ben.save()


def test_signing_in_may_write_its_own_columns_and_is_not_recorded(cast: Cast) -> None:
    cast.ben.set_password("a long enough secret")
    cast.ben.save(update_fields=["password"])
    cast.ben.last_login = timezone.now()
    cast.ben.save(update_fields=["last_login"])
    assert Change.objects.count() == 0


def test_a_password_is_never_in_the_record(cast: Cast) -> None:
    acting = actor_for(cast.alice)
    cast.ben.set_password("a long enough secret")
    cast.ben.save(update_fields=["password"])
    apply(preview(DeactivateUsers(user_ids=(cast.ben.pk,)), acting=acting), acting=acting, reason="left")
    for change in Change.objects.all():
        assert not {"password", "last_login"} & ((change.before or {}).keys() | (change.after or {}).keys())


def test_naming_an_old_operation_by_hand_opens_nothing(cast: Cast) -> None:
    record = OperationRecord.objects.create(
        verb="x", right="x", params={}, actor="user:1", summary="", fingerprint="", plan_key="0" * 32, xid=1
    )
    sql = f"SELECT set_config('rollbook.operation', '{record.pk}', true); UPDATE rollbook_user SET first_name = 'x'"
    assert "refused outside an operation" in refused(sql)


def test_a_temporary_table_that_is_called_like_the_record_opens_nothing(cast: Cast) -> None:
    sql = (
        "CREATE TEMP TABLE rollbook_operation AS SELECT 1::bigint AS id, (pg_current_xact_id()::text)::bigint AS xid; "
        "SELECT set_config('rollbook.operation', '1', true); "
        f"UPDATE rollbook_user SET access_level = 'super_user' WHERE id = {cast.mallory.pk}"
    )
    assert "refused outside an operation" in refused(sql)


def test_the_door_is_shut_again_after_an_operation_in_the_same_transaction(cast: Cast) -> None:
    acting = actor_for(cast.alice)
    apply(preview(DeactivateUsers(user_ids=(cast.ben.pk,)), acting=acting), acting=acting, reason="left")
    assert "refused outside an operation" in refused("UPDATE rollbook_user SET first_name = 'x'")


@pytest.mark.parametrize("table", ["rollbook_operation", "rollbook_change", "rollbook_operation_subject"])
def test_history_is_append_only(cast: Cast, table: str) -> None:
    for sql in (f"DELETE FROM {table}", f"UPDATE {table} SET id = id", f"TRUNCATE {table} CASCADE"):
        assert "never changed" in refused(sql)


def test_nobody_but_a_trigger_writes_a_change(cast: Cast) -> None:
    sql = "INSERT INTO rollbook_change (operation_id, step, \"table\", row_id, kind) VALUES (1, 0, 'x', 1, 'create')"
    assert "written by the register alone" in refused(sql)


def test_every_table_says_how_it_is_recorded() -> None:
    ours = set(User._meta.apps.get_app_config("rollbook").get_models())
    assert ours == set(recorded_models()) | set(log_models())
    assert all(model.WHY for model in log_models())
    assert all(m._meta.pk.column == "id" for m in recorded_models()), "the triggers speak of rows by “id”"


def test_verify_finds_a_switched_off_trigger(cast: Cast) -> None:
    assert broken_invariants() == []
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE rollbook_user DISABLE TRIGGER rollbook_guard")
        assert missing_triggers(cursor) == ["rollbook_user: rollbook_guard"]
    assert "rollbook migrate" in broken_invariants()[0]


def test_verify_finds_a_row_that_was_changed_behind_the_ledgers_back(cast: Cast) -> None:
    acting = actor_for(cast.alice)
    apply(preview(DeactivateUsers(user_ids=(cast.ben.pk,)), acting=acting), acting=acting, reason="left")
    assert broken_invariants() == []
    with outside_the_ledger():
        User.objects.filter(pk=cast.ben.pk).update(status="active")
    assert broken_invariants() == [
        f"Rows of “rollbook_user” that differ from their last recorded change: [{cast.ben.pk}]."
    ]


def test_verify_finds_a_change_that_is_missing(cast: Cast) -> None:
    acting = actor_for(cast.alice)
    record = apply(
        preview(DeactivateUsers(user_ids=(cast.ben.pk,)), acting=acting), acting=acting, reason="left"
    )
    with outside_the_ledger():
        Change.objects.filter(operation=record).delete()
    assert f"[{record.pk}]" in broken_invariants()[0]


def test_an_lms_account_cannot_be_slipped_in(cast: Cast) -> None:
    with pytest.raises(DatabaseError, match="belongs to the register"), transaction.atomic():
        LMSAccount.objects.create(lms=cast.hillside, subject="x", user=cast.ben, lms_user_id="x")
