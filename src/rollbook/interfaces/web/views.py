"""The first page, the profile, and the choice of light or dark."""

from typing import cast

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from rollbook.interfaces.web import theme as themes
from rollbook.interfaces.web.middleware import acting
from rollbook.people.access import Right
from rollbook.people.languages import language_choices
from rollbook.people.models import User
from rollbook.people.tree import learners_may_reset


def home(request: HttpRequest) -> HttpResponse:
    """Send each person to where their work is."""
    actor = acting(request)
    if actor is None:
        return redirect(settings.LOGIN_URL)
    return redirect("console:users" if actor.may(Right.USERS_VIEW) else "learner:home")


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """Show what Rollbook holds about the person who is signed in."""
    user = cast("User", request.user)
    identifiers = user.identifiers.select_related("attribute").order_by("attribute__position", "pk")
    managed = user.managed_locations.select_related("location").order_by("location__name")
    context = {
        "identifiers": identifiers,
        "managed": managed,
        "language": dict(language_choices()).get(user.language, "As your browser says"),
        "may_reset": learners_may_reset(user.location_id),
    }
    return render(request, "web/profile.html", context)


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember light, dark or automatic in this browser, and go back to where the person was."""
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    response = redirect(back if safe else "home")
    themes.remember(request, response, request.POST.get("theme", ""))
    return response
