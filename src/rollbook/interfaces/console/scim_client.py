"""One identity provider: when it last came, what it changed and what was refused."""

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from rollbook.interfaces.console.api_tokens import scim_address
from rollbook.interfaces.console.doors import ConsoleRequest, needs
from rollbook.interfaces.console.verbs import verb_label
from rollbook.ledger.models import OperationRecord
from rollbook.people.access import Right
from rollbook.people.api_tokens import ApiToken
from rollbook.people.scim import ScimRefusal, ScimUser

SHOWN = 20


@needs(Right.API_TOKENS_EDIT)
def scim_client(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Show what a client did; its tokens are given and revoked in the list of tokens."""
    token = get_object_or_404(ApiToken.objects.select_related("location"), pk=pk)
    done = OperationRecord.objects.filter(actor=f"scim:{token.name}")
    counts = done.order_by().values_list("verb").annotate(number=Count("pk")).order_by("-number")
    held = ScimUser.objects.filter(client=token)
    context = {
        "token": token,
        "address": scim_address(),
        "holds": held.filter(ended_at=None).count(),
        "ended": held.exclude(ended_at=None).count(),
        "counts": [(verb_label(verb), number) for verb, number in counts],
        "last": done.order_by("-pk")[:SHOWN],
        "refusals": ScimRefusal.objects.filter(client=token).order_by("-pk")[:SHOWN],
        "breadcrumbs": [("API tokens", reverse("console:api_tokens"))],
    }
    return render(request, "console/scim_client.html", context)
