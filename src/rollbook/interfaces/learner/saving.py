"""What the player sends while a video runs. The answers are JSON: `{"message": sentence}` where nothing was kept."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from rollbook.interfaces.learner.doors import learner_of
from rollbook.operations.award_completion import award
from rollbook.training import activity
from rollbook.training.learning_errors import Busy, LearningError, NotOpen

RETRY_SECONDS = 3
MOST = 1_000_000
SIGNED_OUT = "You are signed out. Sign in again in another tab; your place is kept here and saved then."

View = Callable[[HttpRequest, int], HttpResponse]


def _saves(view: View) -> View:
    """Tell the player, by the status, whether to try again (401, 503) or to stop (403, 409)."""

    @require_POST
    @wraps(view)
    def saved(request: HttpRequest, pk: int) -> HttpResponse:
        if not request.user.is_authenticated:
            return JsonResponse({"message": SIGNED_OUT}, status=HTTPStatus.UNAUTHORIZED)
        try:
            return view(request, pk)
        except Busy as error:
            headers = {"Retry-After": str(RETRY_SECONDS)}
            return _refused(error, HTTPStatus.SERVICE_UNAVAILABLE, headers)
        except NotOpen as error:
            return _refused(error, HTTPStatus.FORBIDDEN)
        except LearningError as error:
            return _refused(error, HTTPStatus.CONFLICT)

    return saved


@_saves
def bookmark(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep where the video stands: `resets`, and `seconds`."""
    activity.save_bookmark(
        pk, number(request, "resets"), number(request, "seconds"), user=learner_of(request)
    )
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@_saves
def watched(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep that the video was seen to its end, and say where to go on."""
    progress = activity.finish_video(
        pk,
        number(request, "resets"),
        seconds=number(request, "seconds"),
        duration=number(request, "duration"),
        user=learner_of(request),
        award=award,
    )
    page = reverse("learner:chapter", args=[progress.chapter_id])
    return JsonResponse({"next": f"{page}#quiz" if progress.chapter.quiz else page})


def number(request: HttpRequest, name: str) -> int:
    """Return a whole number that the page sent. Raises BadRequest for anything else."""
    text = request.POST.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MOST))):
        raise BadRequest
    return int(text)


def _refused(error: LearningError, status: HTTPStatus, headers: dict[str, str] | None = None) -> JsonResponse:
    return JsonResponse({"message": str(error)}, status=status, headers=headers)
