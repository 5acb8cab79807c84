"""Who may open a learner's page: whoever is signed in, and of the catalogue only what is open to that person."""

from http import HTTPStatus
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from rollbook.lms.models import Launch
from rollbook.people.models import User


def learner_of(request: HttpRequest) -> User:
    """Return who is signed in, on a page that asks for that."""
    return cast("User", request.user)


def launch_of(request: HttpRequest) -> Launch | None:
    """Return the launch with which the session began, or None."""
    mine = Launch.objects.select_related("lms").filter(user=request.user.pk)
    return mine.filter(pk=request.session.get("launch_id", 0)).first()


def not_open(request: HttpRequest, what: str) -> HttpResponse:
    """Say plainly that a course or chapter is not open to the person, and whom to ask; so too if there is none."""
    context = {"what": what, "launch": launch_of(request), "path": request.path}
    return render(request, "learner/not_open.html", context, status=HTTPStatus.NOT_FOUND)
