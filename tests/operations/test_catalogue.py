"""Building the catalogue: what is refused, and with which remedy."""

from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from rollbook.ledger.operation import Operation
from rollbook.ledger.writer import preview
from rollbook.operations.order_chapters import OrderChapters
from rollbook.operations.remove_from_catalogue import RemoveFromCatalogue
from rollbook.operations.save_category import SaveCategory
from rollbook.operations.save_chapter import SaveChapter
from rollbook.operations.save_competency import SaveCompetency
from rollbook.operations.save_content_role import SaveContentRole
from rollbook.operations.save_course import SaveCourse
from rollbook.operations.save_quiz import SaveQuiz
from rollbook.people.access import actor_for
from rollbook.training.catalogue import Category, Chapter, Course, RoleContent
from rollbook.training.records import Status
from tests.cast import Cast, outside_the_ledger
from tests.operations.catalogue_cases import CAPTIONS
from tests.operations.doing import do, refusals
from tests.training.stage import QUIZ, Stage, furnish, progress, study


@pytest.fixture
def stage(cast: Cast, settings: Settings, tmp_path: Path) -> Stage:
    """Return the catalogue, with what people have done in it, and an empty folder for videos."""
    settings.MEDIA_ROOT = str(tmp_path)
    stage = furnish()
    study(cast, stage)
    return stage


def told(cast: Cast, operation: Operation) -> str:
    """Return the notes and warnings of a plan, as people read them."""
    plan = preview(operation, acting=actor_for(cast.alice))
    assert plan.can_apply, plan.refusals
    return " ".join([*(f"{note.what}: {note.why}" for note in plan.notes), *plan.warnings])


def chapter(stage: Stage, **changes: Any) -> SaveChapter:
    """Return an edit of the film."""
    return SaveChapter(
        **{"course_id": stage.fire.pk, "chapter_id": stage.film.pk, "title": "The film", **changes}
    )


def course(stage: Stage, **changes: Any) -> SaveCourse:
    """Return an edit of First aid."""
    given = {"course_id": stage.first_aid.pk, "title": "First aid", "category_id": stage.safety.pk}
    return SaveCourse(**{**given, **changes})


def test_categories_make_no_circle(cast: Cast, stage: Stage) -> None:
    with outside_the_ledger():
        fire = Category.objects.create(name="Fire", parent=stage.safety)
        oil = Category.objects.create(name="Oil", parent=fire)
    for parent in (stage.safety, fire, oil):
        operation = SaveCategory(category_id=stage.safety.pk, name="Safety", parent_id=parent.pk)
        assert "cannot be moved under itself" in refusals(cast.alice, operation)
    do(cast.alice, SaveCategory(category_id=oil.pk, name="Oil", parent_id=None))
    oil.refresh_from_db()
    assert oil.parent is None


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        (SaveCategory(name="Safety"), "There is another category “Safety” at this place."),
        (SaveCategory(name=" "), "The name is empty."),
        (SaveCategory(name="New", parent_id=999), "There is no category #999."),
        (SaveCategory(name="New", category_id=999), "There is no category #999."),
        (SaveCompetency(name="Alertness"), "There is another competency “Alertness”"),
        (SaveCompetency(name="x" * 201), "200 is the most"),
        (SaveContentRole(name="Crew"), "There is another content role “Crew”"),
        (
            SaveContentRole(name="New", course_ids=(998, 999)),
            "There is no course #998 or #999. Check the number.",
        ),
        (SaveContentRole(name="New", chapter_ids=(999,)), "There is no chapter #999."),
        (SaveChapter(course_id=999, title="New"), "There is no course #999."),
        (SaveQuiz(chapter_id=999, quiz=QUIZ), "There is no chapter #999."),
        (OrderChapters(course_id=999, chapter_ids=()), "There is no course #999."),
        (RemoveFromCatalogue(kind="course", row_id=999), "There is no course #999."),
        (
            RemoveFromCatalogue(kind="curse", row_id=1),
            "The catalogue has no “curse”. Give one of: category, ",
        ),
    ],
)
def test_what_cannot_be_is_refused_by_name(cast: Cast, stage: Stage, operation: Operation, said: str) -> None:
    assert said in refusals(cast.alice, operation)


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"title": "Fire safety"}, "title", "There is another course “Fire safety” at this place."),
        ({"title": ""}, "title", "The title is empty."),
        ({"category_id": 999}, "category_id", "There is no category #999."),
        ({"due_days": 0}, "due_days", "from 1 to 32,767"),
        ({"certificate_days": 40_000}, "certificate_days", "from 1 to 32,767"),
        ({"description": "x" * 4001}, "description", "4,000 is the most"),
        ({"description": "a\x00b"}, "description", "U+0000"),
        ({"competencies": ((999, 1, None),)}, "competency_0", "There is no competency #999."),
    ],
)
def test_what_is_wrong_with_a_course_is_said_beside_its_field(
    cast: Cast, stage: Stage, changes: dict[str, Any], field: str, said: str
) -> None:
    assert said in course(stage, **changes).problems(actor_for(cast.alice))[field]


def test_the_competencies_of_a_course_have_levels_from_1_to_5_and_come_once(cast: Cast, stage: Stage) -> None:
    alertness = stage.alertness.pk
    problems = course(stage, competencies=((alertness, 6, None), (alertness, 1, 0))).problems(
        actor_for(cast.alice)
    )
    assert problems.keys() == {"level_0", "competency_1", "valid_days_1"}
    do(cast.alice, course(stage, competencies=((alertness, 5, 30),)))
    awarded = stage.first_aid.competencies.get()
    assert (awarded.level, awarded.valid_days) == (5, 30)
    do(cast.alice, course(stage))
    assert not stage.first_aid.competencies.exists()


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"title": "a\nb"}, "title", "cannot be seen"),
        ({"video_url": "http://video.example.org/a.mp4"}, "video_url", "begins with https://"),
        ({"video_url": "javascript:alert(1)"}, "video_url", "begins with https://"),
        ({"video_url": "https://video.example.org/" + "a" * 500}, "video_url", "above 500 characters"),
        ({"video": "videos/../../etc/passwd"}, "video", "Upload it again."),
        ({"video": "videos/" + "A" * 26 + ".mp4"}, "video", "no longer there"),
        ({"captions": "1\n00:01.000 --> 00:02.000\nHello"}, "captions", "begin with a line “WEBVTT”"),
        ({"captions": "WEBVTT\n\nHello"}, "captions", "no line of times"),
        ({"captions": "WEBVTT\n\n00:01.000 --> 00:02.000\na\x00"}, "captions", "U+0000"),
        ({"captions": CAPTIONS + "x" * 500_000}, "captions", "500,000 is the most"),
        ({"captions": CAPTIONS, "captions_language": "English"}, "captions_language", "like en or pt-BR"),
        ({"chapter_id": 999}, "chapter_id", "no chapter #999 in this course"),
    ],
)
def test_what_is_wrong_with_a_chapter_is_said_beside_its_field(
    cast: Cast, stage: Stage, changes: dict[str, Any], field: str, said: str
) -> None:
    assert said in chapter(stage, **changes).problems(actor_for(cast.alice))[field]


@pytest.mark.parametrize("language", ["en", "de", "pt-BR", "zh-Hant"])
def test_captions_come_in_any_language_and_with_any_line_ends(
    cast: Cast, stage: Stage, language: str
) -> None:
    typed = "\ufeff" + CAPTIONS.replace("\n", "\r\n")
    do(cast.alice, chapter(stage, captions=typed, captions_language=language))
    stage.film.refresh_from_db()
    assert (stage.film.captions, stage.film.captions_language) == (CAPTIONS, language)


def test_a_chapter_has_one_video(cast: Cast, stage: Stage) -> None:
    both = {"video": "videos/" + "A" * 26 + ".mp4", "video_url": "https://video.example.org/a.mp4"}
    assert "not both" in refusals(cast.alice, chapter(stage, **both))


def test_whoever_makes_a_chapter_required_is_told_whom_it_holds_up(cast: Cast, stage: Stage) -> None:
    new = SaveChapter(course_id=stage.fire.pk, title="New", video_url="https://video.example.org/n.mp4")
    assert "2 users in the middle of the course now need this chapter too" in told(cast, new)
    optional = SaveChapter(course_id=stage.fire.pk, title="New", required=False)
    assert "in the middle" not in told(cast, optional)
    assert "This chapter is still empty" in told(cast, optional)


def test_a_new_chapter_comes_last(cast: Cast, stage: Stage) -> None:
    do(cast.alice, SaveChapter(course_id=stage.fire.pk, title="New"))
    assert [row.title for row in stage.fire.chapters.all()][-1] == "New"


def test_an_order_of_other_chapters_than_there_are_is_refused(cast: Cast, stage: Stage) -> None:
    for ids in ((stage.film.pk,), (stage.film.pk, stage.quiz.pk, stage.bandage.pk), ()):
        operation = OrderChapters(course_id=stage.fire.pk, chapter_ids=ids)
        assert "other chapters" in refusals(cast.alice, operation)


def test_the_history_of_a_quiz_says_which_questions_changed(cast: Cast, stage: Stage) -> None:
    first, second = QUIZ["questions"]
    new = {**first, "id": "q3", "text": "Whom do you call?"}
    quiz = {**QUIZ, "attempt_limit": None, "questions": [new, {**first, "text": "What is first?"}]}
    said = told(cast, SaveQuiz(chapter_id=stage.quiz.pk, quiz=quiz))
    assert "2 questions, pass mark 50%, any number of attempts" in said
    assert "New: “Whom do you call?”" in said
    assert "Changed: “What is first?”" in said
    assert f"Removed: “{second['text']}”" in said


def test_whoever_takes_the_only_content_of_a_chapter_away_is_told(cast: Cast, stage: Stage) -> None:
    assert "nobody can complete it" in told(cast, SaveQuiz(chapter_id=stage.quiz.pk, quiz={}))
    assert "nobody can complete it" not in told(cast, SaveQuiz(chapter_id=stage.bandage.pk, quiz={}))


def test_an_unsound_quiz_is_not_saved(cast: Cast, stage: Stage) -> None:
    operation = SaveQuiz(chapter_id=stage.film.pk, quiz={**QUIZ, "questions": []})
    assert "The quiz has no question." in refusals(cast.alice, operation)


@pytest.mark.parametrize(
    ("kind", "row", "said"),
    [
        ("course", "fire", "has 3 enrolments, and cannot be removed. Close the course instead"),
        (
            "chapter",
            "film",
            "has 3 rows of chapter progress, and cannot be removed. Make it not required instead",
        ),
        ("category", "safety", "has 2 courses, and cannot be removed. Move them first."),
        (
            "content role",
            "crew",
            "has 1 granted content role, and cannot be removed. Take it from its users first.",
        ),
        ("competency", "alertness", "has 1 competency of a course and 1 earned competency"),
    ],
)
def test_what_has_records_is_not_removed(cast: Cast, stage: Stage, kind: str, row: str, said: str) -> None:
    operation = RemoveFromCatalogue(kind=kind, row_id=getattr(stage, row).pk)
    assert said in refusals(cast.alice, operation)


def test_erased_progress_also_keeps_a_chapter(cast: Cast, stage: Stage) -> None:
    progress(cast.bea, stage.bandage, Status.IN_PROGRESS, erased_at="2026-01-01T00:00Z")
    stage.bandage.progress.filter(erased_at=None).delete()
    assert "cannot be removed" in refusals(
        cast.alice, RemoveFromCatalogue(kind="chapter", row_id=stage.bandage.pk)
    )


def test_a_course_without_records_goes_with_its_chapters(cast: Cast) -> None:
    stage = furnish()
    do(cast.alice, RemoveFromCatalogue(kind="course", row_id=stage.first_aid.pk))
    assert not Course.objects.filter(pk=stage.first_aid.pk).exists()
    assert not Chapter.objects.filter(pk=stage.bandage.pk).exists()
    assert not RoleContent.objects.filter(chapter=stage.bandage.pk).exists()


def test_closing_a_course_keeps_its_records(cast: Cast, stage: Stage) -> None:
    operation = course(stage, open=False)
    assert "Learners no longer see the course: the records of 1 enrolment stay" in told(cast, operation)
    do(cast.alice, operation)
    assert stage.first_aid.enrolments.count() == 1
