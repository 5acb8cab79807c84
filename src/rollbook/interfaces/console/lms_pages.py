"""The LMSs, and one LMS: what to copy to the other side, its policy in plain words, its recent launches."""

from django.conf import settings
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from rollbook.interfaces.console.doors import ConsoleRequest, needs
from rollbook.interfaces.console.launch_tables import listed_launches
from rollbook.lms.models import LMS
from rollbook.lms.queue import visible_launches
from rollbook.people.access import Right


@needs(Right.LMS_VIEW)
def lmss(request: ConsoleRequest) -> HttpResponse:
    """List the LMSs."""
    rows = LMS.objects.select_related("location").annotate(number=Count("accounts")).order_by("name")
    return render(request, "console/lmss.html", {"rows": rows})


@needs(Right.LMS_VIEW)
def lms(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Show one LMS."""
    row = get_object_or_404(LMS.objects.select_related("location"), pk=pk)
    context = {
        "lms": row,
        "ours": our_values(),
        "theirs": their_values(row),
        "policy": policy_in_words(row),
        "table": listed_launches(visible_launches(request.actor).filter(lms=row), request),
        "breadcrumbs": [("LMSs", reverse("console:lmss"))],
    }
    return render(request, "console/lms.html", context)


def our_values() -> list[tuple[str, str]]:
    """Return what the LMS's administrator enters, as (name, value)."""
    launch = settings.PUBLIC_URL + reverse("lti:launch")
    return [
        ("Tool URL (target link URI)", launch),
        ("Login initiation URL", settings.PUBLIC_URL + reverse("lti:login")),
        ("Redirection URI", launch),
        ("Public key-set URL", settings.PUBLIC_URL + reverse("lti:key_set")),
        ("All of it as JSON", settings.PUBLIC_URL + reverse("lti:configuration")),
    ]


def their_values(lms: LMS) -> list[tuple[str, str]]:
    """Return what the LMS gave, as (name, value)."""
    deployments = [("Deployment ID", row.deployment_id) for row in lms.deployments.order_by("pk")]
    return [
        ("Issuer", lms.issuer),
        ("Client ID", lms.client_id),
        *deployments,
        ("Authentication request URL", lms.auth_url),
        ("Key-set URL", lms.key_set_url),
        ("Token URL", lms.token_url),
    ]


def policy_in_words(lms: LMS) -> list[str]:
    """Return what happens to somebody who arrives, one sentence a step."""
    steps = ["Whoever has an LMS account of this LMS is that user."]
    for claim, target in lms.matchers:
        what = "e-mail address" if target == "email" else target
        only = (
            f", if it ends in {' or '.join('@' + d for d in lms.email_domains)}"
            if target == "email" and lms.email_domains
            else ""
        )
        steps.append(f"Otherwise the claim {claim} is compared with the {what} of every user{only}.")
    if lms.matchers:
        steps.append("One user fits: linked, if that is a learner without another account of this LMS.")
        unproven = (
            "is asked to sign in once"
            if lms.when_unproven == LMS.WhenUnproven.SIGN_IN
            else "waits in the queue"
        )
        steps.append(f"Whoever has a higher access level, or another account of this LMS, {unproven}.")
        steps.append("Several users fit: the launch is refused, and the log names them.")
    creates = lms.when_missing == LMS.WhenMissing.CREATE
    steps.append(
        f"Nobody fits: {f'a learner is created in {lms.location}' if creates else 'the launch is refused'}."
    )
    return steps
