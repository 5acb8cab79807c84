"""The pages of courses, chapters and quizzes."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from rollbook.ledger.writer import apply, preview
from rollbook.operations.reset_training import ResetTraining
from rollbook.people.access import actor_for
from rollbook.people.models import User
from rollbook.people.selection import UserSelection
from rollbook.training import activity
from rollbook.training.catalogue import Chapter
from rollbook.training.learning_errors import Busy
from rollbook.training.records import Attempt, ChapterProgress, Enrolment, Status
from rollbook.training.selection import ContentSelection
from tests.cast import Cast, outside_the_ledger
from tests.training.stage import Stage

RIGHT = {"question-q1": "a", "question-q2": ["a", "b"]}
WRONG = {"question-q1": "b", "question-q2": ["c"]}


def page_of(chapter: Chapter) -> str:
    return reverse("learner:chapter", args=[chapter.pk])


def start(client: Client, chapter: Chapter) -> ChapterProgress:
    """Press Start, and return the progress."""
    answer = client.post(reverse("learner:start", args=[chapter.pk]))
    assert answer.headers["Location"] == page_of(chapter)
    return ChapterProgress.objects.get(chapter=chapter, erased_at=None)


def send(client: Client, progress: ChapterProgress, answers: dict[str, Any]) -> Any:
    """Send the answers of the open attempt, and return the page that follows."""
    attempt = progress.attempts.get(finished_at=None)
    url = reverse("learner:submit", args=[attempt.pk])
    return client.post(url, {"resets": progress.resets, **answers}, follow=True)


def save(client: Client, progress: ChapterProgress, **values: int) -> Any:
    """Send what the player sends."""
    kind = "watched" if "duration" in values else "bookmark"
    return client.post(reverse(f"learner:{kind}", args=[progress.pk]), {"resets": progress.resets, **values})


def erase(cast: Cast, user: User, chapter: Chapter) -> None:
    alice = actor_for(cast.alice)
    users, content = UserSelection(ids=(user.pk,)), ContentSelection(chapter_ids=(chapter.pk,))
    apply(preview(ResetTraining(users=users, content=content), acting=alice), acting=alice, reason="asked")


def test_a_course_shows_its_chapters_in_order(stage: Stage, ben: Client) -> None:
    page = ben.get(reverse("learner:course", args=[stage.fire.pk])).text
    assert page.index("The film") < page.index("The quiz") < page.index("Extra")
    for part in (
        "2 questions, pass mark 50%",
        "3 attempts left",
        "not required",
        "0 of 2 required chapters",
        "Start",
    ):
        assert part in page


@pytest.mark.parametrize("kind", ["course", "chapter"])
def test_what_is_not_open_says_so_and_whom_to_ask(
    cast: Cast, stage: Stage, client: Client, kind: str
) -> None:
    client.force_login(cast.mallory)
    there = {"course": stage.fire, "chapter": stage.film}[kind]
    for pk in (there.pk, 987654, 10**30):
        answer = client.get(reverse(f"learner:{kind}", args=[pk]))
        assert answer.status_code == 404
        assert f"This {kind} is not open to you" in answer.text
        assert "Ask your administrator" in answer.text
        assert str(there) not in answer.text


def test_looking_at_a_chapter_starts_nothing(stage: Stage, ben: Client) -> None:
    assert "Start" in ben.get(page_of(stage.film)).text
    assert not ChapterProgress.objects.exists()


def test_the_player_knows_where_to_go_on_and_may_load_the_video(stage: Stage, ben: Client) -> None:
    progress = start(ben, stage.film)
    assert save(ben, progress, seconds=75).status_code == 204
    answer = ben.get(page_of(stage.film))
    assert 'data-place="75"' in answer.text
    assert 'src="https://video.example.org/fire.mp4"' in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "media-src 'self' https://video.example.org" in policy
    assert "default-src 'self'" in policy


@pytest.mark.parametrize(("chosen", "default"), [("en", True), ("de", False), ("", True)])
def test_captions_are_on_where_they_are_in_the_learners_language(
    cast: Cast, stage: Stage, ben: Client, chosen: str, default: bool
) -> None:
    with outside_the_ledger():
        Chapter.objects.filter(pk=stage.film.pk).update(captions="WEBVTT\n", captions_language="en-GB")
        User.objects.filter(pk=cast.ben.pk).update(language=chosen)
    start(ben, stage.film)
    page = ben.get(page_of(stage.film), headers={"Accept-Language": "en-US,en"}).text
    assert f'src="{reverse("web:captions", args=[stage.film.pk])}" srclang="en-GB"' in page
    assert (" default>" in page) is default


def test_a_video_seen_to_its_end_opens_the_quiz(stage: Stage, ben: Client) -> None:
    progress = start(ben, stage.bandage)
    page = ben.get(page_of(stage.bandage)).text
    assert "The quiz opens when" in page
    assert "Send answers" not in page
    assert save(ben, progress, seconds=20, duration=60).status_code == 409
    answer = save(ben, progress, seconds=60, duration=60)
    assert answer.json() == {"next": f"{page_of(stage.bandage)}#quiz"}
    assert "Send answers" in ben.get(page_of(stage.bandage)).text


def test_a_failed_attempt_gives_no_answers_away_and_says_how_many_are_left(stage: Stage, ben: Client) -> None:
    page = send(ben, start(ben, stage.quiz), WRONG).text
    for part in ("Not passed", "0%", "2 attempts left", "Try again"):
        assert part in page
    for part in ("Raise the alarm", "A fire blanket"):
        assert part not in page


def test_a_passed_attempt_shows_the_right_answers_and_goes_on(stage: Stage, ben: Client) -> None:
    page = send(ben, start(ben, stage.quiz), {**RIGHT, "question-q2": "a"}).text
    for part in ("Passed", "50%", "Raise the alarm", "Foam", "Next: Extra"):
        assert part in page


def test_without_attempts_left_one_is_told_whom_to_ask(stage: Stage, ben: Client) -> None:
    for _ in range(3):
        send(ben, start(ben, stage.quiz), WRONG)
    answer = ben.post(reverse("learner:start", args=[stage.quiz.pk]))
    assert answer.status_code == 409
    assert "You have used all attempts at this quiz." in answer.text
    assert "Try again" not in answer.text


def test_answers_sent_twice_count_once(stage: Stage, ben: Client) -> None:
    progress = start(ben, stage.quiz)
    attempt = progress.attempts.get()
    url = reverse("learner:submit", args=[attempt.pk])
    for answers in (WRONG, RIGHT):
        answer = ben.post(url, {"resets": 0, **answers})
        assert answer.headers["Location"] == reverse("learner:result", args=[attempt.pk])
    attempt.refresh_from_db()
    assert attempt.score == 0


def test_completing_the_course_is_said(stage: Stage, ben: Client) -> None:
    save(ben, start(ben, stage.film), seconds=60, duration=60)
    page = send(ben, start(ben, stage.quiz), RIGHT).text
    assert "You have completed <strong>Fire safety" in page
    assert f'Your certificate is in <a href="{reverse("learner:transcript")}">' in page
    home = ben.get("/learner/").text
    assert 'max="2" value="2"' in home, "what is left is not required"
    assert "2 of 2 required chapters" in home


def test_a_chapter_that_was_erased_meanwhile_tells_player_and_quiz(
    cast: Cast, stage: Stage, ben: Client
) -> None:
    """CASES 31."""
    film, quiz = start(ben, stage.film), start(ben, stage.quiz)
    erase(cast, cast.ben, stage.film)
    erase(cast, cast.ben, stage.quiz)
    for values in ({"seconds": 5}, {"seconds": 60, "duration": 60}):
        answer = save(ben, film, **values)
        assert answer.status_code == 409
        assert answer.json()["message"].startswith("An administrator set this chapter back at ")
    answer = send(ben, quiz, RIGHT)
    assert answer.status_code == 409
    assert "An administrator set this chapter back at " in answer.text
    assert "Start" in answer.text
    assert Attempt.objects.get(progress=quiz).finished_at is None


def test_while_somebody_works_on_the_user_the_player_and_the_form_are_to_try_again(
    stage: Stage, ben: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    progress, quiz = start(ben, stage.film), start(ben, stage.quiz)

    def busy(_user: User) -> None:
        raise Busy

    monkeypatch.setattr(activity, "_share", busy)
    monkeypatch.setattr(activity, "_hold", busy)
    answer = save(ben, progress, seconds=5)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "3")
    answer = send(ben, quiz, RIGHT)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "3")
    assert 'value="a" checked' in answer.text


def test_the_player_is_told_when_one_is_signed_out_or_somebody_else(
    cast: Cast, stage: Stage, ben: Client, client: Client
) -> None:
    progress = start(ben, stage.film)
    assert save(client, progress, seconds=5).status_code == 401
    client.force_login(cast.bea)
    assert save(client, progress, seconds=5).status_code == 403
    progress.refresh_from_db()
    assert progress.bookmark == 0


@pytest.mark.parametrize("seconds", ["", "-1", "1.5", "9" * 30, "NaN", "٣"])
def test_nonsense_from_a_player_is_a_bad_request(stage: Stage, ben: Client, seconds: str) -> None:
    progress = start(ben, stage.film)
    answer = ben.post(reverse("learner:bookmark", args=[progress.pk]), {"resets": 0, "seconds": seconds})
    assert answer.status_code == 400


def test_somebody_elses_attempt_is_neither_shown_nor_finished(
    cast: Cast, stage: Stage, ben: Client, client: Client
) -> None:
    attempt = start(ben, stage.quiz).attempts.get()
    client.force_login(cast.bea)
    assert (
        client.post(reverse("learner:submit", args=[attempt.pk]), {"resets": 0, **RIGHT}).status_code == 404
    )
    send(ben, attempt.progress, RIGHT)
    assert client.get(reverse("learner:result", args=[attempt.pk])).status_code == 404


def test_the_result_of_an_erased_attempt_is_gone(cast: Cast, stage: Stage, ben: Client) -> None:
    progress = start(ben, stage.quiz)
    send(ben, progress, RIGHT)
    erase(cast, cast.ben, stage.quiz)
    assert ben.get(reverse("learner:result", args=[progress.attempts.get().pk])).status_code == 404
    assert "Passed" not in ben.get(page_of(stage.quiz)).text


def test_a_completed_chapter_can_be_watched_again_without_a_trace(stage: Stage, ben: Client) -> None:
    save(ben, start(ben, stage.film), seconds=60, duration=60)
    before = list(ChapterProgress.objects.values())
    page = ben.get(page_of(stage.film)).text
    assert "<video" in page
    assert "data-player" not in page
    assert list(ChapterProgress.objects.values()) == before


def test_a_start_by_content_role_enrols(cast: Cast, stage: Stage, ben: Client) -> None:
    Enrolment.objects.filter(user=cast.ben).delete()
    assert ben.post(reverse("learner:start", args=[stage.film.pk])).status_code == 404
    with outside_the_ledger():
        stage.crew.grants.create(user=cast.ben)
    start(ben, stage.film)
    assert Enrolment.objects.get(user=cast.ben).status == Status.IN_PROGRESS
