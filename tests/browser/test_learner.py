"""A learner in Chromium: watches a real video, loses the connection, reaches the quiz, resets and watches again."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from time import sleep
from typing import Literal

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from demo.register.training import VIDEOS
from demo.training import CAPTIONS
from rollbook.ledger.writer import apply, preview
from rollbook.operations.reset_training import ResetTraining
from rollbook.people.access import actor_for
from rollbook.people.models import User
from rollbook.people.selection import UserSelection
from rollbook.training.catalogue import Chapter
from rollbook.training.records import ChapterProgress, Enrolment, Status
from rollbook.training.selection import ContentSelection
from tests.browser.story import picture
from tests.cast import Cast, assemble, outside_the_ledger
from tests.training.stage import Stage, furnish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """Return the cast."""
    return assemble()


@pytest.fixture
def stage(cast: Cast, settings: Settings, tmp_path: Path) -> Stage:
    """Return the catalogue, with a real video with captions before the quiz of First aid; Ben is enrolled."""
    settings.MEDIA_ROOT = str(tmp_path)
    (tmp_path / "videos").mkdir()
    shutil.copyfile(VIDEOS / "hand-hygiene.webm", tmp_path / "videos" / "A.webm")
    stage = furnish()
    with outside_the_ledger():
        Chapter.objects.filter(pk=stage.bandage.pk).update(
            video="videos/A.webm", video_url="", captions=CAPTIONS
        )
    for course in (stage.first_aid, stage.fire):
        Enrolment.objects.create(user=cast.ben, course=course)
    return stage


@pytest.fixture
def ben(browser: Browser, live_server: LiveServer, cast: Cast) -> Iterator[BrowserContext]:
    """Return Ben's browser, signed in."""
    context = browser.new_context(base_url=live_server.url)
    sign_in(context, live_server, cast.ben)
    yield context
    context.close()


def sign_in(context: BrowserContext, live_server: LiveServer, user: User) -> None:
    client = Client()
    client.force_login(user)
    cookie = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])


def begin(context: BrowserContext) -> Page:
    """Start The bandage from My training."""
    page = context.new_page()
    page.goto("/learner/")
    page.get_by_role("link", name="First aid").click()
    page.get_by_role("button", name="Start The bandage").click()
    expect(page.locator("video")).to_be_visible()
    return page


def play(page: Page, *, rate: float = 1) -> None:
    """Let the video run. Muted, as browsers ask it of pages that nobody has touched."""
    page.locator("video").evaluate(
        "(video, rate) => { video.muted = true; video.playbackRate = rate; return video.play(); }", rate
    )


def stands_at(page: Page) -> float:
    seconds: float = page.locator("video").evaluate("video => video.currentTime")
    return seconds


def until(page: Page, expression: str) -> None:
    """Wait until a script's expression about the `video` is true; waiting within the page would need its eval."""
    for _ in range(150):
        if page.locator("video").evaluate(f"video => Boolean({expression})"):
            return
        page.wait_for_timeout(100)
    raise AssertionError(expression)


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until an element has the focus, as somebody does who has no mouse."""
    expect(target).to_be_visible()
    for _ in range(80):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the focus never reaches {target}")


def saved(seconds: int) -> None:
    """Wait until that place is kept."""
    for _ in range(100):
        if bookmark() == seconds:
            return
        sleep(0.1)
    raise AssertionError(bookmark())


def bookmark() -> int:
    return ChapterProgress.objects.get(erased_at=None).bookmark


def test_a_learner_watches_reaches_the_quiz_resets_and_watches_again(
    ben: BrowserContext, stage: Stage
) -> None:
    """Seed: "helpful when an end-user reaches a quiz (...), but wants to rewatch the video again"."""
    page = begin(ben)
    play(page, rate=4)
    expect(page.get_by_role("button", name="Send answers")).to_be_visible(timeout=20_000)
    picture(page, "learner-quiz-after-video")
    page.get_by_role("link", name="Set back to Not started").click()
    expect(page.get_by_text("The bandage")).to_be_visible()
    picture(page, "learner-reset")
    page.get_by_role("button", name="Reset this chapter").click()
    expect(page.get_by_text("1 chapter set back to Not started.")).to_be_visible()
    page.get_by_role("button", name="Start The bandage").click()
    expect(page.get_by_text("The quiz opens when you have watched the video")).to_be_visible()
    expect(page.get_by_role("button", name="Send answers")).to_have_count(0)
    assert stands_at(page) == 0
    play(page, rate=4)
    expect(page.get_by_role("button", name="Send answers")).to_be_visible(timeout=20_000)
    # The quiz by keyboard alone.
    page.get_by_label("Raise the alarm").focus()
    page.keyboard.press("Space")
    for key in ("Tab", "Space", "Tab", "Space", "Tab", "Tab", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("heading", name="Passed")).to_be_visible()
    expect(page.get_by_text("You have completed First aid")).to_be_visible()
    picture(page, "learner-passed")
    assert Enrolment.objects.get(course=stage.first_aid).status == Status.COMPLETED


def test_the_whole_way_from_my_training_to_the_quiz_goes_by_keyboard(
    ben: BrowserContext, stage: Stage
) -> None:
    page = ben.new_page()
    page.goto("/learner/")
    for role, name in (("link", "First aid"), ("link", "The bandage"), ("button", "Start")):
        tab_to(page, page.get_by_role(role, name=name, exact=True).first)  # type: ignore[arg-type]  # a literal
        page.keyboard.press("Enter")
    expect(page.locator("video")).to_be_visible()
    until(page, "video.readyState >= 1")
    page.locator("video").evaluate("video => { video.muted = true; video.playbackRate = 4; }")
    tab_to(page, page.locator("video"))
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Send answers")).to_be_visible(timeout=20_000)
    tab_to(page, page.get_by_role("link", name="Set back to Not started"))
    page.keyboard.press("Enter")
    button = page.get_by_role("button", name="Reset this chapter")
    expect(button).to_be_visible()
    tab_to(page, button)
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 chapter set back to Not started.")).to_be_visible()


def test_while_the_video_runs_the_place_is_saved_within_five_seconds(
    ben: BrowserContext, stage: Stage
) -> None:
    """Issue 3: "a lost connection or a closed tab loses at most five seconds", also of a browser that crashes."""
    page = ben.new_page()
    # The page's own clock, which then moves as the test says; the video has another one.
    page.clock.install(time=0)
    page.goto(f"/learner/chapters/{stage.bandage.pk}/")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator("video")).to_be_visible()
    page.clock.pause_at(3_600_000)
    play(page, rate=0.25)
    until(page, "video.currentTime > 1.1")
    before = bookmark()
    page.clock.run_for(5000)
    for _ in range(100):
        if bookmark() > before:
            break
        page.wait_for_timeout(100)
    assert bookmark() >= 1
    assert not page.locator("video").evaluate("video => video.paused || video.ended")


def test_a_page_that_is_left_loses_nothing_and_goes_on_there(ben: BrowserContext, stage: Stage) -> None:
    page = begin(ben)
    play(page)
    until(page, "video.currentTime > 2.2")
    before = stands_at(page)
    page.goto("/learner/")
    # It is sent while the page goes, and may arrive after the next one.
    for _ in range(50):
        if kept := bookmark():
            break
        page.wait_for_timeout(100)
    assert before - 1 <= kept <= before + 1
    page.goto(f"/learner/chapters/{stage.bandage.pk}/")
    expect(page.get_by_text("It goes on where you stopped.")).to_be_visible()
    until(page, f"video.currentTime >= {kept}")


def test_without_a_connection_the_place_is_kept_and_saved_when_it_is_back(
    ben: BrowserContext, stage: Stage
) -> None:
    page = begin(ben)
    play(page)
    until(page, "video.currentTime > 1.2")
    ben.set_offline(True)
    page.locator("video").evaluate("video => video.pause()")
    expect(page.get_by_text("There is no connection. Your place is kept here")).to_be_visible()
    assert bookmark() == 0
    stood = int(stands_at(page))
    ben.set_offline(False)
    expect(page.get_by_text("Your place is saved.")).to_be_visible()
    assert bookmark() == stood


def test_a_page_that_is_closed_without_a_connection_goes_on_there_and_saves_it_then(
    ben: BrowserContext, stage: Stage
) -> None:
    page = begin(ben)
    play(page)
    until(page, "video.currentTime > 2.2")
    page.locator("video").evaluate("video => video.pause()")
    saved(int(stands_at(page)))
    expect(page.get_by_text("Your place is saved.")).to_be_visible()
    ben.set_offline(True)
    page.locator("video").evaluate("video => { video.currentTime = 1.2; }")
    expect(page.get_by_text("There is no connection. Your place is kept here")).to_be_visible()
    page.close()
    assert bookmark() > 1
    ben.set_offline(False)
    again = ben.new_page()
    again.goto(f"/learner/chapters/{stage.bandage.pk}/")
    # By this page, or by what the closed one sent last and the browser held back until there was a connection.
    saved(1)
    until(again, "video.currentTime >= 1 && video.currentTime < 2")
    until(again, "localStorage.length === 0")


def test_a_place_that_was_saved_while_its_answer_got_lost_does_not_stand_for_what_was_kept_here_since(
    ben: BrowserContext, stage: Stage
) -> None:
    page = begin(ben)

    def lose(route: Route) -> None:
        route.fetch()
        ben.set_offline(True)
        route.abort()

    page.route("**/bookmark/", lose, times=1)
    play(page)
    until(page, "video.currentTime > 2.2")
    page.locator("video").evaluate("video => video.pause()")
    expect(page.get_by_text("There is no connection. Your place is kept here")).to_be_visible()
    assert bookmark() > 1
    page.locator("video").evaluate("video => { video.currentTime = 1.2; }")
    until(page, "localStorage.getItem(localStorage.key(0)).split(' ').includes('1')")
    page.close()
    ben.set_offline(False)
    again = ben.new_page()
    again.goto(f"/learner/chapters/{stage.bandage.pk}/")
    expect(again.get_by_text("Your place is saved.")).to_be_visible()
    saved(1)


def test_a_video_that_ends_while_its_place_is_being_saved_opens_the_quiz(
    ben: BrowserContext, stage: Stage
) -> None:
    page = begin(ben)
    under_way: list[Route] = []

    def hold(route: Route) -> None:
        under_way.append(route)

    page.route("**/bookmark/", hold)
    play(page, rate=4)
    page.locator("video").evaluate("video => { video.currentTime = 3; }")
    until(page, "video.ended")
    assert under_way
    under_way[0].continue_()
    expect(page.get_by_role("button", name="Send answers")).to_be_visible()


def test_a_video_that_was_reset_meanwhile_stops_and_says_so(
    ben: BrowserContext, cast: Cast, stage: Stage
) -> None:
    page = begin(ben)
    play(page)
    alice = actor_for(cast.alice)
    content = ContentSelection(chapter_ids=(stage.bandage.pk,))
    operation = ResetTraining(users=UserSelection(ids=(cast.ben.pk,)), content=content)
    apply(preview(operation, acting=alice), acting=alice, reason="asked for it")
    page.locator("video").evaluate("video => { video.currentTime = 3; }")
    expect(page.get_by_text("An administrator set this chapter back at")).to_be_visible()
    assert page.locator("video").evaluate("video => video.paused")
    picture(page, "learner-was-reset")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    assert ChapterProgress.objects.filter(enrolment__user=cast.ben).count() == 2


def test_captions_are_shown_in_the_learners_language(ben: BrowserContext, cast: Cast, stage: Stage) -> None:
    with outside_the_ledger():
        User.objects.filter(pk=cast.ben.pk).update(language="en")
    page = begin(ben)
    until(page, "video.textTracks[0].mode === 'showing'")
    until(page, "video.textTracks[0].cues?.length > 0")


@pytest.mark.parametrize(("width", "look"), [(1280, "light"), (390, "light"), (390, "dark"), (1280, "dark")])
def test_its_pages_fit_every_width_in_light_and_dark(
    ben: BrowserContext, stage: Stage, width: int, look: Literal["light", "dark"]
) -> None:
    problems: list[str] = []
    page = begin(ben)
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=look)
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    pages = {
        "home": "/learner/",
        "course": f"/learner/courses/{stage.fire.pk}/",
        "chapter": f"/learner/chapters/{stage.bandage.pk}/",
        "reset": "/learner/reset/",
        "profile": "/profile/",
        "edit-profile": "/profile/edit/",
        "not-open": f"/learner/chapters/{stage.bandage.pk + 99}/",
    }
    for name, address in pages.items():
        page.goto(address)
        picture(page, f"learner-{name}-{width}-{look}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    assert [problem for problem in problems if "404" not in problem] == []
