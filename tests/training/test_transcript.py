"""What somebody has done and earned, and which of it counts."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import typst
from django.utils import timezone

from rollbook.people.models import User
from rollbook.training.catalogue import Course
from rollbook.training.certificates import Validity, certificate_pdf, current_ones, validity
from rollbook.training.records import Certificate, ChapterProgress, Enrolment, UserCompetency
from rollbook.training.transcript import Transcript, transcript_of
from tests.cast import Cast, assemble, outside_the_ledger
from tests.training.stage import LATER, LONG_AGO, Stage, completed, furnish, study

SOON = timezone.now() + timedelta(days=30)


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


@pytest.fixture
def stage(cast: Cast) -> Stage:
    made = furnish()
    study(cast, made)
    return made


def courses(transcript: Transcript) -> list[tuple[str, str, str]]:
    return [(line.name, line.told, line.result) for line in transcript.courses]


def test_it_lists_courses_certificates_and_competencies(cast: Cast, stage: Stage) -> None:
    transcript = transcript_of(cast.ben)

    assert courses(transcript) == [("First aid", "In progress", ""), ("Fire safety", "Completed", "80 %")]
    assert [line.code for line in transcript.certificates] == ["CERT-BEN-0001"]
    assert [(line.name, line.result) for line in transcript.competencies] == [("Alertness", "Level 2")]


def test_history_is_shown_unless_it_was_erased(cast: Cast, stage: Stage) -> None:
    Enrolment.objects.filter(user=cast.bea).update(current=False)
    assert courses(transcript_of(cast.bea)) == [("Fire safety", "In progress, historical", "")]

    ChapterProgress.objects.filter(enrolment__user=cast.bea).update(erased_at=timezone.now())
    assert courses(transcript_of(cast.bea)) == []


def test_erased_scores_do_not_count(cast: Cast, stage: Stage) -> None:
    ChapterProgress.objects.filter(chapter=stage.quiz).update(erased_at=timezone.now())
    assert ("Fire safety", "Completed", "") in courses(transcript_of(cast.ben))


def test_what_is_past_its_due_date_is_overdue_until_it_is_completed(cast: Cast, stage: Stage) -> None:
    Enrolment.objects.update(due_at=LONG_AGO)
    assert [line.state for line in transcript_of(cast.ben).courses] == ["overdue", "completed"]


def certificate(user: User, enrolment: Enrolment, code: str, **fields: datetime | None) -> Certificate:
    with outside_the_ledger():
        return Certificate.objects.create(
            user=user, course=enrolment.course, enrolment=enrolment, code=code, issued_at=LATER, **fields
        )


def test_the_valid_certificate_that_lasts_longest_is_the_current_one(cast: Cast, stage: Stage) -> None:
    enrolment = completed(cast.carla, stage, "FOR-EVER")
    certificate(cast.carla, enrolment, "SOON", expires_at=SOON)
    certificate(cast.carla, enrolment, "PAST", expires_at=LATER)
    certificate(cast.carla, enrolment, "TAKEN", revoked_at=LATER)

    lines = transcript_of(cast.carla).certificates
    assert [(line.code, line.told, line.current) for line in lines][:2] == [
        ("FOR-EVER", "Valid", True),
        ("SOON", "Valid, replaced", False),
    ]
    assert {(line.code, line.told) for line in lines[2:]} == {("PAST", "Expired"), ("TAKEN", "Revoked")}


def test_of_equally_lasting_competencies_the_higher_level_is_current(cast: Cast, stage: Stage) -> None:
    enrolment = Enrolment.objects.get(user=cast.ben, course=stage.fire)
    with outside_the_ledger():
        higher = UserCompetency.objects.create(
            user=cast.ben, competency=stage.alertness, enrolment=enrolment, level=4, earned_at=LONG_AGO
        )
    assert current_ones(UserCompetency.objects.filter(user=cast.ben)) == {higher.pk}


def test_revoked_counts_more_than_expired() -> None:
    assert validity(Certificate(expires_at=LONG_AGO, revoked_at=LATER)) == Validity.REVOKED


@pytest.mark.parametrize(
    "name", ["Ben", "李小龙", "محمد الفاتح", "עברית 😀", "A" * 200, '#panic("x") $y$ \\ [<b>']
)
def test_a_certificate_is_a_pdf_whatever_the_name(name: str) -> None:
    made = Certificate(code="K7QM-2XPD", issued_at=datetime(2026, 1, 5, tzinfo=UTC))
    made.user, made.course = User(first_name=name), Course(title=name)
    assert certificate_pdf(made, "https://rollbook.example.org/verify/K7QM-2XPD/").startswith(b"%PDF-")


def test_a_certificate_shows_who_completed_what_and_links_to_the_page_that_verifies_it(
    cast: Cast, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, url = Certificate.objects.get(), "https://rollbook.example.org/verify/CERT-BEN-0001/"
    assert f"/URI({url})".encode() in certificate_pdf(made, url)
    text = in_html(monkeypatch, lambda: certificate_pdf(made, url))
    for told in ("Ben Baker", "Fire safety", f'<a href="{url}">{url}</a>'):
        assert told in text


def test_a_printed_transcript_shows_history_certificates_and_competencies(
    cast: Cast, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    Enrolment.objects.filter(user=cast.ben, course=stage.first_aid).update(current=False)
    text = in_html(monkeypatch, transcript_of(cast.ben).pdf)
    for told in ("Ben Baker", "Fire safety", "80 %", "First aid", "In progress, historical"):
        assert told in text
    for told in ("Certificates", "CERT-BEN-0001", "Competencies", "Alertness", "Level 2"):
        assert told in text


def in_html(monkeypatch: pytest.MonkeyPatch, made: Callable[[], bytes]) -> str:
    """Return what typst sets, as HTML instead of PDF: in the PDF the letters are numbers of a font."""
    monkeypatch.setattr("rollbook.training.pdf.typst.compile", partial(typst.compile, format="html"))
    return made().decode()


def test_a_transcript_is_a_pdf_also_when_there_is_nothing_in_it(cast: Cast, stage: Stage) -> None:
    assert transcript_of(cast.ben).pdf().startswith(b"%PDF-")
    assert transcript_of(cast.alice).pdf().startswith(b"%PDF-")


def test_the_spreadsheet_has_plain_dates(cast: Cast, stage: Stage) -> None:
    fire = next(line for line in transcript_of(cast.ben) if line.name == "Fire safety")
    assert fire.cells()[:6] == ("Course", "Fire safety", "Completed", "yes", "2026-01-05", "2026-01-05")
