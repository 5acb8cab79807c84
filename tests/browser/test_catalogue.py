"""A super user builds a course in a real browser: video, captions, quiz; by keyboard, on a phone, without a script."""

from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from demo.register.loading import PASSWORD
from rollbook.training.catalogue import Chapter
from tests.browser.story import Demo, picture, sign_in
from tests.cast import Cast, assemble
from tests.operations.catalogue_cases import CAPTIONS
from tests.training.stage import Stage, furnish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# A film of two seconds as WebM, which the browser makes itself.
RECORD = """async () => {
  const canvas = document.createElement("canvas"), draw = canvas.getContext("2d"), parts = [];
  canvas.width = 320; canvas.height = 180;
  const recorder = new MediaRecorder(canvas.captureStream(20), { mimeType: "video/webm" });
  recorder.ondataavailable = (event) => parts.push(event.data);
  const over = new Promise((done) => { recorder.onstop = done; });
  recorder.start(200);
  for (let at = 0; at < 40; at += 1) {
    draw.fillStyle = `hsl(${at * 9} 80% 50%)`; draw.fillRect(0, 0, 320, 180);
    await new Promise((next) => setTimeout(next, 50));
  }
  recorder.stop();
  await over;
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}"""


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """Return the cast, committed; Alice can sign in."""
    made = assemble()
    made.alice.set_password(PASSWORD)
    made.alice.save(update_fields=["password"])
    return made


@pytest.fixture
def rollbook(live_server: LiveServer, settings: Settings, cast: Cast, tmp_path: Path) -> Demo:
    """Return where Rollbook is."""
    cache.clear()
    settings.PUBLIC_URL = live_server.url
    settings.MEDIA_ROOT = str(tmp_path)
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "incoming")
    return Demo(live_server.url, "")


@pytest.fixture
def stage(cast: Cast) -> Stage:
    """Return the catalogue, committed."""
    return furnish()


def confirmed(page: Page, button: str) -> None:
    """Press the button of a preview and see that it was done."""
    page.get_by_role("button", name="Show what will change").last.click()
    picture(page, f"catalogue-preview-{button.replace(' ', '-').lower()}")
    page.get_by_role("button", name=button).click()
    expect(page.get_by_text(": done.")).to_be_visible()


def test_a_course_is_built_from_nothing(
    browser: Browser, rollbook: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So that the film comes in many parts.
    monkeypatch.setattr("rollbook.interfaces.web.ranges.LONGEST_PART", 2000)
    page = sign_in(browser.new_context(), rollbook, "alice")
    page.goto(f"{rollbook.rollbook}/console/courses/")
    picture(page, "catalogue-empty")
    page.get_by_role("link", name="Create category").click()
    page.get_by_label("Name").fill("Safety")
    confirmed(page, "Create 1 category")
    page.get_by_role("link", name="Courses", exact=True).click()
    page.get_by_role("link", name="Create course").click()
    page.get_by_label("Title").fill("Fire safety")
    picture(page, "catalogue-course-form")
    confirmed(page, "Create 1 course")
    page.get_by_role("link", name="Create chapter").first.click()
    page.get_by_label("Title").fill("The film")
    (tmp_path / "film.webm").write_bytes(b64decode(page.evaluate(RECORD)))
    page.get_by_label("File", exact=True).set_input_files(tmp_path / "film.webm")
    page.get_by_text("Captions", exact=True).click()
    page.get_by_label("Captions (WebVTT)").fill(CAPTIONS)
    picture(page, "catalogue-chapter-form")
    confirmed(page, "Create 1 chapter")
    page.get_by_role("link", name="The film").click()
    film = page.locator("video")
    film.evaluate(
        "async film => { film.muted = true; await film.play(); film.pause(); film.currentTime = 1.5; }"
    )
    page.wait_for_function(
        "() => { const f = document.querySelector('video'); return !f.seeking && f.currentTime > 1.4; }"
    )
    assert film.evaluate("film => film.videoWidth") == 320
    assert film.evaluate("film => film.error") is None
    page.wait_for_function(
        "() => { const t = document.querySelector('track'); t.track.mode = 'showing'; return t.readyState == 2; }"
    )
    picture(page, "catalogue-chapter")


def write_quiz(page: Page) -> None:
    """Write a question with four choices, of which two are correct."""
    page.get_by_label("Question", exact=True).fill("What puts out burning oil?")
    page.get_by_label("Several can be chosen").check()
    for number, text in enumerate(("A fire blanket", "Foam", "Water"), 1):
        page.get_by_label(f"Choice {number} of question 1", exact=True).fill(text)
    page.get_by_role("button", name="Add choice").click()
    expect(page.get_by_label("Choice 4 of question 1", exact=True)).to_be_focused()
    page.keyboard.type("Petrol")
    for number in (1, 2):
        page.get_by_label(f"Choice {number} of question 1 is correct").check()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_quiz_is_written_with_and_without_a_script(
    browser: Browser, rollbook: Demo, stage: Stage, scripts: bool
) -> None:
    page = sign_in(browser.new_context(java_script_enabled=scripts), rollbook, "alice")
    page.goto(f"{rollbook.rollbook}/console/courses/chapters/{stage.film.pk}/quiz/")
    write_quiz(page)
    page.get_by_role("button", name="Add question").click()
    expect(page.get_by_text("Question 2", exact=True)).to_be_visible()
    expect(page.get_by_label("Choice 3 of question 1", exact=True)).to_have_value("Water")
    page.get_by_role("button", name="Show what will change").last.click()
    expect(page.get_by_text("Question 2 is empty. Enter at least one character.", exact=True)).to_be_visible()
    picture(page, f"catalogue-quiz-{scripts}")
    page.get_by_role("button", name="Remove question 2").click()
    expect(page.get_by_text("Question 2", exact=True)).to_have_count(0)
    confirmed(page, "Save 1 quiz")
    quiz = Chapter.objects.get(pk=stage.film.pk).quiz
    assert [q["text"] for q in quiz["questions"]] == ["What puts out burning oil?"]
    assert [c["correct"] for c in quiz["questions"][0]["choices"]] == [True, True, False, False]


def test_enter_in_a_field_of_the_quiz_goes_on_and_removes_nothing(
    browser: Browser, rollbook: Demo, stage: Stage
) -> None:
    page = sign_in(browser.new_context(), rollbook, "alice")
    page.goto(f"{rollbook.rollbook}/console/courses/chapters/{stage.quiz.pk}/quiz/")
    page.get_by_label("Pass mark (percent)").fill("90")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 questions, pass mark 90%, 3 attempts at most")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_chapters_change_places_with_and_without_a_script(
    browser: Browser, rollbook: Demo, stage: Stage, scripts: bool
) -> None:
    page = sign_in(browser.new_context(java_script_enabled=scripts), rollbook, "alice")
    page.goto(f"{rollbook.rollbook}/console/courses/{stage.fire.pk}/order/")
    page.get_by_role("button", name="Move The film down").click()
    expect(page.locator("#order li").first).to_contain_text("The quiz")
    page.get_by_role("button", name="Move Extra up").click()
    expect(page.locator("#order li").last).to_contain_text("The film")
    confirmed(page, "Move 3 chapters")
    assert list(stage.fire.chapters.values_list("title", flat=True)) == ["The quiz", "Extra", "The film"]


LOOKS: dict[str, dict[str, Any]] = {
    "phone": {"viewport": {"width": 390, "height": 844}},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
}


@pytest.mark.parametrize("name", LOOKS)
def test_every_page_of_the_catalogue_fits(browser: Browser, rollbook: Demo, stage: Stage, name: str) -> None:
    page = sign_in(browser.new_context(**LOOKS[name]), rollbook, "alice")
    chapter, course = stage.quiz.pk, stage.fire.pk
    for where in (
        "", f"{course}/", f"{course}/edit/", f"{course}/order/", f"{course}/create-chapter/", f"chapters/{chapter}/",
        f"chapters/{chapter}/quiz/", "categories/", "content-roles/", f"content-roles/{stage.crew.pk}/edit/",
        "competencies/", f"{course}/remove/",
    ):  # fmt: skip
        page.goto(f"{rollbook.rollbook}/console/courses/{where}")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        picture(page, f"catalogue-{name}-{where.strip('/').replace('/', '-') or 'courses'}")
        assert wide <= 0, f"{where} is {wide} pixels too wide on a {name}"
