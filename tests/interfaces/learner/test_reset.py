"""Reset in-progress, by learners themselves."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from rollbook.ledger.models import OperationRecord
from rollbook.people.models import Location
from rollbook.training.records import ChapterProgress, Status
from tests.cast import Cast, outside_the_ledger
from tests.training.stage import Stage, progress, state

URL = "/learner/reset/"


@pytest.fixture(autouse=True)
def ben_is_in_the_middle(cast: Cast, stage: Stage) -> None:
    progress(cast.ben, stage.film, Status.COMPLETED)
    progress(cast.ben, stage.extra, Status.IN_PROGRESS, bookmark=30)
    progress(cast.ben, stage.bandage, Status.IN_PROGRESS, bookmark=75)
    progress(cast.bea, stage.extra, Status.IN_PROGRESS, bookmark=12)
    for course in (stage.fire, stage.first_aid):
        state(cast.ben, course, Status.IN_PROGRESS)


def fingerprint(page: str) -> str:
    found = re.search(r'name="fingerprint" value="(\w+)"', page)
    assert found
    return found[1]


def begun(cast: Cast) -> set[str]:
    mine = ChapterProgress.objects.filter(enrolment__user=cast.ben, status=Status.IN_PROGRESS)
    return set(mine.values_list("chapter__title", flat=True))


def test_all_that_is_in_progress_is_listed_and_then_set_back(cast: Cast, ben: Client) -> None:
    """The option to reset in progress data is also available for end-users in their profile settings."""
    page = ben.get(URL).text
    for part in ("Extra", "The bandage", "Reset ALL In-Progress Chapters"):
        assert part in page
    assert "The film" not in page
    answer = ben.post(URL, {"fingerprint": fingerprint(page)}, follow=True)
    assert "2 chapters set back to Not started." in answer.text
    assert begun(cast) == set()
    assert ChapterProgress.objects.get(enrolment__user=cast.bea).bookmark == 12
    record = OperationRecord.objects.get(verb="reset_in_progress")
    assert (record.actor_user_id, record.changes.filter(table="rollbook_chapter_progress").count()) == (
        cast.ben.pk,
        2,
    )


def test_one_chapter_is_set_back_alone(cast: Cast, stage: Stage, ben: Client) -> None:
    page = ben.get(URL, {"chapter": stage.bandage.pk}).text
    assert "Extra" not in page
    answer = ben.post(URL, {"chapter": stage.bandage.pk, "fingerprint": fingerprint(page)}, follow=True)
    assert "1 chapter set back to Not started." in answer.text
    assert begun(cast) == {"Extra"}


def test_of_several_each_can_be_chosen_alone(stage: Stage, ben: Client) -> None:
    """Issue 3: from the profile settings one chapter, or all of them."""
    assert URL in ben.get(reverse("web:profile")).text
    page = ben.get(URL).text
    for chapter in (stage.extra, stage.bandage):
        assert f'href="{URL}?chapter={chapter.pk}" aria-label="Reset {chapter.title} alone"' in page
    alone = ben.get(URL, {"chapter": stage.bandage.pk}).text
    assert "alone" not in alone
    assert f'href="{URL}"' in alone


def test_what_changed_since_it_was_listed_is_listed_again(cast: Cast, stage: Stage, ben: Client) -> None:
    page = ben.get(URL).text
    ChapterProgress.objects.filter(chapter=stage.bandage).update(bookmark=80)
    answer = ben.post(URL, {"fingerprint": fingerprint(page)})
    assert answer.status_code == 409
    assert "Something changed since" in answer.text
    assert begun(cast) == {"Extra", "The bandage"}
    ben.post(URL, {"fingerprint": fingerprint(answer.text)})
    assert begun(cast) == set()


def test_where_the_location_does_not_allow_it_it_is_neither_offered_nor_done(
    cast: Cast, stage: Stage, ben: Client
) -> None:
    with outside_the_ledger():
        Location.objects.filter(pk=cast.north.pk).update(learners_may_reset=False)
    assert URL not in ben.get("/learner/").text
    assert URL not in ben.get(reverse("learner:chapter", args=[stage.bandage.pk])).text
    assert "Your location does not let learners do this" in ben.get(URL).text
    assert ben.post(URL, {"fingerprint": "x"}).status_code == 409
    assert begun(cast) == {"Extra", "The bandage"}


def test_with_nothing_in_progress_there_is_nothing_to_reset(cast: Cast, ben: Client) -> None:
    ChapterProgress.objects.update(status=Status.COMPLETED)
    assert "there is nothing to reset" in ben.get(URL).text


@pytest.mark.parametrize("chapter", ["x", "9" * 40, "-1", "987654"])
def test_a_chapter_that_is_none_breaks_nothing(ben: Client, chapter: str) -> None:
    assert ben.get(URL, {"chapter": chapter}).status_code == 200
