"""People who arrive at the same instant: one user and one LMS account each, and everybody is let in."""

from collections.abc import Callable

import pytest

from rollbook.ledger.verify import broken_invariants
from rollbook.lms.decision import Outcome
from rollbook.lms.models import LMS, Launch, LMSAccount
from rollbook.lms.verified_launch import VerifiedLaunch
from rollbook.operations.arrive import Arrival, arrive
from rollbook.people.models import User
from tests.cast import Cast, assemble
from tests.ledger.test_together import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> Cast:
    return assemble()


def launching(lms: LMS, subject: str, email: str) -> Callable[[], Arrival]:
    claims = {"sub": subject, "email": email}
    return lambda: arrive(VerifiedLaunch(lms, "1", subject, "https://rollbook.example.org/", claims))


def users_of(answers: list[object]) -> list[User | None]:
    assert all(isinstance(answer, Arrival) for answer in answers), answers
    return [answer.user for answer in answers if isinstance(answer, Arrival)]


def test_two_first_launches_of_a_new_person_create_one_user(cast: Cast) -> None:
    for turn in range(5):
        job = launching(cast.hillside, f"new-{turn}", f"new{turn}@example.org")
        (user,) = set(users_of(at_once(job, job, job)))
        assert LMSAccount.objects.get(subject=f"new-{turn}").user == user
        assert User.objects.filter(email=f"new{turn}@example.org").count() == 1
    assert broken_invariants() == []


def test_two_first_launches_of_a_matched_user_link_once(cast: Cast) -> None:
    job = launching(cast.hillside, "h-bea", "bea.brown@example.org")
    assert users_of(at_once(job, job)) == [cast.bea, cast.bea]
    outcomes = Launch.objects.filter(subject="h-bea").values_list("outcome", flat=True)
    assert sorted(outcomes) == [Outcome.KNOWN, Outcome.MATCHED]


def test_of_two_ids_with_one_email_only_the_first_gets_the_record(cast: Cast) -> None:
    jobs = [launching(cast.hillside, subject, "bea.brown@example.org") for subject in ("h-1", "h-2")]
    assert sorted(map(str, users_of(at_once(*jobs)))) == ["Bea Brown", "None"]
    assert LMSAccount.objects.filter(user=cast.bea).count() == 1


def test_a_class_of_new_people_arrives_at_once(cast: Cast) -> None:
    jobs = [launching(cast.hillside, f"c-{n}", f"c{n}@example.org") for n in range(8)]
    assert len(set(users_of(at_once(*jobs)))) == 8
