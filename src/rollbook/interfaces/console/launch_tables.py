"""The table of launches."""

from typing import Any

import django_tables2 as tables
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django_tables2 import RequestConfig

from rollbook.common.pagination import AheadPaginator
from rollbook.interfaces.console.doors import ConsoleRequest
from rollbook.interfaces.web.tables import WhenColumn
from rollbook.interfaces.web.tags import badge, outcome_badge
from rollbook.lms.models import Launch
from rollbook.people.models import User


class LaunchTable(tables.Table):
    """Newest first: who arrived, from where, and what was decided."""

    reference = tables.Column(verbose_name="Reference", orderable=False)
    user = tables.Column(verbose_name="User", orderable=False, default="nobody")
    lms = tables.Column(verbose_name="LMS", orderable=False)
    subject = tables.Column(
        verbose_name="LMS's id", orderable=False, attrs={"td": {"class": "text-break-anywhere"}}
    )
    outcome = tables.Column(verbose_name="Decision", orderable=False)
    at = WhenColumn(verbose_name="When", orderable=False)

    class Meta:
        template_name = "components/table.html"

    caption, thing, things, total = "Launches", "launch", "launches", None

    def __init__(self, *args: Any, primary: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.primary = primary

    def render_user(self, value: User) -> SafeString | str:
        """Draw who arrived; on a Primary's page, that it was as one of its duplicates."""
        if self.primary in (None, value):
            return str(value)
        return format_html("{} {}", value, badge("Merged since", "purple"))

    def render_reference(self, value: str, record: Launch) -> SafeString:
        """Draw the reference with a link."""
        href = reverse("console:launch", args=[record.pk])
        return format_html('<a class="font-monospace" href="{}">{}</a>', href, value)

    def render_outcome(self, record: Launch) -> SafeString:
        """Draw the decision, and whether another user was named."""
        crossed = badge("Names another user", "yellow") if record.contradicts_id else ""
        return format_html("{} {}", outcome_badge(record), crossed)


def listed_launches(rows: "QuerySet[Launch]", request: ConsoleRequest, **kwargs: Any) -> LaunchTable:
    """Return the table for a page of launches, newest first."""
    # The user of an old launch may be gone, and the log has no constraint: an outer join, without its own columns.
    table = LaunchTable(rows.select_related("lms", "user").order_by("-id"), **kwargs)
    RequestConfig(request, paginate={"per_page": 25, "paginator_class": AheadPaginator}).configure(table)
    return table
