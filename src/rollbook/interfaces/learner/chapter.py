"""The page of a chapter: start it, watch its video, answer its quiz."""

from http import HTTPStatus
from typing import cast
from urllib.parse import urlsplit

from csp.constants import SELF
from csp.decorators import csp_update
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language_from_request
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from rollbook.interfaces.learner.doors import learner_of, not_open
from rollbook.interfaces.learner.questions import Answers, questions
from rollbook.interfaces.learner.saving import RETRY_SECONDS
from rollbook.operations.award_completion import award
from rollbook.people.tree import learners_may_reset
from rollbook.training import activity
from rollbook.training.access import chapters_of
from rollbook.training.catalogue import Chapter
from rollbook.training.learning_errors import Busy, LearningError, NotOpen
from rollbook.training.my_training import MyChapter, my_chapters
from rollbook.training.records import Attempt, Status


# Not kept by the browser: going back after a reset must not show the page as it was before.
@never_cache
@login_required
@require_safe
def chapter(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the chapter as far as the learner is with it."""
    found = chapters_of(learner_of(request)).filter(pk=pk).select_related("course").first()
    return show(request, found) if found else not_open(request, "chapter")


@login_required
@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Start the chapter, or another attempt at it, and go there."""
    user = learner_of(request)
    found = chapters_of(user).filter(pk=pk).select_related("course").first()
    if found is None:
        return not_open(request, "chapter")
    try:
        activity.start(user, found, award=award)
    except LearningError as error:
        return show(request, found, error)
    return redirect("learner:chapter", found.pk)


def show(
    request: HttpRequest, found: Chapter, error: LearningError | None = None, answers: Answers | None = None
) -> HttpResponse:
    """Show the chapter's page, with why something was not kept, and the `answers` that were given."""
    user = learner_of(request)
    line = my_chapters(user, found.course)
    place = next((at for at, my in enumerate(line) if my.chapter == found), None)
    if place is None or isinstance(error, NotOpen):
        return not_open(request, "chapter")
    my = line[place]
    if error:
        messages.warning(request, str(error))
    attempt = _open_attempt(my)
    context = {
        "my": my,
        "chapter": found,
        "attempt": attempt,
        "last": _last_attempt(my),
        "questions": questions(found.quiz, answers) if attempt else [],
        "quiz_opens_later": found.quiz and found.has_video and not _watched(my),
        "video_src": video_src(found),
        "captions_default": _language(request)[:2] == found.captions_language[:2],
        "next": line[place + 1] if place + 1 < len(line) else None,
        "may_reset": my.status == Status.IN_PROGRESS and learners_may_reset(user.location_id),
        "tries": found.quiz.get("attempt_limit"),
    }
    status = HTTPStatus.OK if error is None else HTTPStatus.CONFLICT
    response = render(request, "learner/chapter.html", context, status=status)
    if isinstance(error, Busy):
        response.status_code, response.headers["Retry-After"] = HTTPStatus.SERVICE_UNAVAILABLE, RETRY_SECONDS
    return _with_video(request, response, found)


def video_src(chapter: Chapter) -> str:
    """Return the address of the video, here or elsewhere; empty where there is none."""
    return reverse("web:video", args=[chapter.pk]) if chapter.video else chapter.video_url


def _watched(my: MyChapter) -> bool:
    return bool(my.progress and (my.progress.watched or my.status == Status.COMPLETED))


def _open_attempt(my: MyChapter) -> Attempt | None:
    """Return the attempt whose quiz can be answered now."""
    if not my.progress or not my.chapter.quiz or (my.chapter.has_video and not _watched(my)):
        return None
    return my.progress.attempts.filter(finished_at=None).first() if my.status != Status.NOT_STARTED else None


def _last_attempt(my: MyChapter) -> Attempt | None:
    if not my.progress or not my.chapter.quiz:
        return None
    return my.progress.attempts.filter(score__isnull=False).order_by("-pk").first()


def _language(request: HttpRequest) -> str:
    return learner_of(request).language or get_language_from_request(request)


def _with_video(request: HttpRequest, response: HttpResponse, chapter: Chapter) -> HttpResponse:
    """Let the page play a video that is elsewhere."""
    address = urlsplit(chapter.video_url)
    if not address.netloc:
        return response
    sources = [SELF, f"{address.scheme}://{address.netloc}"]
    return cast("HttpResponse", csp_update({"media-src": sources})(lambda _request: response)(request))
