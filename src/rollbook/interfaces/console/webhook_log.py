"""What one webhook was sent, one message with its answer, and sending again."""

from typing import Any

import django_filters as filters
import django_tables2 as tables
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django_tables2 import RequestConfig

from rollbook.common.pagination import AheadPaginator
from rollbook.common.text import counted
from rollbook.interfaces.console.doors import ConsoleRequest, needs
from rollbook.interfaces.web.markup import markup
from rollbook.interfaces.web.tables import WhenColumn
from rollbook.interfaces.web.tags import badge
from rollbook.people.access import Right
from rollbook.people.webhooks.models import TEST, USERS_CHANGED, Delivery, Event, Webhook
from rollbook.people.webhooks.sending import send_again

State = Delivery.State
COLOURS = {State.WAITING: "yellow", State.DELIVERED: "green", State.FAILED: "red"}
SENT = [(name, name) for name in (*Event.values, USERS_CHANGED, TEST)]
# Sent again at one time; what is more is sent by pressing once more.
MOST = 1000


class DeliveryFilters(filters.FilterSet):
    """By what became of it, and by event."""

    state = filters.ChoiceFilter(label="State", choices=State.choices, empty_label="Any")
    event = filters.ChoiceFilter(label="Event", choices=SENT, empty_label="Any")

    class Meta:
        model = Delivery
        fields: list[str] = []  # django-filter declares it so


class DeliveryTable(tables.Table):
    """Newest first: what was sent, and what became of it."""

    event = tables.Column(verbose_name="Event", orderable=False)
    state = tables.Column(verbose_name="State", orderable=False)
    status = tables.Column(verbose_name="Answer", orderable=False, default="–")
    milliseconds = tables.Column(verbose_name="Took", orderable=False, default="–")
    attempts = tables.Column(verbose_name="Attempts", orderable=False)
    created_at = WhenColumn(verbose_name="When", orderable=False)
    next_at = WhenColumn(verbose_name="Next attempt", orderable=False, default="–")

    class Meta:
        template_name = "components/table.html"

    caption, thing, things, total = "Messages", "message", "messages", None

    def draw_event(self, record: Delivery) -> SafeString:
        """Draw the event with a link to the message."""
        href = reverse("console:webhook_delivery", args=[record.pk])
        id_line = markup(
            '<div class="text-secondary font-monospace text-break-anywhere">{}</div>', record.event_id
        )
        return markup('<a href="{}">{}</a>{}', href, record.event, id_line)

    def draw_state(self, record: Delivery) -> SafeString:
        """Draw the state."""
        return state_badge(record)

    def render_milliseconds(self, value: int) -> str:
        """Say how long the last attempt took."""
        return f"{value:,} ms"


def state_badge(delivery: Delivery) -> SafeString:
    """Draw what became of a message."""
    again = delivery.state == State.WAITING and delivery.attempts
    text = "Failed, comes again" if again else delivery.get_state_display()
    return badge(text, "orange" if again else COLOURS[State(delivery.state)])


@needs(Right.API_TOKENS_EDIT)
def webhook(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Show one webhook and what it was sent."""
    row = get_object_or_404(Webhook.objects.select_related("location", "created_by"), pk=pk)
    rows = Delivery.objects.filter(webhook=row)
    shown = DeliveryFilters(request.GET, queryset=rows)
    table = DeliveryTable(shown.qs.order_by("-id"))
    RequestConfig(request, paginate={"per_page": 25, "paginator_class": AheadPaginator}).configure(table)
    context = {
        "webhook": row,
        "table": table,
        "filters": shown,
        "failed": rows.filter(state=State.FAILED).count(),
        "has_secret": row.secrets.filter(ends_at=None).exists(),
        "breadcrumbs": [("Webhooks", reverse("console:webhooks"))],
    }
    return render(request, "console/webhook.html", context)


@needs(Right.API_TOKENS_EDIT)
def webhook_delivery(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Show one message: what was sent, and what came back."""
    row = get_object_or_404(Delivery, pk=pk)
    to = get_object_or_404(Webhook, pk=row.webhook_id)
    above = [("Webhooks", reverse("console:webhooks")), (to.name, reverse("console:webhook", args=[to.pk]))]
    context: dict[str, Any] = {"delivery": row, "state": state_badge(row), "breadcrumbs": above}
    return render(request, "console/webhook_delivery.html", context)


@needs(Right.API_TOKENS_EDIT, methods=("POST",))
def webhook_again(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Send a message again (`delivery`, an id), or all that failed."""
    to = get_object_or_404(Webhook, pk=pk)
    rows = Delivery.objects.filter(webhook=to)
    one = request.POST.get("delivery", "")
    if to.idle:
        messages.error(request, f"Nothing was sent: {to} is off ({to.idle}).")
    else:
        chosen = rows.filter(pk=int(one)) if one.isdecimal() else rows.filter(state=State.FAILED)
        number = send_again(Delivery.objects.filter(pk__in=chosen.order_by("pk").values("pk")[:MOST]))
        messages.success(request, f"{counted(number, 'message')} on the way again.")
    return redirect("console:webhook", pk)
