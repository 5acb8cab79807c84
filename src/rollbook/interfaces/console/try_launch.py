"""Try a launch: enter claims, see the decision and why. Nothing is written."""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from rollbook.interfaces.console.doors import ConsoleRequest, needs
from rollbook.interfaces.console.people_named import hidden_names, seen_ids
from rollbook.lms.arrival import decide
from rollbook.lms.claim_values import GROUPS
from rollbook.lms.evidence import found_in
from rollbook.lms.models import LMS
from rollbook.lms.newcomer import newcomer
from rollbook.lms.wording import because, outcome_of
from rollbook.people.access import Right

LIS = GROUPS["lis"]


class TryForm(forms.Form):
    """The LMS, its id for the person, and what else it would send."""

    lms = forms.ModelChoiceField(label="LMS", queryset=LMS.objects.order_by("name"), empty_label="Choose…")
    subject = forms.CharField(label="LMS’s id for the person (sub)", max_length=255)
    email = forms.CharField(label="E-mail", required=False)
    name = forms.CharField(label="Name", required=False)
    sourced_id = forms.CharField(label="Student ID (lis.person_sourcedid)", required=False)
    claims = forms.CharField(
        label="More claims, as JSON", required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 6, "class": "font-monospace", "spellcheck": "false"}),
        help_text="As in the launch’s id_token. What is entered above counts before it.",
    )  # fmt: skip

    def clean_claims(self) -> dict[str, Any]:
        """Return the JSON object."""
        text = self.cleaned_data["claims"].strip()
        try:
            found = json.loads(text) if text else {}
        except (ValueError, RecursionError) as error:
            raise ValidationError(
                f'This is not JSON: {error}. Write it like {{"email": "ann@example.org"}}.'
            ) from error
        if not isinstance(found, dict):
            raise ValidationError('Claims are a JSON object. Write them like {"email": "ann@example.org"}.')
        return found

    def sent(self) -> dict[str, Any]:
        """Return the claims that a launch would have."""
        entered = self.cleaned_data
        claims = dict(entered["claims"])
        claims |= {
            "sub": entered["subject"],
            **{name: entered[name] for name in ("email", "name") if entered[name]},
        }
        if entered["sourced_id"]:
            group = claims.get(LIS)
            claims[LIS] = {
                **(group if isinstance(group, dict) else {}),
                "person_sourcedid": entered["sourced_id"],
            }
        return claims


@needs(Right.LAUNCHES_TRY, methods=("GET", "HEAD", "POST"))
def try_launch(request: ConsoleRequest) -> HttpResponse:
    """Show the form, and the decision under it."""
    asked = request.method == "POST"
    form = TryForm(request.POST if asked else None, initial={"lms": request.GET.get("lms")})
    context: dict[str, Any] = {"form": form, "breadcrumbs": [("Launches", reverse("console:launches"))]}
    if asked and form.is_valid():
        context |= decided(request, form)
    return render(request, "console/try_launch.html", context, status=422 if form.errors else 200)


def decided(request: ConsoleRequest, form: TryForm) -> dict[str, Any]:
    """Return the decision in words, with its evidence; users whom the actor may not look at stay unnamed."""
    lms, claims = form.cleaned_data["lms"], form.sent()
    decision = decide(lms, form.cleaned_data["subject"], claims)
    evidence = decision.evidence()
    about = [p.id for p in (decision.person, decision.contradicts, *decision.several) if p]
    seen = seen_ids(request.actor, [*about, *found_in(evidence)])
    told = hidden_names(decision, seen)
    return {
        "decision": told,
        "sentence": outcome_of(told),
        "because": because(told),
        "matchers": evidence["matchers"],
        "seen": seen,
        "newcomer": newcomer(lms, claims, "the LMS User ID") if decision.outcome == "created" else None,
    }
