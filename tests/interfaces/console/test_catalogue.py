"""The catalogue in the console: looking, building, uploading, the quiz editor."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from rollbook.interfaces.console.catalogue_quiz import edited, quiz_from
from rollbook.ledger.models import OperationRecord
from rollbook.training.catalogue import Category, Chapter, Competency, ContentRole, Course
from tests.cast import Cast, outside_the_ledger
from tests.interfaces.console.conftest import Browsers, confirm
from tests.interfaces.web.test_media import FILM, WEBM
from tests.interfaces.web.test_media import content as sent
from tests.operations.catalogue_cases import CAPTIONS
from tests.training.stage import QUIZ, Stage, furnish


@pytest.fixture
def stage(cast: Cast) -> Stage:
    """Return the catalogue."""
    return furnish()


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    """Return the media folder."""
    settings.MEDIA_ROOT = str(tmp_path)
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "incoming")
    return tmp_path


def file(content: bytes, name: str = "film.mp4") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="video/mp4")


def upload(client: Client, stage: Stage, content: bytes, **entered: Any) -> Any:
    where = reverse("console:create_chapter", args=[stage.fire.pk])
    return client.post(where, {"title": "New", "upload": file(content), "captions_language": "en", **entered})


def posted(quiz: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of the editor for a quiz."""
    fields: dict[str, Any] = {"pass_mark": quiz["pass_mark"], "attempt_limit": quiz["attempt_limit"] or ""}
    for question in quiz["questions"]:
        key = question["id"]
        fields[f"question-{key}"] = question["text"]
        fields |= {f"multiple-{key}": "on"} if question["multiple"] else {}
        fields |= {f"choice-{key}-{choice['id']}": choice["text"] for choice in question["choices"]}
        fields[f"correct-{key}"] = [choice["id"] for choice in question["choices"] if choice["correct"]]
    return fields


def test_courses_are_found_by_title_number_and_category(stage: Stage, at: Browsers) -> None:
    where = reverse("console:courses")

    def found(**asked: Any) -> list[str]:
        return [row.title for row, _, _ in at.lou.get(where, asked).context["rows"]]

    assert found() == ["Fire safety", "First aid"]
    assert found(q="AID") == ["First aid"]
    for number in (str(stage.fire.pk), f" #{stage.fire.pk} "):
        assert "Fire safety" in found(q=number)
    assert found(category=stage.safety.pk, q="fire") == ["Fire safety"]
    assert found(category="999999") == []
    assert found(q="9" * 40, category="x") == []
    assert found(q="ai\x00d") == ["First aid"]


def test_a_category_stands_for_all_below_it(stage: Stage, at: Browsers) -> None:
    confirm(at.alice, reverse("console:create_category"), name="Fire", parent_id=stage.safety.pk)
    fire = Category.objects.get(name="Fire")
    edit = reverse("console:edit_course", args=[stage.fire.pk])
    confirm(at.alice, edit, title="Fire safety", category_id=fire.pk, open="on", certificate="on")
    page = at.lou.get(reverse("console:courses"), {"category": stage.safety.pk})
    assert "Safety / Fire" in page.text
    assert len(page.context["rows"]) == 2


def test_the_numbers_that_tool_204_asks_for_are_shown(stage: Stage, at: Browsers) -> None:
    course = at.lou.get(reverse("console:course", args=[stage.fire.pk])).text
    for row in (stage.fire, stage.film, stage.quiz, stage.extra, stage.safety):
        assert f"#{row.pk}" in course
    assert f"#{stage.safety.pk}" in at.lou.get(reverse("console:categories")).text
    assert f"#{stage.film.pk}" in at.lou.get(reverse("console:chapter", args=[stage.film.pk])).text


def test_whoever_only_looks_is_offered_nothing_to_change(stage: Stage, at: Browsers) -> None:
    for name, args in (
        ("courses", []),
        ("course", [stage.fire.pk]),
        ("chapter", [stage.quiz.pk]),
        ("categories", []),
        ("content_roles", []),
        ("competencies", []),
    ):
        where = reverse(f"console:{name}", args=args)
        lous, alices = at.lou.get(where).text, at.alice.get(where).text
        assert not any(word in lous for word in ("/edit/", "/remove/", "/create"))
        assert "/edit/" in alices or "/create/" in alices
    assert "Raise the alarm" in at.lou.get(reverse("console:chapter", args=[stage.quiz.pk])).text


@pytest.mark.parametrize("part", ["course", "category", "content_role", "competency"])
def test_what_has_to_be_given_is_marked(part: str, stage: Stage, at: Browsers) -> None:
    name = "title" if part == "course" else "name"
    page = at.alice.get(reverse(f"console:create_{part}"))
    assert f'<label class="form-label required" for="id_{name}">' in page.text


def test_a_course_is_created_with_competencies_and_edited(stage: Stage, at: Browsers) -> None:
    entered: dict[str, Any] = {
        "title": "Ladders",
        "category_id": stage.safety.pk,
        "open": "on",
        "due_days": "30",
        "competency_0": stage.alertness.pk,
        "level_0": "3",
        "valid_days_0": "",
    }
    page = confirm(at.alice, reverse("console:create_course"), **entered)
    ladders = Course.objects.get(title="Ladders")
    assert page.request["PATH_INFO"] == reverse("console:course", args=[ladders.pk])
    assert (ladders.due_days, ladders.certificate, ladders.competencies.get().level) == (30, False, 3)
    edit = reverse("console:edit_course", args=[ladders.pk])
    assert at.alice.get(edit).context["form"]["level_0"].value() == 3
    wrong = at.alice.post(edit, {**entered, "level_0": "9", "title": ""})
    assert wrong.status_code == 422
    assert {"title", "level_0"} == wrong.context["form"].errors.keys()


def test_a_content_role_is_filled_by_ticking_courses_and_chapters(stage: Stage, at: Browsers) -> None:
    entered: dict[str, Any] = {
        "name": "Guards",
        "course": [stage.first_aid.pk],
        "chapter": [stage.film.pk, stage.quiz.pk],
    }
    confirm(at.alice, reverse("console:create_content_role"), **entered)
    guards = ContentRole.objects.get(name="Guards")
    assert guards.content.count() == 3
    edit = reverse("console:edit_content_role", args=[guards.pk])
    assert at.alice.get(edit).text.count(" checked") == 3
    confirm(at.alice, edit, name="Guards", course=[stage.first_aid.pk])
    assert guards.content.get().course == stage.first_aid


def test_the_courses_of_a_content_role_are_searched_for_and_what_is_ticked_stays(
    stage: Stage, at: Browsers
) -> None:
    with outside_the_ledger():
        for number in range(300):
            Course.objects.create(title=f"Course {number:03}", category=stage.safety)
    where = reverse("console:edit_content_role", args=[stage.crew.pk])
    first = at.alice.get(where).text
    assert first.count('name="course"') == 22, "what is ticked, and twenty more"
    assert "There are more." in first

    entered: dict[str, Any] = {"name": "Squad", "course": [stage.fire.pk], "step": "look"}
    last = Course.objects.get(title="Course 299")
    for sought in ("course 299", f"#{last.pk}"):
        page = at.alice.post(where, {**entered, "look_for_training": sought})
        assert page.status_code == 200
        shown = [(choice.row, choice.ticked) for choice in page.context["form"].training().choices]
        assert shown == [(stage.fire, True), (last, False)]
        assert page.context["form"]["name"].value() == "Squad"
        assert "There are more." not in page.text
    confirm(at.alice, where, name="Squad", course=[stage.fire.pk, last.pk])
    assert set(stage.crew.content.values_list("course", flat=True)) == {stage.fire.pk, last.pk}


def test_a_content_role_takes_no_course_that_is_not_there(stage: Stage, at: Browsers) -> None:
    page = at.alice.post(reverse("console:create_content_role"), {"name": "Guards", "course": ["987654"]})
    assert page.status_code == 422
    assert "987654" in page.text


def test_small_parts_are_created_renamed_and_removed(stage: Stage, at: Browsers) -> None:
    confirm(at.alice, reverse("console:create_competency"), name="Calm")
    calm = Competency.objects.get(name="Calm")
    confirm(at.alice, reverse("console:edit_competency", args=[calm.pk]), name="Calmness")
    calm.refresh_from_db()
    assert calm.name == "Calmness"
    confirm(at.alice, reverse("console:remove_competency", args=[calm.pk]))
    assert not Competency.objects.filter(pk=calm.pk).exists()
    refused = at.alice.get(reverse("console:remove_category", args=[stage.safety.pk]))
    assert "Move them first." in refused.text
    assert 'value="apply"' not in refused.text


def test_a_chapter_of_a_removed_course_is_shown_before_it_goes(stage: Stage, at: Browsers) -> None:
    page = at.alice.get(reverse("console:remove_course", args=[stage.fire.pk]))
    assert "Remove 1 course and 3 chapters" in page.text


@pytest.mark.parametrize(("content", "suffix"), [(FILM, ".mp4"), (WEBM + bytes(5000), ".webm")])
def test_a_video_is_uploaded_whatever_its_name_says(
    stage: Stage, at: Browsers, folder: Path, content: bytes, suffix: str
) -> None:
    preview = upload(at.alice, stage, content, source="none")
    name = preview.context["form"]["video"].value()
    stored = folder / name
    assert stored.suffix == suffix
    assert stored.stem not in {"film", ""}
    assert stored.read_bytes() == content
    assert list((folder / "incoming").iterdir()) == []
    where = reverse("console:create_chapter", args=[stage.fire.pk])
    confirm(at.alice, where, title="New", source="upload", video=name, captions_language="en")
    made = Chapter.objects.get(title="New")
    assert made.video.name == name
    assert sent(at.lou.get(reverse("web:video", args=[made.pk]))) == content


@pytest.mark.parametrize("content", [b"<html><script>alert(1)</script></html>", b"#!/bin/sh", b"\x00"])
def test_what_is_no_video_is_refused_beside_its_field(
    stage: Stage, at: Browsers, folder: Path, content: bytes
) -> None:
    page = upload(at.alice, stage, content)
    assert page.status_code == 422
    assert "neither MP4 nor WebM" in page.context["form"].errors["video"][0]
    assert list(folder.glob("videos/*")) == []


def test_a_video_above_the_limit_is_refused_with_the_limit(
    stage: Stage, at: Browsers, folder: Path, settings: Settings
) -> None:
    settings.VIDEO_LIMIT = 200_000
    page = upload(at.alice, stage, FILM + bytes(200_000))
    assert page.status_code == 422
    assert "above 195.3\xa0KB" in page.context["form"].errors["video"][0]
    assert [*folder.glob("*/*")] == [], "nothing is left of it"
    assert page.context["form"]["title"].value() == "New", "the rest of the form is not lost"


def test_without_a_media_folder_an_upload_is_refused_with_the_remedy(
    stage: Stage, at: Browsers, settings: Settings
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = None
    assert "ROLLBOOK_MEDIA" in upload(at.alice, stage, FILM).context["form"].errors["video"][0]


def test_nobody_else_can_fill_the_disk(stage: Stage, at: Browsers, folder: Path) -> None:
    for client in (at.carla, at.mallory, Client()):
        upload(client, stage, FILM * 100)
        client.post(reverse("web:sign_in"), {"upload": file(FILM * 100)})
    assert list(folder.iterdir()) == []


def test_the_undo_of_a_new_video_finds_the_old_one_there(stage: Stage, at: Browsers, folder: Path) -> None:
    edit = reverse("console:edit_chapter", args=[stage.film.pk])
    names = []
    for content in (FILM, WEBM):
        page = at.alice.post(edit, {"title": "The film", "upload": file(content), "captions_language": "en"})
        names.append(page.context["form"]["video"].value())
        confirm(at.alice, edit, title="The film", source="upload", video=names[-1], captions_language="en")
    record = OperationRecord.objects.latest("pk")
    confirm(at.alice, reverse("console:undo", args=[record.pk]))
    stage.film.refresh_from_db()
    assert stage.film.video.name == names[0]
    assert sent(at.alice.get(reverse("web:video", args=[stage.film.pk]))) == FILM


def test_captions_are_taken_from_a_file(stage: Stage, at: Browsers, folder: Path) -> None:
    where = reverse("console:edit_chapter", args=[stage.film.pk])
    entered = {"title": "The film", "source": "none", "captions_language": "en"}
    page = at.alice.post(where, {**entered, "captions_file": file(CAPTIONS.encode("utf-8-sig"), "en.vtt")})
    assert page.context["form"]["captions"].value() == CAPTIONS
    wrong = at.alice.post(where, {**entered, "captions_file": file(b"\xff\xfe\x00W", "en.vtt")})
    assert "UTF-8" in wrong.context["form"].errors["captions"][0]


@pytest.mark.parametrize(
    ("entered", "field"),
    [
        ({"source": "upload"}, "video"),
        ({"source": "url"}, "video_url"),
        ({"source": "url", "video_url": "ftp://a"}, "video_url"),
    ],
)
def test_a_video_that_was_chosen_but_not_given_is_asked_for(
    stage: Stage, at: Browsers, entered: dict[str, str], field: str
) -> None:
    where = reverse("console:create_chapter", args=[stage.fire.pk])
    page = at.alice.post(where, {"title": "New", "captions_language": "en", **entered})
    assert page.status_code == 422
    assert page.context["form"].errors.keys() == {field}


def test_a_video_may_lie_elsewhere_and_be_given_by_its_url(stage: Stage, at: Browsers) -> None:
    where = reverse("console:create_chapter", args=[stage.fire.pk])
    url = "https://video.example.org/new.mp4"
    confirm(at.alice, where, title="New", source="url", video_url=url, captions_language="en")
    made = Chapter.objects.get(title="New")
    assert (made.video_url, made.video.name) == (url, "")
    assert f'href="{url}"' in at.lou.get(reverse("console:chapter", args=[made.pk])).text


def test_a_new_chapter_without_a_video_goes_on_with_its_quiz(stage: Stage, at: Browsers) -> None:
    where = reverse("console:create_chapter", args=[stage.fire.pk])
    page = confirm(at.alice, where, title="New", source="none", captions_language="en")
    assert page.request["PATH_INFO"] == reverse(
        "console:edit_quiz", args=[Chapter.objects.get(title="New").pk]
    )


def test_the_editor_keeps_what_was_typed_while_parts_come_and_go(stage: Stage, at: Browsers) -> None:
    where, fields = reverse("console:edit_quiz", args=[stage.quiz.pk]), posted(QUIZ)
    fields["question-q1"] = "Typed but not saved"

    def after(step: str) -> dict[str, Any]:
        page = at.alice.post(where, {**fields, "step": step})
        assert page.status_code == 200
        quiz: dict[str, Any] = page.context["quiz"]
        return quiz

    assert [q["text"] for q in after("add")["questions"]] == [
        "Typed but not saved",
        QUIZ["questions"][1]["text"],
        "",
    ]
    assert [q["id"] for q in after("remove-q1")["questions"]] == ["q2"]
    assert [q["id"] for q in after("down-q1")["questions"]] == ["q2", "q1"]
    assert [q["id"] for q in after("up-q1")["questions"]] == ["q1", "q2"]
    assert len(after("more-q2")["questions"][1]["choices"]) == 4
    assert [c["id"] for c in after("less-q2-b")["questions"][1]["choices"]] == ["a", "c"]
    assert len(after("remove-nonsense")["questions"]) == 2
    stage.quiz.refresh_from_db()
    assert stage.quiz.quiz == QUIZ, "nothing is saved before it is confirmed"


def test_a_quiz_that_was_typed_is_the_quiz_that_is_saved(stage: Stage, at: Browsers) -> None:
    where = reverse("console:edit_quiz", args=[stage.film.pk])
    fields = {**posted(QUIZ), "choice-q1-x": " "}  # a choice that was left blank counts for nothing
    preview = at.alice.post(where, fields)
    carried = preview.context["form"]["quiz"].value()
    assert json.loads(carried) == QUIZ
    page = confirm(at.alice, where, quiz=carried)
    assert page.request["PATH_INFO"] == reverse("console:chapter", args=[stage.film.pk])
    stage.film.refresh_from_db()
    assert stage.film.quiz == QUIZ
    confirm(at.alice, where, quiz="{}")
    stage.film.refresh_from_db()
    assert stage.film.quiz == {}


def test_what_is_wrong_with_a_quiz_stands_beside_its_place(stage: Stage, at: Browsers) -> None:
    where, fields = reverse("console:edit_quiz", args=[stage.quiz.pk]), posted(QUIZ)
    fields |= {"pass_mark": "half", "attempt_limit": "0", "correct-q1": [], "choice-q2-b": "Water"}
    page = at.alice.post(where, fields)
    assert page.status_code == 422
    for said in ("from 1 to 100", "leave it empty", "Question 1 has no correct choice", "is there twice"):
        assert said in page.text
    assert 'value="half"' in page.text


@pytest.mark.parametrize("carried", ["", "nonsense", "[]", '{"questions": 5}', '{"questions": [{"id": 1}]}'])
def test_a_quiz_that_was_tampered_with_is_a_form_and_no_error(
    stage: Stage, at: Browsers, carried: str
) -> None:
    where = reverse("console:edit_quiz", args=[stage.quiz.pk])
    assert at.alice.post(where, {"quiz": carried, "step": "apply"}).status_code == 422


def test_the_longest_quiz_fits_into_one_form(stage: Stage, at: Browsers) -> None:
    choices = [{"id": str(n), "text": f"Choice {n}", "correct": True} for n in range(20)]
    questions = [{"id": f"q{n}", "text": "Which?", "multiple": True, "choices": choices} for n in range(100)]
    quiz = {"pass_mark": 50, "attempt_limit": None, "questions": questions}
    page = at.alice.post(reverse("console:edit_quiz", args=[stage.quiz.pk]), posted(quiz))
    assert page.status_code == 200
    assert json.loads(page.context["form"]["quiz"].value()) == quiz


def test_new_parts_of_a_quiz_get_ids_of_their_own(rf: Any) -> None:
    quiz = quiz_from(rf.post("/", posted(QUIZ)).POST)
    assert quiz == QUIZ
    for _ in range(3):
        edited(quiz, "add")
        edited(quiz, "more-q1")
    assert len({question["id"] for question in quiz["questions"]}) == 5
    assert len({choice["id"] for choice in quiz["questions"][0]["choices"]}) == 5


def test_chapters_are_moved_before_anything_is_saved(stage: Stage, at: Browsers) -> None:
    where = reverse("console:order_chapters", args=[stage.fire.pk])
    film, quiz, extra = (str(row.pk) for row in (stage.film, stage.quiz, stage.extra))

    def after(step: str, *order: str) -> list[str]:
        page = at.alice.post(where, {"order": order, "step": step})
        return [str(row.pk) for row in page.context["chapters"]]

    assert after(f"down-{film}", film, quiz, extra) == [quiz, film, extra]
    assert after(f"up-{film}", film, quiz, extra) == [film, quiz, extra]
    assert after(f"down-{quiz}", film, quiz) == [film, extra, quiz], (
        "a chapter that came meanwhile is not lost"
    )
    assert after("up-nonsense", extra, extra, "x") == [extra, film, quiz]
    confirm(at.alice, where, order=[extra, film, quiz])
    assert [str(pk) for pk in stage.fire.chapters.values_list("pk", flat=True)] == [extra, film, quiz]
