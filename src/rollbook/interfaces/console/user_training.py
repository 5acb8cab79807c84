"""The Training tab of a user's page: enrolments, certificates, competencies and content roles; and the transcript."""

from django.db.models import Count, QuerySet
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render

from rollbook.common.pagination import AheadPaginator
from rollbook.interfaces.console.doors import ConsoleRequest, needs, seen_user
from rollbook.interfaces.console.user_page import about
from rollbook.interfaces.web.downloads import FORMATS, pdf_response, table_response
from rollbook.interfaces.web.verify_certificate import pdf_of_certificate
from rollbook.people.access import Right
from rollbook.people.models import User
from rollbook.training.my_training import done_of_required, required_of
from rollbook.training.records import Certificate, Enrolment
from rollbook.training.transcript import HEADINGS, is_overdue, mean_score, shown_enrolments, transcript_of

PER_PAGE = 25


@needs(Right.TRAINING_VIEW)
def training(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Show what the user is on, how far, and what was earned."""
    user = seen_user(request, pk)
    context = about(request, user, "user_training")
    page = AheadPaginator(_enrolments(user), PER_PAGE).get_page(request.GET.get("page"))
    for row in page.object_list:
        row.overdue = is_overdue(row)
    can_change = context["reachable"]
    context |= {
        "page": page,
        "transcript": transcript_of(user),
        "roles": user.role_grants.select_related("content_role").order_by("content_role__name"),
        "may_enrol": can_change and request.actor.may(Right.ENROLMENTS_EDIT),
        "may_grant": can_change and request.actor.may(Right.CONTENT_ROLES_GRANT),
    }
    return render(request, "console/user_training.html", context)


def _enrolments(user: User) -> "QuerySet[Enrolment]":
    """Return the user's enrolments with `required` chapters, `done` of them, and the `mean` score."""
    rows = shown_enrolments(Enrolment.objects.filter(user=user)).select_related("course")
    return rows.annotate(
        required=required_of(user),
        done=Count("progress", filter=done_of_required("progress__")),
        mean=mean_score(),
    ).order_by("-current", "-id")


@needs(Right.TRAINING_VIEW)
def transcript_pdf(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Send a user's transcript as PDF."""
    return pdf_response(transcript_of(seen_user(request, pk)).pdf(), f"transcript-{pk}.pdf")


@needs(Right.TRAINING_VIEW)
def transcript_table(request: ConsoleRequest, pk: int, wanted: str) -> HttpResponseBase:
    """Send a user's transcript for a spreadsheet program."""
    if wanted not in FORMATS:
        raise Http404
    lines = transcript_of(seen_user(request, pk))
    return table_response(wanted, f"transcript-{pk}", HEADINGS, (line.cells() for line in lines))


@needs(Right.TRAINING_VIEW)
def certificate(request: ConsoleRequest, code: str) -> HttpResponse:
    """Send a certificate of a user whom the actor may look at, unless it was revoked."""
    seen = Certificate.objects.filter(user__in=request.actor.sees_users(), revoked_at__isnull=True)
    row = get_object_or_404(seen.select_related("user", "course"), code=code)
    return pdf_response(pdf_of_certificate(row), f"certificate-{code}.pdf")
