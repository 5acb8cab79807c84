"""A spreadsheet job in Chromium: 10,000 rows with one of each problem are sent, corrected, applied and taken back."""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from rollbook.interfaces.web.tasks import apply_operation
from rollbook.ledger.models import OperationJob, OperationRecord
from rollbook.people.models import Identifier, User
from tests.browser.problem_rows import (
    CORRECTED,
    CREATED,
    DOUBT,
    FORMULA,
    HEADER,
    PROBLEMS,
    TAKEN,
    corrected,
    pattern,
    rows,
    set_the_scene,
)
from tests.browser.story import Demo, sign_in
from tests.browser.test_merge import look_at
from tests.browser.test_story import demo
from tests.snapshots import snapshot

__all__ = ["demo"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# Thousands of rows are read and checked in a request, on a machine that may be busy.
PATIENCE = 120_000


def confirm(console: Page, button: str, reason: str) -> None:
    """Give the reason, type the number where it is asked for, and do it."""
    console.get_by_label("Reason").fill(reason)
    typed = console.get_by_label(re.compile("^Type .* to confirm"))
    if typed.count():
        asked = re.search("[0-9,]+", typed.locator("xpath=..").inner_text())
        assert asked
        typed.fill(asked[0])
    console.get_by_role("button", name=button).click()


def let_the_worker_work(console: Page) -> OperationRecord:
    """Do what waits for the worker, and go where its page leads."""
    expect(console.locator("#job")).to_be_visible(timeout=PATIENCE)
    apply_operation(job_id=OperationJob.objects.latest("pk").pk)
    console.get_by_role("link", name="Look at what changed").click()
    expect(console.get_by_text("Every change, before and after")).to_be_visible()
    return OperationRecord.objects.latest("pk")


def take_back(console: Page, demo: Demo, record: OperationRecord) -> None:
    """Undo from the operation's page."""
    console.goto(f"{demo.rollbook}/console/operations/{record.pk}/")
    console.get_by_role("link", name="Undo").first.click()
    confirm(console, "Take back", "It was the file of last year.")


def a_bad_file_gets_its_sentence(console: Page, tmp_path: Path) -> None:
    """Send a file that was cut off in transfer."""
    cut = tmp_path / "cut.csv"
    cut.write_bytes(b'Kennung;Vorname\r\n1;"Ann')
    console.get_by_label("CSV or Excel file").set_input_files(cut)
    console.get_by_role("button", name="Read the file").click()
    expect(console.get_by_text("cut.csv: This file seems to be cut off")).to_be_visible()
    look_at(console, "files-2-bad")


def send_it(console: Page, path: Path) -> None:
    """Send the file, see that not all columns were known, correct them, and see how many rows are what."""
    console.get_by_label("CSV or Excel file").set_input_files(path)
    console.get_by_role("button", name="Read the file").click()
    expect(console.get_by_text("10,000 rows, CSV with semicolons")).to_be_visible(timeout=PATIENCE)
    look_at(console, "files-3-columns")
    correct_the_columns(console)
    expect(console.get_by_role("button", name=f"Import {TAKEN:,} users")).to_be_visible(timeout=PATIENCE)
    counts = console.locator("dl.counts")
    expect(counts).to_have_text(
        re.compile(
            rf"Refused\s*{len(PROBLEMS)}\s*To look at\s*1\s*Created\s*{CREATED:,}\s*Updated\s*1\s*Unchanged\s*1"
        )
    )
    expect(console.get_by_role("table", name="To look at")).to_contain_text(DOUBT)
    expect(console.get_by_text("1 row says what is so already.")).to_be_visible()
    look_at(console, "files-4-preview")


def correct_the_columns(console: Page) -> None:
    """Say which column holds the student ID, and that users are found by their employee ID."""
    console.get_by_label("Kennung").select_option("Student ID")
    console.get_by_label("Find each user by").select_option("Employee ID")
    console.get_by_role("button", name="Show what becomes of each row").click()


def fetch_refused(console: Page, again: Path) -> None:
    """Look at the refused rows, fetch them, and write them corrected."""
    console.get_by_role("link", name=f"All {len(PROBLEMS)} refused").click()
    shown = console.get_by_role("table", name="Refused").locator("tbody tr")
    expect(shown).to_have_count(len(PROBLEMS))
    expect(shown).to_contain_text([pattern(problem.said) for problem in PROBLEMS])
    look_at(console, "files-5-refused")
    with console.expect_download() as download:
        console.get_by_role("link", name="Refused rows (CSV)").click()
    content = Path(download.value.path()).read_bytes()
    # No spreadsheet program takes it for a formula.
    assert f"'{FORMULA}".replace('"', '""').encode() in content
    again.write_bytes(corrected(content))
    console.get_by_role("link", name="Back to the preview").click()


def send_again(console: Page, again: Path) -> OperationRecord:
    """Send the corrected rows, and apply them."""
    console.get_by_label("CSV or Excel file").set_input_files(again)
    console.get_by_role("button", name="Read the file").click()
    correct_the_columns(console)
    button = f"Import {CORRECTED} users"
    expect(console.get_by_role("button", name=button)).to_be_visible(timeout=PATIENCE)
    confirm(console, button, "Corrected.")
    expect(console.locator("#messages")).to_contain_text("done.", timeout=PATIENCE)
    return OperationRecord.objects.latest("pk")


def test_a_spreadsheet_of_ten_thousand_rows_with_one_of_each_problem(
    browser: Browser, demo: Demo, tmp_path: Path
) -> None:
    set_the_scene()
    before = snapshot()
    console = sign_in(browser.new_context(), demo, "carla")
    console.set_default_timeout(PATIENCE)
    console.get_by_role("link", name="Import users").last.click()
    expect(console.get_by_text("No files yet")).to_be_visible()
    look_at(console, "files-1-send")
    a_bad_file_gets_its_sentence(console, tmp_path)

    path, again = tmp_path / "autumn.csv", tmp_path / "again.csv"
    with path.open("w", newline="", encoding="latin-1") as file:
        csv.writer(file, delimiter=";").writerows([HEADER, *rows()])
    send_it(console, path)
    fetch_refused(console, again)
    confirm(console, f"Import {TAKEN:,} users", "The students of this autumn.")
    first = let_the_worker_work(console)
    assert Identifier.objects.filter(value__startswith="8000").count() == CREATED - 1
    assert User.objects.get(identifiers__value="00512077").last_name == "Bäcker"

    console.get_by_role("link", name="Import users").last.click()
    expect(console.get_by_text("Applied", exact=True)).to_be_visible()
    look_at(console, "files-6-list")
    second = send_again(console, again)
    assert second.pk != first.pk
    assert User.objects.filter(first_name__in=(FORMULA, "Lea", "Bell", "Named")).count() == 4

    take_back(console, demo, second)
    expect(console.locator("#messages")).to_contain_text("done.", timeout=PATIENCE)
    take_back(console, demo, first)
    let_the_worker_work(console)
    assert snapshot() == before
