"""How the attempts that the Attempts report lists ended. Reads `LATEST` attempts at most, however many there are."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q

from rollbook.training.records import Attempt
from rollbook.training.reports import Narrowed, shares_of

LATEST = 5_000


@dataclass(frozen=True)
class Results:
    """How many attempts were passed, were not, and are open: of those begun from `since` on, or of all of them."""

    passed: int = 0
    not_passed: int = 0
    open: int = 0
    since: datetime | None = None

    @property
    def finished(self) -> int:
        """Return how many are over."""
        return self.passed + self.not_passed

    @property
    def total(self) -> int:
        """Return how many there are."""
        return self.finished + self.open

    @property
    def percent(self) -> int:
        """Return how many of a hundred finished ones were passed."""
        return 100 * self.passed // self.finished if self.finished else 0

    def shares(self) -> list[tuple[str, float, float]]:
        """Return (how they ended, where it begins, how wide it is) for a bar that is 100 wide."""
        return shares_of([("passed", self.passed), ("not_passed", self.not_passed), ("open", self.open)])


def results_of(about: Narrowed) -> Results:
    """Count the newest attempts of what a report is about.

    Where few enrolments or chapters are meant, the newest `LATEST` of theirs, read as the report reads them. Else those
    that are among the newest `LATEST` of everybody, which index attempt_newest finds: to search further back for the
    ones of a location or a chapter could take reading all there are.
    """
    over = Q(finished_at__isnull=False)
    # Not called as the columns are, which Django would then take for these numbers.
    counts = {
        "good": Count("pk", filter=over & Q(passed=True)),
        "bad": Count("pk", filter=over & Q(passed=False)),
        "begun": Count("pk", filter=~over),
        "first": Min("started_at"),
    }
    if about.few:
        found = about.attempts()[:LATEST].aggregate(**counts)
        cut = found["good"] + found["bad"] + found["begun"] == LATEST
        since = found["first"] if cut else None
    else:
        newest = Attempt.objects.filter(about.days()).order_by("-started_at", "-id")
        since = newest.values_list("started_at", flat=True)[LATEST - 1 : LATEST].first()
        rows = about.attempts().order_by()
        found = (rows.filter(started_at__gte=since) if since else rows).aggregate(**counts)
    return Results(found["good"], found["bad"], found["begun"], since)
