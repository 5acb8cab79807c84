"""What the reports count and list."""

from collections.abc import Iterator
from datetime import date

import pytest
from django.db import connection
from django.utils import timezone

from rollbook.people.models import User
from rollbook.training.records import Attempt, ChapterProgress, Enrolment
from rollbook.training.reports import Counts, Narrowed, course_rows, location_rows, read_counts, streamed
from tests.cast import Cast, assemble, outside_the_ledger
from tests.training.stage import LATER, LONG_AGO, Stage, furnish, study


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


@pytest.fixture
def stage(cast: Cast) -> Iterator[Stage]:
    made = furnish()
    study(cast, made)
    return made


def counts(about: Narrowed) -> dict[str, Counts]:
    return {course.title: found for course, found in course_rows(about, about.courses())}


def names(rows: object) -> list[str]:
    return [row.enrolment.user.first_name for row in rows]  # type: ignore[attr-defined]  # attempts


def test_a_course_counts_each_user_once_by_status(cast: Cast, stage: Stage) -> None:
    assert counts(Narrowed()) == {
        "Fire safety": Counts(completed=1, in_progress=2),
        "First aid": Counts(in_progress=1),
    }


def test_overdue_ones_are_not_completed_and_past_their_date(cast: Cast, stage: Stage) -> None:
    Enrolment.objects.update(due_at=LONG_AGO)
    assert counts(Narrowed())["Fire safety"] == Counts(completed=1, in_progress=2, overdue=2)


def test_history_and_inactive_users_are_not_counted(cast: Cast, stage: Stage) -> None:
    Enrolment.objects.filter(user=cast.bea).update(current=False)
    with outside_the_ledger():
        User.objects.filter(pk=cast.mallory.pk).update(status="inactive")
    assert counts(Narrowed())["Fire safety"] == Counts(completed=1)


def test_courses_are_narrowed_by_location_category_and_course(cast: Cast, stage: Stage) -> None:
    assert counts(Narrowed(locations=[cast.south.pk]))["Fire safety"] == Counts(in_progress=1)
    assert set(counts(Narrowed(course_id=stage.first_aid.pk))) == {"First aid"}
    assert set(counts(Narrowed(category_id=stage.safety.pk))) == {"Fire safety", "First aid"}
    assert counts(Narrowed(category_id=999_999)) == {}


def test_each_course_is_split_by_location(cast: Cast, stage: Stage) -> None:
    rows = list(location_rows(Narrowed(course_id=stage.fire.pk)))

    assert [(row["user__location__name"], read_counts(row)) for row in rows] == [
        ("Oak", Counts(completed=1, in_progress=1)),
        ("South", Counts(in_progress=1)),
    ]


def test_the_bar_is_full_and_begins_with_what_is_completed() -> None:
    shares = Counts(not_started=1, in_progress=1, completed=2).shares()
    assert shares == [("completed", 0.0, 50.0), ("in_progress", 50.0, 25.0), ("not_started", 75.0, 25.0)]
    assert Counts().shares()[0] == ("completed", 0.0, 0.0)
    assert Counts().percent == 0


def test_the_user_report_lists_each_users_courses_with_the_score(cast: Cast, stage: Stage) -> None:
    rows = Narrowed(users=User.objects.filter(pk=cast.ben.pk)).enrolments()
    assert [(row.course.title, row.mean) for row in rows] == [("First aid", None), ("Fire safety", 80.0)]


@pytest.mark.parametrize(
    ("status", "number"), [("completed", 1), ("in_progress", 3), ("overdue", 3), ("", 4)]
)
def test_the_user_report_is_narrowed_by_status(cast: Cast, stage: Stage, status: str, number: int) -> None:
    Enrolment.objects.update(due_at=LONG_AGO)
    assert Narrowed(status=status).enrolments().count() == number


def test_erased_training_is_in_no_report(cast: Cast, stage: Stage) -> None:
    ChapterProgress.objects.filter(chapter=stage.quiz).update(erased_at=timezone.now())
    Enrolment.objects.filter(user=cast.bea).update(current=False)
    ChapterProgress.objects.filter(enrolment__user=cast.bea).update(erased_at=timezone.now())

    assert {row.progress.chapter for row in Narrowed().attempts()} == {stage.film, stage.bandage, stage.extra}
    assert "Bea" not in names(Narrowed().attempts())
    assert not Narrowed(users=User.objects.filter(pk=cast.bea.pk)).enrolments().exists()
    assert [row.mean for row in Narrowed(course_id=stage.fire.pk).enrolments()] == [None, None]


def test_attempts_come_newest_first_and_are_narrowed(cast: Cast, stage: Stage) -> None:
    newest = Attempt.objects.filter(enrolment__user=cast.ben).earliest("pk")
    newest.started_at = newest.finished_at = LATER
    newest.save()

    assert Narrowed().attempts().first() == newest
    assert set(names(Narrowed(locations=[cast.south.pk]).attempts())) == {"Mallory"}
    assert set(names(Narrowed(chapter_id=stage.bandage.pk).attempts())) == {"Ben"}
    assert set(names(Narrowed(users=User.objects.filter(pk=cast.bea.pk)).attempts())) == {"Bea"}
    assert {row.passed for row in Narrowed(passed=True).attempts()} == {True}
    assert {row.passed for row in Narrowed(passed=False).attempts()} == {False}


def test_days_include_both_ends(cast: Cast, stage: Stage) -> None:
    day = date(2026, 1, 5)
    assert Narrowed(since=day, until=day).attempts().count() == Attempt.objects.count()
    assert not Narrowed(until=date(2026, 1, 4)).attempts().exists()
    assert not Narrowed(since=date(2026, 1, 6)).attempts().exists()


def test_an_open_attempt_is_neither_passed_nor_failed(cast: Cast, stage: Stage) -> None:
    Attempt.objects.update(finished_at=None)
    assert not Narrowed(passed=False).attempts().exists()
    assert Narrowed().attempts().exists()


def test_attempts_of_few_and_of_many_are_the_same_whichever_way_they_are_read(
    cast: Cast, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    about = [
        Narrowed(chapter_id=stage.quiz.pk),
        Narrowed(locations=[cast.oak.pk]),
        Narrowed(course_id=stage.fire.pk),
    ]
    of_few = [list(one.attempts()) for one in about]
    assert all(of_few)
    monkeypatch.setattr("rollbook.training.reports.CAP", 0)
    assert [list(one.attempts()) for one in about] == of_few


def test_rows_are_streamed_by_a_cursor_of_the_server_which_is_closed_afterwards(
    cast: Cast, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 3: "CSV and XLSX export (streamed)": else millions of rows would first come to this process."""
    monkeypatch.setattr("rollbook.training.reports.CHUNK", 2)
    rows = streamed(Narrowed().attempts())
    first = next(rows)
    assert cursors() == 1
    assert [first, *rows] == list(Narrowed().attempts())
    assert cursors() == 0


def cursors() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_cursors WHERE name LIKE '\\_django\\_curs%'")
        found: tuple[int] = cursor.fetchone()
    return found[0]
