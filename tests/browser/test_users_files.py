"""A spreadsheet job in Chromium: 10,000 rows with one of each problem are sent, corrected, applied and taken back."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from rollbook.interfaces.web.tasks import apply_operation
from rollbook.ledger.models import OperationJob, OperationRecord
from rollbook.people.models import Identifier, User
from tests.browser.story import Demo, sign_in
from tests.browser.test_merge import look_at
from tests.browser.test_story import demo
from tests.snapshots import snapshot

__all__ = ["demo"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ROWS = 10_000
# Thousands of rows are read and checked in a request, on a machine that may be busy.
PATIENCE = 120_000
HEADER = ("Kennung", "Vorname", "Nachname", "E-Mail", "Standort")
PLACE = "School of Nursing"
# Each problem: the row, and a part of what is said of it.
PROBLEMS = (
    (("", "Nokey", "Empty", "", PLACE), "Student ID is empty"),
    (("2.5499339E+07", "Damaged", "Number", "", PLACE), "a spreadsheet program makes of a long number"),
    (("512077", "Benjamin", "Zeros", "", PLACE), "has probably removed the zeros"),
    (("70000001", "Taken", "Address", "bea.brown@example.edu", PLACE), "belongs to Bea Brown"),
    (("70000002", "Wrong", "Address", "no address", PLACE), "is not an e-mail address"),
    (("70000003", "L" * 201, "Long", "", PLACE), "201 characters; 200 is the most"),
    (("70000004", "Be\x07ll", "Unseen", "", PLACE), "characters that cannot be seen (U+0007)"),
    (("70000005", "", "Nameless", "", PLACE), "First name is required"),
    (("70000006", "Lost", "Nowhere", "", "Atlantis"), "There is no location “Atlantis”"),
    (("00734201", "Omar", "Other", "", ""), "another user is beyond your locations"),
    (("70000007", "Twice", "One", "", PLACE), "means the same user"),
    (("70000007", "Twice", "Two", "", PLACE), "means the same user"),
)
GOOD = ROWS - len(PROBLEMS)


def rows() -> Iterator[tuple[str, ...]]:
    yield ("00512077", "Benjamin", "Bäcker", "benjamin.baker@example.net", PLACE)
    for number in range(1, GOOD):
        yield (f"{80_000_000 + number}", f"First{number}", "Müller", f"new{number}@example.edu", PLACE)
    yield from (row for row, _ in PROBLEMS)


def corrected(refused: bytes) -> tuple[bytes, int]:
    """Return the refused rows as somebody would correct them, and how many there are: the reasons stay in the file."""
    heading, *lines = csv.reader(io.StringIO(refused.decode("utf-8-sig")))
    right = {
        "Nokey": {0: "70000008"},
        "Damaged": {0: "25499339"},
        "Benjamin": {0: "00512077"},
        "Taken": {3: "taken.address@example.edu"},
        "Wrong": {3: "wrong.address@example.edu"},
        "L" * 201: {1: "Lea"},
        "Be\x07ll": {1: "Bell"},
        "": {1: "Named"},
        "Lost": {4: "School of Engineering"},
    }
    kept = [line for line in lines if line[1] != "Omar" and line[2] != "Two"]
    for line in kept:
        for position, cell in right.get(line[1], {}).items():
            line[position] = cell
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows([heading, *kept])
    return text.getvalue().encode("utf-8"), len(kept)


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
    """Send the file, see that not all columns were known, and correct them."""
    console.get_by_label("CSV or Excel file").set_input_files(path)
    console.get_by_role("button", name="Read the file").click()
    expect(console.get_by_text("10,000 rows, CSV with semicolons")).to_be_visible(timeout=PATIENCE)
    look_at(console, "files-3-columns")
    correct_the_columns(console)
    expect(console.get_by_role("button", name="Import 9,988 users")).to_be_visible(timeout=PATIENCE)
    look_at(console, "files-4-preview")


def correct_the_columns(console: Page) -> None:
    """Say that the first column holds the student ID, and that users are found by it."""
    console.get_by_label("Kennung").select_option("Student ID")
    console.get_by_label("Find each user by").select_option("Student ID")
    console.get_by_role("button", name="Show what becomes of each row").click()


def fetch_refused(console: Page, again: Path) -> int:
    """Look at the refused rows, fetch them, write them corrected, and return how many there are."""
    console.get_by_role("link", name="All 12 refused").click()
    for _, said in PROBLEMS:
        expect(console.get_by_text(said).first).to_be_visible()
    look_at(console, "files-5-refused")
    with console.expect_download() as download:
        console.get_by_role("link", name="Refused rows (CSV)").click()
    content, number = corrected(Path(download.value.path()).read_bytes())
    again.write_bytes(content)
    console.get_by_role("link", name="Back to the preview").click()
    return number


def send_again(console: Page, again: Path, number: int) -> OperationRecord:
    """Send the corrected rows, and apply them."""
    console.get_by_label("CSV or Excel file").set_input_files(again)
    console.get_by_role("button", name="Read the file").click()
    correct_the_columns(console)
    expect(console.get_by_role("button", name=f"Import {number} users")).to_be_visible(timeout=PATIENCE)
    confirm(console, f"Import {number} users", "Corrected.")
    expect(console.locator("#messages")).to_contain_text("done.", timeout=PATIENCE)
    return OperationRecord.objects.latest("pk")


def test_a_spreadsheet_of_ten_thousand_rows_with_one_of_each_problem(
    browser: Browser, demo: Demo, tmp_path: Path
) -> None:
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
    number = fetch_refused(console, again)
    confirm(console, "Import 9,988 users", "The students of this autumn.")
    first = let_the_worker_work(console)
    assert Identifier.objects.filter(value__startswith="8000").count() == GOOD - 1
    assert User.objects.get(identifiers__value="00512077").last_name == "Bäcker"

    console.get_by_role("link", name="Import users").last.click()
    expect(console.get_by_text("Applied", exact=True)).to_be_visible()
    look_at(console, "files-6-list")
    second = send_again(console, again, number)
    assert second.pk != first.pk
    assert User.objects.filter(first_name__in=("Lea", "Bell", "Named", "Damaged", "Twice")).count() == 5

    take_back(console, demo, second)
    expect(console.locator("#messages")).to_contain_text("done.", timeout=PATIENCE)
    take_back(console, demo, first)
    let_the_worker_work(console)
    assert snapshot() == before
