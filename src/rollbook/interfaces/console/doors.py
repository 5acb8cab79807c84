"""Who may open a page of the console."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, Protocol

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django_htmx.middleware import HtmxDetails

from rollbook.interfaces.web.middleware import acting
from rollbook.ledger.errors import NotAllowed
from rollbook.people.access import Right, UserActor
from rollbook.people.models import User

P = ParamSpec("P")


class ConsoleRequest(HttpRequest):
    """A request of somebody who is signed in and holds the page's right."""

    actor: UserActor
    htmx: HtmxDetails


class Page(Protocol[P]):
    """A view of the console."""

    def __call__(self, request: ConsoleRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        """Answer a request."""


def needs(right: Right, *, methods: tuple[str, ...] = ("GET", "HEAD")) -> Callable[[Page[P]], Page[P]]:
    """Open a page to whoever holds `right`; others are asked to sign in, or told why not (403)."""

    def guard(page: Page[P]) -> Page[P]:
        @wraps(page)
        def guarded(request: ConsoleRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if (refused := admit(request, right)) is not None:
                return refused
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            return page(request, *args, **kwargs)

        return guarded

    return guard


def admit(request: HttpRequest, right: Right) -> HttpResponse | None:
    """Return None for whoever holds `right`, a way to sign in for strangers; raises PermissionDenied."""
    actor = acting(request)
    if actor is None:
        return redirect_to_login(request.get_full_path())
    if not actor.may(right):
        raise PermissionDenied(str(NotAllowed()))
    return None


def seen_user(request: ConsoleRequest, pk: int, **related: Any) -> User:
    """Return a user whom the actor may look at. Raises Http404 for others, as for those that do not exist."""
    return get_object_or_404(
        request.actor.sees_users().select_related("location", "merged_into"), pk=pk, **related
    )
