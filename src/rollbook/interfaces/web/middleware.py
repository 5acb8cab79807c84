"""Who acts in a request, and the end of sessions whose LMS account is gone."""

from collections.abc import Callable
from http import HTTPStatus
from typing import cast

from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject

from rollbook.lms.models import LMSAccount
from rollbook.people.access import UserActor, actor_for

LMS_ACCOUNT = "lms_account_id"
LTI_DOOR = "lti"

Handler = Callable[[HttpRequest], HttpResponse]


def acting(request: HttpRequest) -> UserActor | None:
    """Return the signed-in person as the actor that operations ask for, or None."""
    return cast("UserActor | None", getattr(request, "actor", None)) or None


def _actor_of(request: HttpRequest) -> UserActor | None:
    return actor_for(request.user) if request.user.is_authenticated else None


class ActorMiddleware:
    """Sets `request.actor`: the signed-in person as an actor, or a false value; looked up when first used."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add the actor and go on."""
        request.actor = SimpleLazyObject(lambda: _actor_of(request))  # type: ignore[attr-defined]  # Django's way of adding to a request
        return self.get_response(request)


class LaunchSessionMiddleware:
    """Ends a session that began with a launch whose LMS account was removed or points to somebody else now.

    The LTI door writes the LMS account's id into the session. Without this, whoever was cross-linked would stay
    signed in as the wrong person after the repair.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Go on."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        """End the session and say so, unless its LMS account is still the user's.

        Not in `__call__`: the page may be shown in an LMS's frame, which the middleware of the LTI door arranges
        in its own `process_view`, before this one.
        """
        account = request.session.get(LMS_ACCOUNT)
        if (
            account is None
            or LMSAccount.objects.filter(pk=account, user=request.session.get(SESSION_KEY)).exists()
        ):
            return None
        logout(request)
        if request.resolver_match and request.resolver_match.app_name == LTI_DOOR:
            return None  # a new launch, which is just what the page would ask for
        return render(request, "web/session_ended.html", status=HTTPStatus.FORBIDDEN)
