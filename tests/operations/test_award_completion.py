"""What completing a course earns."""

import re
from datetime import timedelta

import pytest

from rollbook.ledger.errors import OutOfScope, Refused
from rollbook.ledger.models import OperationRecord
from rollbook.operations.award_completion import award
from rollbook.operations.reset_training import ResetTraining
from rollbook.people.selection import UserSelection
from rollbook.training.catalogue import Course
from rollbook.training.records import Certificate, Enrolment, Status, UserCompetency
from rollbook.training.selection import ContentSelection
from tests.cast import Cast, outside_the_ledger
from tests.operations.doing import do
from tests.training.stage import LATER, LONG_AGO, Stage, completed_again, furnish, state, study


@pytest.fixture
def stage(cast: Cast) -> Stage:
    made = furnish()
    study(cast, made)
    return made


def test_completing_a_course_issues_its_certificate_and_its_competencies(cast: Cast, stage: Stage) -> None:
    enrolment = state(cast.bea, stage.fire, Status.COMPLETED)
    assert award(enrolment.pk, cast.bea)

    certificate = Certificate.objects.get(user=cast.bea)
    assert (certificate.course, certificate.issued_at) == (stage.fire, LONG_AGO)
    assert certificate.expires_at == LONG_AGO + timedelta(days=365)
    competency = UserCompetency.objects.get(user=cast.bea)
    assert (competency.competency, competency.level, competency.expires_at) == (stage.alertness, 2, None)
    assert OperationRecord.objects.get().actor_user_id == cast.bea.pk


def test_a_code_cannot_be_guessed_and_can_be_read_out(cast: Cast, stage: Stage) -> None:
    award(state(cast.bea, stage.fire, Status.COMPLETED).pk, cast.bea)

    assert re.fullmatch(
        r"([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", Certificate.objects.get(user=cast.bea).code
    )


def test_nothing_is_awarded_twice(cast: Cast, stage: Stage) -> None:
    enrolment = Enrolment.objects.get(user=cast.ben, course=stage.fire)

    assert not award(enrolment.pk, cast.ben)
    assert Certificate.objects.filter(user=cast.ben).count() == 1
    assert not OperationRecord.objects.filter(verb="award_completion").exists()


def test_a_second_completion_after_a_reset_issues_a_new_certificate_and_keeps_the_old(
    cast: Cast, stage: Stage
) -> None:
    content = ContentSelection(course_ids=(stage.fire.pk,))
    do(cast.carla, ResetTraining(users=UserSelection(ids=(cast.ben.pk,)), content=content))
    award(completed_again(cast.ben, stage).pk, cast.ben)

    issued = Certificate.objects.filter(user=cast.ben, revoked_at=None).order_by("issued_at")
    assert [one.issued_at for one in issued] == [LONG_AGO, LATER]


def test_what_was_revoked_is_issued_anew(cast: Cast, stage: Stage) -> None:
    with outside_the_ledger():
        Certificate.objects.filter(user=cast.ben).update(revoked_at=LATER)
    award(Enrolment.objects.get(user=cast.ben, course=stage.fire).pk, cast.ben)

    assert Certificate.objects.filter(user=cast.ben, revoked_at=None).count() == 1
    assert UserCompetency.objects.filter(user=cast.ben).count() == 1


def test_a_course_without_a_certificate_issues_none(cast: Cast, stage: Stage) -> None:
    with outside_the_ledger():
        Course.objects.update(certificate=False)
    award(state(cast.bea, stage.fire, Status.COMPLETED).pk, cast.bea)

    assert not Certificate.objects.filter(user=cast.bea).exists()
    assert UserCompetency.objects.filter(user=cast.bea).exists()


def test_what_is_not_completed_earns_nothing(cast: Cast, stage: Stage) -> None:
    enrolment = Enrolment.objects.get(user=cast.bea, course=stage.fire)
    with pytest.raises(Refused, match="is not completed"):
        award(enrolment.pk, cast.bea)


def test_a_historical_enrolment_earns_nothing(cast: Cast, stage: Stage) -> None:
    enrolment = state(cast.bea, stage.fire, Status.COMPLETED)
    Enrolment.objects.filter(pk=enrolment.pk).update(current=False)
    with pytest.raises(Refused, match="historical"):
        award(enrolment.pk, cast.bea)


def test_nobody_earns_by_another_users_enrolment(cast: Cast, stage: Stage) -> None:
    enrolment = completed_again(cast.ben, stage)
    with pytest.raises(OutOfScope):
        award(enrolment.pk, cast.mallory)
