"""What a learner may open."""

import pytest

from rollbook.operations.award_completion import award
from rollbook.training import activity
from rollbook.training.access import chapters_of, courses_of, may_watch
from rollbook.training.catalogue import Chapter, Course, RoleContent, RoleGrant
from rollbook.training.learning_errors import NotOpen
from rollbook.training.records import ChapterProgress, Enrolment, Status
from tests.cast import Cast, outside_the_ledger
from tests.training.stage import Stage


@pytest.fixture
def given_the_film(cast: Cast, stage: Stage) -> None:
    """Give Ben the film of Fire safety and nothing else, by the content role Crew."""
    grant(cast, stage)
    with outside_the_ledger():
        RoleContent.objects.all().delete()
        RoleContent.objects.create(content_role=stage.crew, chapter=stage.film)


def grant(cast: Cast, stage: Stage) -> None:
    with outside_the_ledger():
        RoleGrant.objects.create(user=cast.ben, content_role=stage.crew)


def test_nothing_is_open_to_somebody_without_enrolment_or_content_role(cast: Cast, stage: Stage) -> None:
    grant(cast, stage)
    assert not courses_of(cast.bea).exists()
    assert not may_watch(cast.bea, stage.film)


def test_a_content_role_opens_its_courses_and_its_single_chapters(cast: Cast, stage: Stage) -> None:
    grant(cast, stage)
    assert set(chapters_of(cast.ben)) == {stage.film, stage.quiz, stage.extra, stage.bandage}
    assert list(courses_of(cast.ben)) == [stage.fire, stage.first_aid]


def test_an_enrolment_opens_the_course_as_long_as_it_is_current(cast: Cast, stage: Stage) -> None:
    enrolment = Enrolment.objects.create(user=cast.bea, course=stage.fire)
    assert may_watch(cast.bea, stage.film)
    assert not may_watch(cast.bea, stage.bandage)
    enrolment.current = False
    enrolment.save()
    assert not may_watch(cast.bea, stage.film)


def test_a_closed_course_is_open_to_nobody(cast: Cast, stage: Stage) -> None:
    grant(cast, stage)
    Enrolment.objects.create(user=cast.ben, course=stage.fire)
    with outside_the_ledger():
        Course.objects.update(open=False)
    assert not chapters_of(cast.ben).exists()
    assert not courses_of(cast.ben).exists()


def test_whoever_is_given_single_chapters_gets_only_these_also_once_one_is_started(
    cast: Cast, stage: Stage, given_the_film: None
) -> None:
    assert list(chapters_of(cast.ben)) == [stage.film]
    activity.start(cast.ben, stage.film, award=award)
    assert list(chapters_of(cast.ben)) == [stage.film]
    assert list(courses_of(cast.ben)) == [stage.fire]
    with pytest.raises(NotOpen):
        activity.start(cast.ben, stage.quiz, award=award)


def test_single_chapters_do_not_complete_a_course_and_are_never_due(
    cast: Cast, stage: Stage, given_the_film: None
) -> None:
    film = activity.start(cast.ben, stage.film, award=award)
    activity.finish_video(film.pk, 0, seconds=60, duration=60, user=cast.ben, award=award)
    enrolment = Enrolment.objects.get(user=cast.ben)
    assert (enrolment.status, enrolment.whole, enrolment.due_at) == (Status.IN_PROGRESS, False, None)


def test_all_required_chapters_given_one_by_one_complete_the_course(
    cast: Cast, stage: Stage, given_the_film: None
) -> None:
    with outside_the_ledger():
        Chapter.objects.filter(pk=stage.quiz.pk).update(required=False)
    film = activity.start(cast.ben, stage.film, award=award)
    activity.finish_video(film.pk, 0, seconds=60, duration=60, user=cast.ben, award=award)
    assert Enrolment.objects.get(user=cast.ben).status == Status.COMPLETED
    assert not may_watch(cast.ben, stage.extra)


def test_what_a_content_role_gives_later_is_open_at_once(
    cast: Cast, stage: Stage, given_the_film: None
) -> None:
    activity.start(cast.ben, stage.film, award=award)
    with outside_the_ledger():
        RoleContent.objects.create(content_role=stage.crew, chapter=stage.extra)
    assert set(chapters_of(cast.ben)) == {stage.film, stage.extra}


def test_a_chapter_that_was_begun_stays_open_without_the_content_role_and_nothing_else_does(
    cast: Cast, stage: Stage, given_the_film: None
) -> None:
    with outside_the_ledger():
        RoleContent.objects.create(content_role=stage.crew, chapter=stage.extra)
    activity.start(cast.ben, stage.film, award=award)
    with outside_the_ledger():
        RoleGrant.objects.all().delete()
    assert list(chapters_of(cast.ben)) == [stage.film]
    ChapterProgress.objects.update(erased_at="2026-01-01T00:00Z")
    assert not courses_of(cast.ben).exists()


def test_whoever_starts_a_chapter_of_a_course_that_is_given_as_a_whole_keeps_the_whole_course(
    cast: Cast, stage: Stage
) -> None:
    grant(cast, stage)
    activity.start(cast.ben, stage.film, award=award)
    with outside_the_ledger():
        RoleGrant.objects.all().delete()
    assert set(chapters_of(cast.ben)) == {stage.film, stage.quiz, stage.extra}
    assert Enrolment.objects.get(user=cast.ben).due_at is not None
