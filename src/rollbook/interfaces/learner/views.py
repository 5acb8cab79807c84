"""The learner's landing page."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from rollbook.lms.models import Launch, LMSAccount


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Greet the person and show how they were recognised, when the session began with a launch."""
    launch = (
        Launch.objects.select_related("lms")
        .filter(pk=request.session.get("launch_id", 0), user=request.user.pk)
        .first()
    )
    account = LMSAccount.objects.filter(
        pk=request.session.get("lms_account_id") or 0, user=request.user.pk
    ).first()
    context = {"launch": launch, "account": account, "matched_on": matched_on(launch) if launch else []}
    return render(request, "learner/home.html", context)


def matched_on(launch: Launch) -> list[str]:
    """Return what the LMS sent that fitted the person, as "Student ID 00123", from the launch's evidence."""
    return [
        f"{found['as']} {matcher['value']}"
        for matcher in launch.evidence.get("matchers", [])
        for found in matcher["found"]
        if not matcher["witness"] and found["user"] == launch.user_id
    ]
