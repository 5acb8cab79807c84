"""The reports in the console: what they show, to whom, and what is taken away."""

import csv
import io
import re
import zipfile
from typing import Any

import pytest
from django.urls import reverse

from rollbook.operations.reset_training import ResetTraining
from rollbook.people.models import User
from rollbook.people.selection import UserSelection
from rollbook.training.records import Attempt, Enrolment
from rollbook.training.selection import ContentSelection
from tests.cast import Cast, outside_the_ledger
from tests.interfaces.conftest import SignIn
from tests.operations.doing import do
from tests.training.stage import LONG_AGO, Stage, furnish, study

REPORTS = ("course_report", "user_report", "attempt_report")


@pytest.fixture
def stage(cast: Cast) -> Stage:
    made = furnish()
    study(cast, made)
    return made


def shown(client: Any, name: str, **filters: object) -> str:
    page = client.get(reverse(f"console:{name}"), filters)
    assert page.status_code == 200
    return str(page.content.decode())


def exported(client: Any, name: str, **filters: object) -> list[dict[str, str]]:
    page = client.get(reverse(f"console:{name}"), {"export": "csv", **filters})
    text = b"".join(page.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_courses_are_shown_with_a_bar_and_each_leads_to_its_locations(
    cast: Cast, stage: Stage, signed_in: SignIn
) -> None:
    Enrolment.objects.filter(user=cast.bea).update(due_at=LONG_AGO)
    alice = signed_in(cast.alice)
    page = shown(alice, "course_report")
    assert "Fire safety" in page
    assert 'aria-label="33 % completed"' in page

    page = shown(alice, "course_report", course=stage.fire.pk)
    assert "Fire safety: 33 % of 3 users completed" in page
    assert "1 of them overdue" in page
    assert page.index("Oak</td>") < page.index("South</td>")


@pytest.mark.parametrize("name", REPORTS)
def test_nobody_sees_numbers_or_names_beyond_their_locations(
    name: str, cast: Cast, stage: Stage, signed_in: SignIn
) -> None:
    lou = signed_in(cast.lou)
    page, rows = shown(lou, name), exported(lou, name)

    assert "Mallory" not in page
    assert rows
    assert {row["Location"] for row in rows} == {"Oak"}
    # A place that is not theirs is as good as none.
    assert "Mallory" not in shown(lou, name, location=cast.south.pk)
    assert "Mallory" not in shown(lou, name, user=f"#{cast.mallory.pk}")


def test_the_user_report_finds_one_user_by_what_identifies_them(
    cast: Cast, stage: Stage, signed_in: SignIn
) -> None:
    rows = exported(signed_in(cast.carla), "user_report", user="00123", status="completed")
    assert [(row["Name"], row["Course"], row["Status"], row["Score in %"]) for row in rows] == [
        ("Ben Baker", "Fire safety", "Completed", "80")
    ]


def test_attempts_are_listed_and_narrowed(cast: Cast, stage: Stage, signed_in: SignIn) -> None:
    carla = signed_in(cast.carla)
    assert "The quiz" in shown(carla, "attempt_report")
    rows = exported(carla, "attempt_report", chapter=stage.quiz.pk, passed="no")
    assert [(row["Name"], row["Result"], row["Score in %"], row["Started"]) for row in rows] == [
        ("Bea Brown", "Not passed", "20", "2026-01-05 09:30")
    ]
    assert "Nothing fits" in shown(carla, "attempt_report", until="2025-01-01")


def test_what_203_erased_is_in_no_report_and_in_no_export(
    cast: Cast, stage: Stage, signed_in: SignIn
) -> None:
    """Seed: "all past attempts will be erased from reporting and all courses/chapters will revert to Incomplete"."""
    alice = signed_in(cast.alice)
    ben = {"user": f"#{cast.ben.pk}"}
    assert "80 %" in shown(alice, "user_report", **ben)
    content = ContentSelection(everything=True)
    do(cast.alice, ResetTraining(users=UserSelection(ids=(cast.ben.pk,)), content=content))

    assert "Nothing fits" in shown(alice, "attempt_report", **ben)
    assert exported(alice, "attempt_report", **ben) == []
    assert "80 %" not in shown(alice, "user_report", **ben)
    rows = exported(alice, "user_report", **ben)
    assert {(row["Status"], row["Score in %"], row["Completed"]) for row in rows} == {("Not started", "", "")}
    assert "0 % of 3 users completed" in shown(alice, "course_report", course=stage.fire.pk)
    counts = [(row["Course"], row["Not started"], row["In progress"], row["Completed"])
              for row in exported(alice, "course_report", location=cast.oak.pk)]  # fmt: skip
    assert counts == [("Fire safety", "1", "1", "0"), ("First aid", "1", "0", "0")]


def test_how_attempts_ended_is_seen_at_a_glance_within_the_filters_and_ones_own_locations(
    cast: Cast, stage: Stage, signed_in: SignIn
) -> None:
    lou = signed_in(cast.lou)
    page = shown(lou, "attempt_report")
    assert "50 % of 6 finished attempts passed" in page
    assert 'aria-label="50 % passed"' in page
    for told in ("3 passed", "3 not passed", "0 open"):
        assert told in page
    assert 'class="bar-not_passed" x="50.00" y="0" width="50.00"' in page
    assert "50 % of 2 finished attempts" in shown(lou, "attempt_report", chapter=stage.quiz.pk)
    assert "100 % of 2 finished attempts" not in shown(lou, "attempt_report", passed="yes")
    assert "finished attempts" not in shown(lou, "attempt_report", page=2)
    Attempt.objects.update(finished_at=None)
    assert "No attempt is finished yet" in shown(lou, "attempt_report")


@pytest.mark.parametrize("name", REPORTS)
def test_each_is_read_page_by_page_and_the_filters_stay(
    name: str, cast: Cast, stage: Stage, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rollbook.interfaces.console.reports.PER_PAGE", 1)
    alice = signed_in(cast.alice)
    only = {"location": cast.north.pk}
    links, texts = [], []
    for number in (1, 2, 99):
        page = alice.get(reverse(f"console:{name}"), {**only, "page": number})
        links.append(re.findall(r'href="\?([^"]*\bpage=\d+[^"]*)"', page.text))
        texts.append(re.findall(r"<tbody.*</tbody>", page.text, re.DOTALL))
    assert f"location={cast.north.pk}&amp;page=2" in links[0]
    assert texts[0] != texts[1]
    assert [len(re.findall("<tr", found[0])) for found in texts[:2]] == [1, 1]
    assert texts[2] == []


@pytest.mark.parametrize("name", REPORTS)
def test_each_comes_as_xlsx_too(name: str, cast: Cast, stage: Stage, signed_in: SignIn) -> None:
    page = signed_in(cast.alice).get(reverse(f"console:{name}"), {"export": "xlsx"})
    sheet = zipfile.ZipFile(io.BytesIO(b"".join(page.streaming_content))).read("xl/worksheets/sheet1.xml")

    assert b"Fire safety" in sheet
    assert "attachment" in page["Content-Disposition"]


def test_a_name_that_begins_like_a_formula_stays_text(cast: Cast, stage: Stage, signed_in: SignIn) -> None:
    """CASES 43."""
    with outside_the_ledger():
        User.objects.filter(pk=cast.ben.pk).update(first_name="=HYPERLINK(1)")
    rows = exported(signed_in(cast.alice), "user_report", user=f"#{cast.ben.pk}")
    assert {row["Name"] for row in rows} == {"'=HYPERLINK(1) Baker"}


@pytest.mark.parametrize("name", REPORTS)
def test_more_rows_than_excel_takes_are_said_and_the_filters_stay(
    name: str, cast: Cast, stage: Stage, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("rollbook.common.spreadsheet", "rollbook.interfaces.console.reports"):
        monkeypatch.setattr(f"{module}.XLSX_ROWS", 1)
    alice = signed_in(cast.alice)
    asked = {"export": "xlsx", "location": cast.north.pk}
    page = alice.get(reverse(f"console:{name}"), asked, follow=True)
    assert page.redirect_chain[0][0].endswith(f"?location={cast.north.pk}")
    assert "Take CSV, which holds all of them" in page.content.decode()
    assert len(exported(alice, name, location=cast.north.pk)) > 1


@pytest.mark.parametrize("name", ["user_report", "attempt_report"])
def test_where_rows_are_too_many_for_excel_no_file_is_begun(
    name: str, cast: Cast, stage: Stage, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rollbook.interfaces.console.reports.XLSX_ROWS", 1)
    monkeypatch.delattr("rollbook.interfaces.web.downloads.xlsx_file")
    page = signed_in(cast.alice).get(reverse(f"console:{name}"), {"export": "xlsx"})
    assert page.status_code == 302


def test_a_report_says_how_much_excel_takes(cast: Cast, signed_in: SignIn) -> None:
    assert "Excel takes up to 50,000 rows." in shown(signed_in(cast.lou), "user_report")


@pytest.mark.parametrize("name", REPORTS)
def test_nonsense_in_the_address_is_no_error(name: str, cast: Cast, stage: Stage, signed_in: SignIn) -> None:
    wrong = {
        "course": "x",
        "location": "-1",
        "chapter": "9" * 30,
        "since": "soon",
        "page": "0",
        "export": "exe",
    }
    lou = signed_in(cast.lou)
    assert "<h1" in shown(lou, name, **wrong, user="\x00")
    assert "<h1" in shown(lou, name, page="9" * 5000, since="0001-01-01", until="9999-12-31")
