"""The launch log and one launch with its evidence."""

from collections.abc import Iterator, Mapping

import django_filters as filters
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from rollbook.interfaces.console.doors import ConsoleRequest, needs
from rollbook.interfaces.console.launch_tables import listed_launches
from rollbook.interfaces.console.people_named import seen_ids, seen_of
from rollbook.lms.claim_values import GROUPS
from rollbook.lms.evidence import found_in
from rollbook.lms.models import LMS, Launch
from rollbook.lms.queue import visible_launches
from rollbook.people.access import Right
from rollbook.people.lookups import named


class LaunchFilters(filters.FilterSet):
    """By reference, decision, LMS and user."""

    reference = filters.CharFilter(label="Reference", method="by_reference")
    outcome = filters.ChoiceFilter(label="Decision", choices=Launch.Outcome.choices, empty_label="Any")
    lms = filters.ModelChoiceFilter(label="LMS", queryset=LMS.objects.order_by("name"), empty_label="Any")
    user = filters.CharFilter(label="User (e-mail, ID or #number)", method="by_user")

    class Meta:
        model = Launch
        fields: list[str] = []  # django-filter declares it so

    def by_reference(self, launches: "QuerySet[Launch]", _name: str, value: str) -> "QuerySet[Launch]":
        """Keep the launch with a reference, however it was copied."""
        code = "".join(c for c in value.upper() if c.isalnum())
        return launches.filter(reference=f"{code[:4]}-{code[4:]}")

    def by_user(self, launches: "QuerySet[Launch]", _name: str, value: str) -> "QuerySet[Launch]":
        """Keep the launches of one user."""
        return launches.filter(user__in=named(value).values("pk"))


@needs(Right.LAUNCHES_VIEW)
def launches(request: ConsoleRequest) -> HttpResponse:
    """List the launches, newest first."""
    shown = LaunchFilters(request.GET, queryset=visible_launches(request.actor))
    return render(
        request, "console/launches.html", {"table": listed_launches(shown.qs, request), "filters": shown}
    )


def sent(claims: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Return the claims by name; those of a group each for itself, as a matcher names them: `lis.person_sourcedid`."""
    groups = {claim: short for short, claim in GROUPS.items()}
    for name, value in sorted(claims.items()):
        if name in groups and isinstance(value, Mapping):
            yield from ((f"{groups[name]}.{part}", of_part) for part, of_part in sorted(value.items()))
        else:
            yield name, value


@needs(Right.LAUNCHES_VIEW)
def launch(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Show what was sent, what was decided, and the evidence for it."""
    rows = visible_launches(request.actor).select_related("lms", "user", "contradicts")
    row = get_object_or_404(rows, pk=pk)
    several = row.evidence.get("several", [])
    context = {
        "launch": row,
        "matchers": row.evidence.get("matchers", []),
        "several": seen_of(request.actor, several),
        "unseen": len(several),
        "seen": seen_ids(request.actor, [row.user_id, row.contradicts_id, *found_in(row.evidence)]),
        "claims": list(sent(row.claims)),
        "breadcrumbs": [("Launches", reverse("console:launches"))],
    }
    return render(request, "console/launch.html", context)
