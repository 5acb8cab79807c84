"""What waits for an administrator: cases to decide, and possible cross-links."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from rollbook.interfaces.console.doors import ConsoleRequest, needs
from rollbook.interfaces.console.people_named import seen_ids
from rollbook.lms.models import Launch
from rollbook.lms.queue import possible_cross_links, visible_launches, waiting
from rollbook.people.access import Right

MOST = 100


@needs(Right.QUEUE_DECIDE)
def queue(request: ConsoleRequest) -> HttpResponse:
    """List the launches that wait, each with the user it may be and what can be decided."""
    cases = waiting(visible_launches(request.actor)).select_related("lms", "user")[: MOST + 1]
    crossed = possible_cross_links(visible_launches(request.actor)).count()
    context = {"cases": cases[:MOST], "more": len(cases) > MOST, "crossed": crossed}
    return render(request, "console/queue.html", context | {"seen": _seen(request, list(cases))})


@needs(Right.QUEUE_DECIDE)
def cross_links(request: ConsoleRequest) -> HttpResponse:
    """List the LMS accounts whose last launch names another user than they lead to."""
    found = possible_cross_links(visible_launches(request.actor)).select_related("lms", "user", "contradicts")
    rows = list(found[: MOST + 1])
    context = {"rows": rows[:MOST], "more": len(rows) > MOST, "seen": _seen(request, rows)}
    return render(
        request, "console/cross_links.html", context | {"breadcrumbs": [("Queue", reverse("console:queue"))]}
    )


def _seen(request: ConsoleRequest, launches: list[Launch]) -> set[int]:
    return seen_ids(
        request.actor, [pk for launch in launches for pk in (launch.user_id, launch.contradicts_id)]
    )
