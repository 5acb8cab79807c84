"""The public page that says whether a certificate is genuine, to whoever has its code."""

from datetime import timedelta
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timesince import timeuntil
from django.views.decorators.http import require_safe

from rollbook.interfaces.web.address import client_address
from rollbook.people.throttle import Limit
from rollbook.training.certificates import certificate_pdf, validity
from rollbook.training.records import Certificate

# Codes are too long to be guessed; this keeps people from asking the database for nothing.
UNKNOWN_FROM = Limit("verify a certificate from", 20, timedelta(minutes=15))
# People read a 1 as I or l, and a 0 as O.
MISREAD = str.maketrans("ILO", "110")


@require_safe
def verify_certificate(request: HttpRequest, code: str) -> HttpResponse:
    """Say whether the certificate is valid, expired, revoked or unknown, whose it is and for what; nothing else."""
    address = client_address(request)
    # Counted before it is looked up, as at sign-in: many tries at the same moment do not slip through together.
    if until := UNKNOWN_FROM.count(address):
        wait = {"wait": timeuntil(until, depth=1)}
        return render(request, "web/verify_certificate.html", wait, status=HTTPStatus.TOO_MANY_REQUESTS)
    spelled = code.upper().translate(MISREAD)
    found = Certificate.objects.select_related("user", "course").filter(code__in=[code, spelled]).first()
    if found:
        UNKNOWN_FROM.take_back(address)
    context = {"certificate": found, "state": validity(found) if found else None, "code": spelled}
    status = HTTPStatus.OK if found else HTTPStatus.NOT_FOUND
    response = render(request, "web/verify_certificate.html", context, status=status)
    response["X-Robots-Tag"] = "noindex"
    return response


def pdf_of_certificate(certificate: Certificate) -> bytes:
    """Return the certificate's PDF with the address of its public page."""
    path = reverse("web:verify_certificate", args=[certificate.code])
    return certificate_pdf(certificate, settings.PUBLIC_URL + path)
