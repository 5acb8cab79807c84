"""Whoever has a certificate's code sees whether it is genuine."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rollbook.training.records import Certificate
from tests.cast import Cast, outside_the_ledger
from tests.training.stage import furnish, study

NOW = timezone.now()


@pytest.fixture(autouse=True)
def bens_certificate(cast: Cast) -> None:
    study(cast, furnish())


def look_up(code: str) -> Any:
    return Client().get(reverse("web:verify_certificate", args=[code]))


def changed(**fields: object) -> None:
    with outside_the_ledger():
        Certificate.objects.update(**fields)


def test_a_valid_certificate_shows_whose_it_is_and_for_what_and_nothing_else(cast: Cast) -> None:
    page = look_up("CERT-BEN-0001")
    text = page.content.decode()

    assert page.status_code == 200
    assert "This certificate is valid" in text
    for told in ("Ben Baker", "Fire safety", "5 January 2026"):
        assert told in text
    for kept in (cast.ben.email, "00123", "Oak", f"#{cast.ben.pk}"):
        assert kept not in text
    assert page["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize(
    ("fields", "heading"),
    [
        ({"expires_at": NOW - timedelta(days=1)}, "This certificate has expired"),
        ({"revoked_at": NOW}, "This certificate was revoked"),
        ({"expires_at": NOW + timedelta(days=1)}, "This certificate is valid"),
    ],
)
def test_it_says_what_the_certificate_is_worth(fields: dict[str, object], heading: str) -> None:
    changed(**fields)
    assert heading in look_up("CERT-BEN-0001").content.decode()


def test_a_code_is_found_as_people_read_it() -> None:
    changed(code="K7QM-10PD-AAAA-BBBB")
    assert look_up("k7qm-lopd-aaaa-bbbb").status_code == 200


def test_an_unknown_code_says_so() -> None:
    page = look_up("K7QM-0000")
    assert page.status_code == 404
    assert "This certificate is not known" in page.content.decode()


def test_guessing_is_slowed_down_and_looking_at_real_ones_is_not() -> None:
    for _ in range(30):
        assert look_up("CERT-BEN-0001").status_code == 200
    assert [look_up(f"GUESS-{n}").status_code for n in range(20)] == [404] * 20
    assert look_up("GUESS-20").status_code == 429
