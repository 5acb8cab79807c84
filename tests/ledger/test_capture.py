"""What the database records of a change of very many rows, of which it looks at the first only beforehand."""

import pytest
from django.db import connection
from django.db.models import Case, F, TextField, Value, When
from django.db.models.functions import Concat

from rollbook.ledger.effects import Update
from rollbook.ledger.models import Change
from rollbook.people.models import User, UserAttribute
from tests.cast import Cast, outside_the_ledger
from tests.ledger.doing import do, undo
from tests.snapshots import differences, snapshot

MANY = 1_200


@pytest.fixture
def crowd(cast: Cast) -> list[int]:
    """Return the ids of many users who are called alike."""
    with outside_the_ledger(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO rollbook_user (first_name, last_name, email, access_level, location_id, status, "
            "send_notifications, language) SELECT 'Cy', 'Crowd', '', 'learner', %s, 'active', true, '' "
            "FROM generate_series(1, %s) RETURNING id",
            [cast.oak.pk, MANY],
        )
        return [pk for (pk,) in cursor.fetchall()]


def renamed(crowd: list[int], **only: int) -> Update:
    """Give all a new first name, and in each other field only one of them a new value."""
    values = {field: Case(When(pk=pk, then=Value("Other")), default=F(field)) for field, pk in only.items()}
    return Update(User.objects.filter(pk__in=crowd), {"first_name": Value("Cyd"), **values})


def columns(pk: int) -> set[str]:
    return set(Change.objects.get(row_id=pk, table="rollbook_user").after or {})


@pytest.mark.parametrize("place", [0, 500, MANY - 1])
def test_a_column_that_is_changed_in_one_row_only_is_recorded_wherever_that_row_is(
    crowd: list[int], place: int
) -> None:
    before = snapshot()
    record = do(lambda: renamed(crowd, last_name=crowd[place]))
    assert record.counts == {"rollbook_user": {"update": MANY}}
    assert columns(crowd[place]) == {"first_name", "last_name"}
    undo(record)
    assert differences(before, snapshot()) == set()


def test_columns_that_no_row_changed_are_not_recorded(crowd: list[int]) -> None:
    do(lambda: renamed(crowd))
    assert columns(crowd[0]) == columns(crowd[-1]) == {"first_name"}


def test_where_the_first_thousand_stay_as_they_are_the_others_are_recorded(crowd: list[int]) -> None:
    late = Case(When(pk__in=crowd[-5:], then=Value("Late")), default=F("first_name"))
    do(lambda: Update(User.objects.filter(pk__in=crowd), {"first_name": late}))
    assert set(Change.objects.values_list("row_id", flat=True)) == set(crowd[-5:])


def test_each_row_is_recorded_with_its_own_values_whether_most_others_have_them_or_not(
    crowd: list[int],
) -> None:
    """What most rows share is made once; these differ before, afterwards, in an empty value or in nothing."""
    unlike = {crowd[0]: "Zoe", crowd[1]: "", crowd[700]: "cy", crowd[-1]: "Zoe"}
    with outside_the_ledger():
        for pk, name in unlike.items():
            User.objects.filter(pk=pk).update(first_name=name)
        User.objects.filter(pk=crowd[2]).update(merged_into=crowd[3], status=User.Status.INACTIVE)
    before = snapshot()
    values = {
        "first_name": Concat(F("first_name"), Value("a")),
        "last_name": Case(When(pk__in=crowd[5::2], then=Value("Wolf")), default=F("last_name")),
        "merged_into": None,
    }
    record = do(lambda: Update(User.objects.filter(pk__in=crowd), values))
    for change in Change.objects.filter(operation=record):
        name = unlike.get(change.row_id, "Cy")
        last = "Wolf" if change.row_id in crowd[5::2] else "Crowd"
        merged = crowd[3] if change.row_id == crowd[2] else None
        assert change.before == {"first_name": name, "last_name": "Crowd", "merged_into_id": merged}
        assert change.after == {"first_name": f"{name}a", "last_name": last, "merged_into_id": None}
    undo(record)
    assert differences(before, snapshot()) == set()


def test_each_row_is_recorded_with_its_own_values_where_hardly_two_have_the_same(crowd: list[int]) -> None:
    with outside_the_ledger():
        User.objects.filter(pk__in=crowd).update(
            last_name=Concat(Value("No. "), F("id"), output_field=TextField())
        )
    before = snapshot()
    record = do(lambda: Update(User.objects.filter(pk__in=crowd), {"last_name": "Crowd"}))
    for change in Change.objects.filter(operation=record):
        assert (change.before, change.after) == (
            {"last_name": f"No. {change.row_id}"},
            {"last_name": "Crowd"},
        )
    undone = undo(record)
    assert differences(before, snapshot()) == set()
    for change in Change.objects.filter(operation=undone):
        assert (change.before, change.after) == (
            {"last_name": "Crowd"},
            {"last_name": f"No. {change.row_id}"},
        )


def test_values_that_compare_as_equal_are_recorded_as_they_were_written(cast: Cast) -> None:
    with outside_the_ledger(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO rollbook_user_attribute (code, label, kind, choices, system, key, required, position) "
            "SELECT 'a' || i, 'A' || i, 'choice', CASE i WHEN 9 THEN '[1.00]' ELSE '[1.0]' END::jsonb, false, false, "
            "false, 100 FROM generate_series(1, %s) i",
            [MANY],
        )
    do(lambda: Update(UserAttribute.objects.filter(code__startswith="a", kind="choice"), {"choices": ["x"]}))
    with connection.cursor() as cursor:
        cursor.execute("SELECT before->>'choices', count(*) FROM rollbook_change GROUP BY 1 ORDER BY 1")
        assert cursor.fetchall() == [("[1.00]", 1), ("[1.0]", MANY - 1)]
