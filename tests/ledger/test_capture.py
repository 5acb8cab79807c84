"""What the database records of a change of very many rows, of which it looks at the first only beforehand."""

import pytest
from django.db import connection
from django.db.models import Case, F, Value, When

from rollbook.ledger.effects import Update
from rollbook.ledger.models import Change
from rollbook.people.models import User
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
