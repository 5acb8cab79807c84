"""When so many users are missing from a file that it looks cut off (CASES 42): not only in one place."""

import pytest
from django.db import connection

from rollbook.ledger.writer import preview
from rollbook.operations.import_users import ImportUsers
from rollbook.people.access import actor_for
from rollbook.people.importing.missing import Limits
from rollbook.people.models import Identifier, Location
from tests.cast import Cast, assemble, outside_the_ledger, user
from tests.operations.import_cases import sent


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


def place(cast: Cast, name: str, under: Location, learners: int, first: int) -> None:
    """Create a location with so many learners, whose student IDs are the numbers from `first` on."""
    with outside_the_ledger():
        made = Location.objects.create(name=name, parent=under)
        for number in range(first, first + learners):
            one = user(f"L{number}", "Learner", made)
            Identifier.objects.create(attribute=cast.student_id, user=one, value=str(number))


def held(cast: Cast, present: range, **options: Limits) -> list[str]:
    """Return why the file of those who are present is held."""
    rows = [("00123",), ("00124",), *((str(number),) for number in present)]
    acting = actor_for(cast.carla)
    file = sent(acting, "Student ID", *rows)
    operation = ImportUsers(file_id=file.pk, deactivate_missing=True, **options)
    operation.prepare(acting)
    return [hold.why for hold in preview(operation, acting=acting).holds]


def test_of_two_places_of_one_name_each_counts_for_itself(cast: Cast) -> None:
    place(cast, "Ward", cast.north, 10, 1_000)
    place(cast, "Ward", cast.oak, 300, 2_000)
    (why,) = held(cast, range(2_000, 2_300))
    assert why.startswith("The file lacks 10 of 10 users in Ward. Where")


def test_many_small_places_that_are_all_missing_are_held_together(cast: Cast) -> None:
    for number in range(6):
        place(cast, f"Class {number}", cast.north, 5, 1_000 + 10 * number)
    (why,) = held(cast, range(0))
    assert why.startswith("The file lacks 30 of 32 users in all locations together. Where")
    assert held(cast, range(0), limits=Limits(percent=95)) == []
    # A leaver here and there is no sign of a file that was cut off.
    assert held(cast, range(1_002, 1_055)) == []


def test_more_than_the_count_is_held_however_small_the_share(cast: Cast) -> None:
    place(cast, "Ward", cast.oak, 60, 1_000)
    ten = Limits(users=10, percent=50)
    assert held(cast, range(1_010, 1_060), limits=ten) == []
    (why,) = held(cast, range(1_011, 1_060), limits=ten)
    assert why.startswith("The file lacks 11 of 60 users in Ward. Where")
    assert held(cast, range(1_011, 1_060), limits=Limits(users=20, percent=50)) == []


def test_who_is_missing_is_found_in_a_moment_also_before_postgresql_has_statistics(cast: Cast) -> None:
    place(cast, "Ward", cast.oak, 700, 2_000)
    with connection.cursor() as cursor:
        # Where each value of each user was compared with each row, one statement took over a minute at 1,000 of them.
        cursor.execute("SET LOCAL statement_timeout = '10s'")
    assert held(cast, range(2_000, 2_700)) == []
