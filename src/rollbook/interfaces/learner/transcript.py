"""The learner's own transcript, and the certificates on it."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from rollbook.interfaces.web.downloads import FORMATS, pdf_response, table_response
from rollbook.interfaces.web.verify_certificate import pdf_of_certificate
from rollbook.people.models import User
from rollbook.training.records import Certificate
from rollbook.training.transcript import HEADINGS, transcript_of


@require_safe
@login_required
def transcript(request: HttpRequest) -> HttpResponse:
    """Show courses with their history, certificates and competencies."""
    above = [("My training", reverse("learner:home"))]
    mine = transcript_of(cast("User", request.user))
    return render(request, "learner/transcript.html", {"transcript": mine, "breadcrumbs": above})


@require_safe
@login_required
def transcript_pdf(request: HttpRequest) -> HttpResponse:
    """Send the transcript as PDF."""
    return pdf_response(transcript_of(cast("User", request.user)).pdf(), "transcript.pdf")


@require_safe
@login_required
def transcript_table(request: HttpRequest, wanted: str) -> HttpResponseBase:
    """Send the transcript for a spreadsheet program."""
    if wanted not in FORMATS:
        raise Http404
    lines = transcript_of(cast("User", request.user))
    return table_response(wanted, "transcript", HEADINGS, (line.cells() for line in lines))


@require_safe
@login_required
def certificate(request: HttpRequest, code: str) -> HttpResponse:
    """Send one of the learner's own certificates as PDF, unless it was revoked."""
    mine = Certificate.objects.select_related("user", "course").filter(
        user=request.user.pk, revoked_at__isnull=True
    )
    return pdf_response(pdf_of_certificate(get_object_or_404(mine, code=code)), f"certificate-{code}.pdf")
