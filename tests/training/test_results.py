"""How attempts ended, as the chart of the Attempts report counts them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from rollbook.people.models import User
from rollbook.training.records import Attempt, ChapterProgress
from rollbook.training.reports import Narrowed
from rollbook.training.results import Results, results_of
from tests.cast import Cast, assemble
from tests.training.stage import LATER, LONG_AGO, Stage, furnish, study


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


@pytest.fixture
def stage(cast: Cast) -> Stage:
    made = furnish()
    study(cast, made)
    return made


def test_they_are_counted_as_the_report_lists_them(cast: Cast, stage: Stage) -> None:
    assert results_of(Narrowed()) == Results(4, 5, 0)
    assert results_of(Narrowed(locations=[cast.south.pk])) == Results(1, 2, 0)
    assert results_of(Narrowed(chapter_id=stage.film.pk)) == Results(3, 0, 0)
    assert results_of(Narrowed(users=User.objects.filter(pk=cast.ben.pk))) == Results(2, 1, 0)
    ChapterProgress.objects.filter(chapter=stage.film).update(erased_at=timezone.now())
    assert results_of(Narrowed()) == Results(1, 5, 0)


def test_an_open_attempt_is_neither_passed_nor_failed_whatever_it_holds(cast: Cast, stage: Stage) -> None:
    Attempt.objects.filter(enrolment__user=cast.ben).update(finished_at=None)
    found = results_of(Narrowed())
    assert (found.passed, found.not_passed, found.open, found.percent) == (2, 4, 3, 33)
    assert results_of(Narrowed(until=LONG_AGO.date() - timedelta(days=1))) == Results()
    assert Results().percent == 0


@pytest.mark.parametrize("few", [True, False])
def test_of_more_than_it_reads_the_newest_count_and_it_says_since_when(
    cast: Cast, stage: Stage, monkeypatch: pytest.MonkeyPatch, few: bool
) -> None:
    newest = Attempt.objects.filter(enrolment__user=cast.ben, passed=True).order_by("pk")
    for late, attempt in enumerate(newest):
        Attempt.objects.filter(pk=attempt.pk).update(started_at=LATER + timedelta(days=late))
    monkeypatch.setattr("rollbook.training.results.LATEST", 2)
    if not few:
        monkeypatch.setattr("rollbook.training.reports.CAP", 0)
    about = Narrowed(course_id=stage.fire.pk)
    assert bool(about.few) is few
    assert results_of(about) == Results(2, 0, 0, since=LATER)
    only_before = Narrowed(course_id=stage.fire.pk, until=LONG_AGO.date())
    assert results_of(only_before).since == LONG_AGO
    # Where they are many, those further back are not searched for.
    of_bea = Narrowed(users=User.objects.filter(pk=cast.bea.pk))
    assert results_of(of_bea).total == (2 if few else 0)


def test_the_bar_is_full_and_begins_with_what_was_passed() -> None:
    assert Results(2, 1, 1).shares() == [
        ("passed", 0.0, 50.0),
        ("not_passed", 50.0, 25.0),
        ("open", 75.0, 25.0),
    ]
