"""Enrolments, progress and transcripts through the API."""

from typing import Any

import pytest

from rollbook.operations.reset_training import ResetTraining
from rollbook.people.selection import UserSelection
from rollbook.training.records import Enrolment
from rollbook.training.selection import ContentSelection
from tests.cast import Cast
from tests.interfaces.api.conftest import Caller, Calling
from tests.operations.doing import do
from tests.training.stage import Stage, furnish, study


@pytest.fixture
def stage(cast: Cast) -> Stage:
    made = furnish()
    study(cast, made)
    return made


def found(answer: Any) -> list[tuple[int, str, str]]:
    return [(row["user_id"], row["course"], row["status"]) for row in answer.json()["items"]]


def test_enrolments_in_scope_are_listed_filtered_and_no_others(
    oak: Caller, calling: Calling, cast: Cast, stage: Stage
) -> None:
    ben, bea, mallory = cast.ben.pk, cast.bea.pk, cast.mallory.pk
    in_oak = [
        (ben, "Fire safety", "completed"),
        (ben, "First aid", "in_progress"),
        (bea, "Fire safety", "in_progress"),
    ]
    assert found(oak("GET", "/enrolments")) == in_oak
    assert found(calling()("GET", "/enrolments")) == [*in_oak, (mallory, "Fire safety", "in_progress")]
    assert found(oak("GET", "/enrolments?status=completed")) == in_oak[:1]
    assert found(oak("GET", f"/enrolments?course_id={stage.first_aid.pk}")) == in_oak[1:2]
    assert found(oak("GET", f"/enrolments?user_id={bea}")) == in_oak[2:]
    assert found(oak("GET", f"/enrolments?user_id={mallory}")) == []
    assert found(oak("GET", "/enrolments?current=false")) == []
    first = oak("GET", "/enrolments?limit=2").json()
    assert found(oak("GET", f"/enrolments?limit=2&cursor={first['next']}")) == in_oak[2:]


def test_progress_is_told_chapter_by_chapter_and_what_was_erased_is_not(
    oak: Caller, cast: Cast, stage: Stage
) -> None:
    enrolment = Enrolment.objects.get(user=cast.bea, course=stage.fire)
    path = f"/enrolments/{enrolment.pk}/progress"
    told = [(row["chapter"], row["status"], row["bookmark"]) for row in oak("GET", path).json()]
    assert told == [
        ("The film", "completed", 0),
        ("The quiz", "in_progress", 0),
        ("Extra", "in_progress", 30),
    ]
    content = ContentSelection(chapter_ids=(stage.film.pk, stage.quiz.pk))
    do(cast.carla, ResetTraining(users=UserSelection(ids=(cast.bea.pk,)), content=content))
    assert [row["chapter"] for row in oak("GET", path).json()] == ["Extra"]


def test_a_transcript_holds_courses_certificates_and_competencies(
    oak: Caller, cast: Cast, stage: Stage
) -> None:
    told = oak("GET", f"/users/{cast.ben.pk}/transcript").json()
    assert {(line["name"], line["state"]) for line in told["courses"]} == {
        ("Fire safety", "completed"),
        ("First aid", "in_progress"),
    }
    assert [(line["name"], line["code"]) for line in told["certificates"]] == [
        ("Fire safety", "CERT-BEN-0001")
    ]
    assert [line["name"] for line in told["competencies"]] == ["Alertness"]
    assert oak("GET", f"/users/{cast.mallory.pk}/transcript").status_code == 404
