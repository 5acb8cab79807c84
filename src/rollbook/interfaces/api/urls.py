"""The addresses of the API, each with what all answers have in common."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, re_path
from django.views.decorators.csrf import csrf_exempt

from rollbook.interfaces.api.bearer import tell_rate
from rollbook.interfaces.api.problems import ApiProblem, not_found
from rollbook.interfaces.api.service import api


def finished(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Add what all answers have: who may keep them, how many requests are left, and a problem for a wrong method."""

    # No cookie opens the API, so that a forged request of another site carries nobody's name.
    @csrf_exempt
    @wraps(view)
    def answering(request: HttpRequest, *args: Any, **given: Any) -> HttpResponse:
        response = view(request, *args, **given)
        if response.status_code == 405:
            allowed = response["Allow"]
            detail = f"This address takes {allowed}, not {request.method}."
            response = ApiProblem(405, "wrong-method", detail, headers={"Allow": allowed}).response()
        tell_rate(request, response)
        response.setdefault("Cache-Control", "private, no-cache")
        return response

    return answering


def nothing(request: HttpRequest) -> HttpResponse:
    """Answer that there is no such address."""
    return not_found(f"address {request.path}").response()


def _finished(pattern: Any) -> URLPattern:
    return URLPattern(pattern.pattern, finished(pattern.callback), pattern.default_args, pattern.name)


app_name = "api"
urlpatterns = [
    *(_finished(pattern) for pattern in api.urls[0]),
    re_path(r"^[\s\S]*$", finished(nothing), name="nothing"),  # also where a line ends in the address
]
