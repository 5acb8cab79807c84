"""My training, as its pages show it."""

from datetime import timedelta

import pytest
from django.db.models import Count
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from rollbook.operations.award_completion import award
from rollbook.training import activity
from rollbook.training.catalogue import RoleContent, RoleGrant
from rollbook.training.my_training import done_of_required, my_chapters, my_courses, required_of
from rollbook.training.records import ChapterProgress, Enrolment, Status
from tests.cast import Cast, outside_the_ledger
from tests.training.stage import Stage, progress, state, study


@pytest.fixture(autouse=True)
def everybody_studies(cast: Cast, stage: Stage) -> None:
    study(cast, stage)


def test_courses_come_with_status_and_required_chapters_done(cast: Cast) -> None:
    found = [(my.course.title, my.status, my.done, my.required) for my in my_courses(cast.ben)]
    assert found == [
        ("First aid", Status.IN_PROGRESS, 0, 1),
        ("Fire safety", Status.COMPLETED, 2, 2),
    ]


def test_a_content_role_shows_its_courses_before_anything_is_started(cast: Cast, stage: Stage) -> None:
    with outside_the_ledger():
        RoleGrant.objects.create(user=cast.lou, content_role=stage.crew)
    found = {(my.course.title, my.status, my.done, my.required) for my in my_courses(cast.lou)}
    assert found == {("Fire safety", Status.NOT_STARTED, 0, 2), ("First aid", Status.NOT_STARTED, 0, 1)}


def test_what_is_due_first_comes_first_and_is_overdue_afterwards(cast: Cast, stage: Stage) -> None:
    Enrolment.objects.create(user=cast.bea, course=stage.first_aid, due_at=timezone.now() - timedelta(days=1))
    mine = my_courses(cast.bea)
    assert [(my.course, my.overdue) for my in mine] == [(stage.first_aid, True), (stage.fire, False)]
    Enrolment.objects.update(due_at=timezone.now() - timedelta(days=1))
    state(cast.bea, stage.first_aid, Status.COMPLETED)
    assert [(my.course, my.overdue) for my in my_courses(cast.bea)] == [
        (stage.fire, True),
        (stage.first_aid, False),
    ]


def test_chapters_come_in_order_with_the_attempts_left(cast: Cast, stage: Stage) -> None:
    found = [(my.chapter, my.status, my.attempts_left) for my in my_chapters(cast.bea, stage.fire)]
    assert found == [
        (stage.film, Status.COMPLETED, None),
        (stage.quiz, Status.IN_PROGRESS, 2),
        (stage.extra, Status.IN_PROGRESS, None),
    ]


def test_erased_training_is_in_none_of_it(cast: Cast, stage: Stage) -> None:
    ChapterProgress.objects.filter(enrolment__user=cast.bea).update(erased_at=timezone.now())
    progress(cast.bea, stage.quiz, Status.NOT_STARTED)
    (mine,) = my_courses(cast.bea)
    assert mine.done == 0
    assert [my.attempts_left for my in my_chapters(cast.bea, stage.fire)] == [None, 3, None]


def test_of_single_chapters_the_required_ones_count_and_what_is_missing_is_known(
    cast: Cast, stage: Stage
) -> None:
    with outside_the_ledger():
        RoleContent.objects.all().delete()
        RoleContent.objects.create(content_role=stage.crew, chapter=stage.film)
        RoleContent.objects.create(content_role=stage.crew, chapter=stage.extra)
        RoleGrant.objects.create(user=cast.lou, content_role=stage.crew)
    activity.start(cast.lou, stage.film, award=award)
    (mine,) = my_courses(cast.lou)
    assert (mine.done, mine.required, mine.chapters, mine.partial) == (0, 1, 2, True)
    assert [my.partial for my in my_courses(cast.ben)] == [False, False]


def test_the_learner_and_the_training_tab_are_told_the_same_numbers(cast: Cast, stage: Stage) -> None:
    with outside_the_ledger():
        RoleContent.objects.filter(chapter=None).delete()
        RoleContent.objects.create(content_role=stage.crew, chapter=stage.quiz)
    Enrolment.objects.filter(user=cast.bea).update(whole=False)
    for who in (cast.ben, cast.bea):
        done = Count("progress", filter=done_of_required("progress__"))
        rows = Enrolment.objects.filter(user=who).annotate(required=required_of(who), done=done)
        mine = {my.course.pk: (my.done, my.required) for my in my_courses(who)}
        assert mine == {row.course_id: (row.done, row.required) for row in rows}


def test_the_number_of_queries_does_not_grow_with_the_courses(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(4):
        my_courses(cast.ben)
