"""Webhooks: the list, creating and editing one, whose secret is shown once, and removing one."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from rollbook.interfaces.console.doors import ConsoleRequest, needs
from rollbook.interfaces.console.operation_page import OperationPage
from rollbook.interfaces.console.tree import places_of
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.operation import Operation, Plan
from rollbook.operations.remove_webhook import RemoveWebhook
from rollbook.operations.save_webhook import NAME_LENGTH, URL_LENGTH, SaveWebhook
from rollbook.people.access import Right, UserActor
from rollbook.people.webhooks.models import Delivery, Event, Webhook
from rollbook.people.webhooks.sending import send_test, start_again
from rollbook.people.webhooks.signing import issue

FIELDS = ("name", "url", "events", "location_id", "enabled")


@needs(Right.API_TOKENS_EDIT)
def webhooks(request: ConsoleRequest) -> HttpResponse:
    """List the webhooks, with the last message of each."""
    rows = list(Webhook.objects.select_related("location", "created_by").order_by("name"))
    newest = Delivery.objects.filter(webhook__in=rows).order_by("webhook", "-id").distinct("webhook")
    last = {delivery.webhook_id: delivery for delivery in newest}
    return render(request, "console/webhooks.html", {"rows": [(row, last.get(row.pk)) for row in rows]})


class WebhookForm(forms.Form):
    """Where it goes, and what it is told. What may be so is checked by the operation."""

    name = forms.CharField(
        label="Name", max_length=NAME_LENGTH, help_text="The system that is told, such as Timetable."
    )
    url = forms.CharField(
        label="Address",
        max_length=URL_LENGTH,
        widget=forms.URLInput,
        help_text="It starts with https:// and is shown in the history: put no password into it.",
    )
    events = forms.MultipleChoiceField(
        label="It is told of",
        choices=Event.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one event."},
    )
    location_id = forms.TypedChoiceField(
        label="Where",
        coerce=int,
        empty_value=None,
        required=False,
        help_text="Only of users there and in all places below.",
    )
    enabled = forms.BooleanField(label="Switched on", required=False, initial=True)

    def __init__(self, data: Any, *, actor: UserActor, webhook: Webhook | None) -> None:
        given = {name: getattr(webhook, name) for name in FIELDS} if webhook else None
        super().__init__(data, initial=given)
        places = [("", "Everywhere"), *(node.choice for node in places_of(actor))]
        self.fields["location_id"].choices = places  # type: ignore[attr-defined]  # a choice field


class WebhookPage(OperationPage):
    """An operation on a webhook, or on a new one."""

    right = Right.API_TOKENS_EDIT

    @property
    def webhook(self) -> Webhook | None:
        """Return the webhook that the address names."""
        return get_object_or_404(Webhook, pk=self.kwargs["pk"]) if "pk" in self.kwargs else None

    def back(self) -> str:
        """Return the webhook's page, or the list."""
        return reverse("console:webhook", args=[self.webhook.pk]) if self.webhook else listed_at()

    def breadcrumbs(self) -> list[tuple[str, str]]:
        """Return the list."""
        return [("Webhooks", listed_at())]


class SaveWebhookPage(WebhookPage):
    """Create a webhook and show its secret once, or edit one."""

    tone = "primary"
    form_class = WebhookForm

    def form(self, data: Any = None) -> WebhookForm:
        """Return the form, with the places that the actor may choose."""
        self.heading = "Edit webhook" if self.webhook else "Create webhook"
        return WebhookForm(data, actor=self.request.actor, webhook=self.webhook)

    def operation(self, form: Any) -> Operation:
        """Return the operation."""
        entered = {**form.cleaned_data, "events": tuple(form.cleaned_data["events"])}
        return SaveWebhook(webhook_id=self.webhook.pk if self.webhook else None, **entered)

    def button(self, plan: Plan) -> str:
        """Return what the button does."""
        return "Save 1 webhook" if self.webhook else "Create 1 webhook"

    def finished(self, record: OperationRecord) -> HttpResponse:
        """Show the secret of a new one: nowhere is it shown again."""
        if self.webhook:
            return super().finished(record)
        made = Webhook.objects.get(pk=record.created_ids(Webhook._meta.db_table)[0])
        return _issued(self.request, made, issue(made.pk))


class RemoveWebhookPage(WebhookPage):
    """Remove a webhook."""

    heading = "Remove webhook"

    def operation(self, form: Any) -> Operation:
        """Return the operation."""
        return RemoveWebhook(webhook_id=self.kwargs["pk"])

    def button(self, plan: Plan) -> str:
        """Return what the button does."""
        return "Remove 1 webhook"

    def done(self, record: OperationRecord) -> str:
        """Return the list."""
        return listed_at()


@needs(Right.API_TOKENS_EDIT, methods=("GET", "HEAD", "POST"))
def new_secret(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Ask, and give it another secret, beside which the old one signs for a day: no operation (decision 0001)."""
    webhook = get_object_or_404(Webhook, pk=pk)
    if request.method == "POST":
        return _issued(request, webhook, issue(webhook.pk, anew=True))
    above = [("Webhooks", listed_at()), (webhook.name, reverse("console:webhook", args=[pk]))]
    return render(request, "console/webhook_secret.html", {"webhook": webhook, "breadcrumbs": above})


@needs(Right.API_TOKENS_EDIT, methods=("POST",))
def test_webhook(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Send a test."""
    webhook = get_object_or_404(Webhook, pk=pk)
    if webhook.idle:
        messages.error(request, f"No test was sent: {webhook} is off ({webhook.idle}).")
    else:
        send_test(webhook)
        messages.success(request, "A test is on its way. Load the page again to see whether it was taken.")
    return redirect("console:webhook", pk)


@needs(Right.API_TOKENS_EDIT, methods=("POST",))
def start_webhook(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Send again to one that was given up."""
    webhook = get_object_or_404(Webhook, pk=pk)
    start_again(webhook.pk)
    messages.success(request, f"{webhook} is told again what happens from now on.")
    return redirect("console:webhook", pk)


def listed_at() -> str:
    """Return the address of the list."""
    return reverse("console:webhooks")


def _issued(request: HttpRequest, webhook: Webhook, secret: str) -> HttpResponse:
    context = {"webhook": webhook, "secret": secret, "breadcrumbs": [("Webhooks", listed_at())]}
    response = render(request, "console/webhook_issued.html", context)
    response["Cache-Control"] = "no-store"
    return response
