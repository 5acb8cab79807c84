"""The learner's own transcript and certificates."""

import pytest
from django.urls import reverse
from pytest_django import Settings

from rollbook.training.records import Certificate, Enrolment
from tests.cast import Cast, outside_the_ledger
from tests.interfaces.conftest import SignIn
from tests.training.stage import LATER, furnish, study


@pytest.fixture(autouse=True)
def studied(cast: Cast) -> None:
    study(cast, furnish())


def test_it_works(cast: Cast, signed_in: SignIn) -> None:
    text = signed_in(cast.ben).get(reverse("learner:transcript")).content.decode()

    for told in ("Fire safety", "80 %", "First aid", "In progress", "CERT-BEN-0001", "Alertness", "Level 2"):
        assert told in text


def test_history_is_told_from_what_is_current(cast: Cast, signed_in: SignIn) -> None:
    Enrolment.objects.filter(user=cast.ben, course__title="First aid").update(current=False)
    ben = signed_in(cast.ben)
    assert "In progress, historical" in ben.get(reverse("learner:transcript")).text
    table = ben.get(reverse("learner:transcript_table", args=["csv"]))
    lines = b"".join(table).decode("utf-8-sig").splitlines()  # type: ignore[arg-type]  # a streaming response
    assert any(line.startswith("Course,First aid,In progress,no") for line in lines)


def test_it_comes_as_pdf_and_csv(cast: Cast, signed_in: SignIn) -> None:
    ben = signed_in(cast.ben)
    pdf = ben.get(reverse("learner:transcript_pdf"))
    table = ben.get(reverse("learner:transcript_table", args=["csv"]))

    assert pdf.content.startswith(b"%PDF-")
    lines = b"".join(table).decode("utf-8-sig").splitlines()  # type: ignore[arg-type]  # a streaming response
    assert lines[0].startswith("Kind,Name,State")
    assert any(line.startswith("Certificate,Fire safety,Valid,yes") for line in lines)
    assert ben.get(reverse("learner:transcript_table", args=["exe"])).status_code == 404


def test_a_certificate_is_its_owners_alone_and_only_while_it_is_not_revoked(
    cast: Cast, signed_in: SignIn, settings: Settings
) -> None:
    url = reverse("learner:certificate", args=["CERT-BEN-0001"])

    made = signed_in(cast.ben).get(url).content
    assert made.startswith(b"%PDF-")
    verify = reverse("web:verify_certificate", args=["CERT-BEN-0001"])
    assert f"/URI({settings.PUBLIC_URL}{verify})".encode() in made
    assert signed_in(cast.bea).get(url).status_code == 404
    with outside_the_ledger():
        Certificate.objects.update(revoked_at=LATER)
    assert signed_in(cast.ben).get(url).status_code == 404
