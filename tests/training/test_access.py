"""What a learner may open."""

from rollbook.training.access import chapters_of, courses_of, may_watch
from rollbook.training.catalogue import Course, RoleGrant
from rollbook.training.records import Enrolment
from tests.cast import Cast, outside_the_ledger
from tests.training.stage import Stage


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
