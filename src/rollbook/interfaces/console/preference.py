"""The Preference tab of a user's page."""

from django.http import HttpResponse
from django.shortcuts import render

from rollbook.interfaces.console.doors import ConsoleRequest, needs, seen_user
from rollbook.interfaces.console.user_page import about
from rollbook.people.access import Right
from rollbook.people.tree import learners_may_reset
from rollbook.training.records import ChapterProgress, Status

SHOWN = 50


@needs(Right.USERS_VIEW)
def preference(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Show what the user chose, what is in progress, and *Reset ALL In-Progress Chapters*."""
    user = seen_user(request, pk)
    rows = ChapterProgress.objects.filter(enrolment__user=user, status=Status.IN_PROGRESS, erased_at=None)
    shown = rows.select_related("chapter__course").order_by("-started_at", "pk")
    context = about(request, user, "user_preference")
    context |= {
        "may_reset": learners_may_reset(user.location_id),
        "in_progress": shown[:SHOWN],
        "more": max(rows.count() - SHOWN, 0),
        "may_press": context["reachable"] and request.actor.may(Right.IN_PROGRESS_RESET),
    }
    return render(request, "console/user_preference.html", context)
