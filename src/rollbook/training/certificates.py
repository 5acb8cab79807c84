"""Which certificate or competency of several is current, whether it is valid, and a certificate's PDF."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TypeVar

from django.db import models
from django.utils import timezone
from django.utils.formats import date_format

from rollbook.training.pdf import pdf_of
from rollbook.training.records import Certificate, UserCompetency

E = TypeVar("E", Certificate, UserCompetency)
FOR_EVER = datetime.max.replace(tzinfo=UTC)


class Validity(models.TextChoices):
    """What a certificate or competency is worth now."""

    VALID = "valid", "Valid"
    EXPIRED = "expired", "Expired"
    REVOKED = "revoked", "Revoked"


def validity(earned: Certificate | UserCompetency) -> Validity:
    """Return what it is worth now; revoked counts more than expired."""
    if earned.revoked_at:
        return Validity.REVOKED
    expired = earned.expires_at is not None and earned.expires_at <= timezone.now()
    return Validity.EXPIRED if expired else Validity.VALID


def better(earned: Certificate | UserCompetency) -> tuple[bool, datetime, int, int]:
    """Return the key by which the better one is the greater: valid, later expiry, higher level, newer (DESIGN 4)."""
    level = earned.level if isinstance(earned, UserCompetency) else 0
    return validity(earned) == Validity.VALID, earned.expires_at or FOR_EVER, level, earned.pk


def current_ones(earned: Iterable[E]) -> set[int]:
    """Return the id of the best valid one for each course or competency."""
    best: dict[int, E] = {}
    for one in earned:
        about = _about(one)
        if validity(one) == Validity.VALID and (about not in best or better(one) > better(best[about])):
            best[about] = one
    return {one.pk for one in best.values()}


def _about(earned: Certificate | UserCompetency) -> int:
    return earned.course_id if isinstance(earned, Certificate) else earned.competency_id


def day(moment: datetime, style: str = "j F Y") -> str:
    """Return "5 January 2026", in the time zone of the site."""
    return date_format(timezone.localtime(moment), style)


def certificate_pdf(certificate: Certificate, url: str) -> bytes:
    """Return the certificate as PDF, A4 landscape; `url` is the public page that verifies it."""
    facts = [("Completed", day(certificate.issued_at))]
    if certificate.expires_at:
        facts.append(("Valid until", day(certificate.expires_at)))
    facts.append(("Certificate", certificate.code))
    values = {
        "title": f"{certificate.course.title}: {certificate.user.full_name}",
        "issuer": "Rollbook",
        "heading": "Certificate of completion",
        "lead": "This certifies that",
        "name": certificate.user.full_name,
        "did": "has completed",
        "course": certificate.course.title,
        "facts": facts,
        "verify": "Verify this certificate at",
        "url": url,
    }
    return pdf_of("certificate.typ", values)
