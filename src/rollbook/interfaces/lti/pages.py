"""Pages for a person whose launch does not simply go on: refused, waiting, or continued in a new window."""

import functools
import logging
from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from rollbook.interfaces.lti.framing import allow, asking_origin
from rollbook.lms.claim_values import EMAIL, text_at
from rollbook.lms.models import Launch
from rollbook.lms.origins import frame_origins
from rollbook.lms.refusal import LaunchRefused
from rollbook.people.models import UserAttribute

View = Callable[[HttpRequest], HttpResponse]
LOG = logging.getLogger(__name__)
# Standard claims that say who somebody is, and what people call them.
SENT = {"name": "Name", "given_name": "First name", "family_name": "Last name", "email": "E-mail"}


def with_refusals(view: View) -> View:
    """Show a refused launch as a page, and let nothing of these pages be cached."""

    @functools.wraps(view)
    def shown(request: HttpRequest) -> HttpResponse:
        try:
            response = view(request)
        except LaunchRefused as refusal:
            LOG.info("launch refused: %s", refusal.code)
            response = refused(request, refusal)
        response["Cache-Control"] = "no-store"
        return response

    return shown


def refused(request: HttpRequest, refusal: LaunchRefused) -> HttpResponse:
    """Show why a launch is not genuine, current or complete. Nothing was written, so that a code stands for it."""
    allow(request, _frames(request, refusal))
    return render(request, "lti/refused.html", {"refusal": refusal}, status=refusal.status)


def not_admitted(request: HttpRequest, launch: Launch) -> HttpResponse:
    """Show what the LMS sent, whom to ask, and the reference that finds the launch in the log."""
    sent = [(label, launch.claims[name]) for name, label in SENT.items() if launch.claims.get(name)]
    sent += [*_ids(launch), ("LMS's own id", launch.subject)]
    context = {"launch": launch, "sent": sent, "waiting": launch.outcome == Launch.Outcome.QUEUED}
    return render(request, "lti/not_admitted.html", context, status=HTTPStatus.FORBIDDEN)


def _ids(launch: Launch) -> list[tuple[str, str]]:
    """Return (label, value) for each Username attribute that the LMS is matched on, or why its value does not count."""
    asked = {target: claim for claim, target in reversed(launch.lms.matchers) if target != EMAIL}
    labels = dict(UserAttribute.objects.filter(code__in=asked).values_list("code", "label"))
    read = {target: text_at(launch.claims, claim) for target, claim in asked.items()}
    return [
        (labels[target], value or f"({absent})")
        for target, (value, absent) in read.items()
        if target in labels
    ]


def _frames(request: HttpRequest, refusal: LaunchRefused) -> list[str]:
    """Return who may frame a refusal: it has nothing to press, so the page that asked may always show it."""
    known = frame_origins(refusal.lms) if refusal.lms else []
    begun: list[str] = getattr(request, "framed_by", [])
    return sorted({*known, *begun, asking_origin(request)} - {""})
