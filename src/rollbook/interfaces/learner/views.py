"""The learner's landing page."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from rollbook.lms.models import Launch, LMSAccount


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Greet the person and show how they were recognised, when the session began with a launch."""
    launch = Launch.objects.select_related("lms").filter(
        pk=request.session.get("launch_id"), user=request.user.pk
    ).first()
    account = launch and LMSAccount.objects.filter(lms=launch.lms_id, subject=launch.subject, user=request.user.pk).first()
    return render(request, "learner/home.html", {"launch": launch, "account": account})
