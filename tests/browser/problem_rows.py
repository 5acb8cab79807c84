"""A file of 10,000 rows as a personnel office sends it, with one row of each problem there can be, and who meets it."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from rollbook.operations.merge_users import MergeUsers
from rollbook.people.models import AttributeValue, Identifier, User, UserAttribute
from tests.cast import outside_the_ledger
from tests.operations.doing import do

ROWS = 10_000
HEADER = (
    "Personalnummer", "Kennung", "Vorname", "Nachname", "E-Mail", "Standort", "Login", "Benachrichtigungen", "Start date",
)  # fmt: skip
FORMULA = '=HYPERLINK("http://example.org")'


class Row(NamedTuple):
    """One row. Users are found by their employee ID; whoever is new needs a student ID."""

    employee_id: str
    student_id: str = ""
    first_name: str = "Nele"
    last_name: str = "Neumann"
    email: str = ""
    location: str = "School of Nursing"
    username: str = ""
    send_notifications: str = ""
    start_date: str = ""


class Problem(NamedTuple):
    """A row that is refused, a part of what is said of it, and what puts it right: None leaves it out."""

    row: Row
    said: str
    right: Mapping[str, str] | None = None


# By employee ID, who has it in the register before the file comes.
STAFF_NUMBERS = {
    "E-1": ("benjamin.baker@example.net",),
    "E-2": ("bea.brown@example.edu",),
    "E-3": ("ivy.ito@example.edu",),
    "E-4": ("grace.oneill@example.edu",),
    "E-5": ("alice.archer@example.edu",),
    "E-6": ("omar.okafor@example.org",),
    "E-7": ("fatima.alzahra@example.edu", "ingrid.sorensen@example.edu"),
    "E-8": ("tom.turner@example.edu",),
    "0090": ("uma.underwood@example.edu",),
}
UPDATED = Row("E-1", "00512077", "Benjamin", "Bäcker", "benjamin.baker@example.net")
UNCHANGED = Row("E-2", "", "Bea", "Brown", "bea.brown@example.edu")
DOUBTFUL = Row("N-0", "512078", "Short", "Number")
DOUBT = "Student ID is shorter than others, which begin with zeros: if 00512078 is meant"
# "#N" stands for the number of a user.
PROBLEMS = (
    # Whom a row means.
    Problem(Row("", "70000001"), "does not say whom it means: Employee ID is empty", {"employee_id": "N-1"}),
    Problem(Row("E-3"), "Ivy Ito (#N) is inactive. Retrieve that account first, or leave the row out."),
    Problem(Row("E-4"), "was merged into Emma van der Berg (#N). Give the employee ID of that user"),
    Problem(Row("E-5"), "Alice Archer (#N) is beyond your locations or access level."),
    Problem(Row("E-6", location=""), "Another user is beyond your locations or access level."),
    Problem(Row("E-7"), "Employee ID means several users: #N, #N."),
    Problem(Row("N-2", "70000002"), "means the same user. Leave only the one that is right.", {}),
    Problem(Row("N-2", "70000003"), "means the same user. Leave only the one that is right."),
    # What a spreadsheet program has damaged.
    Problem(Row("N-4", "2.5499338E+07"), "“2.5499338E+07” is what a spreadsheet", {"student_id": "25499338"}),
    Problem(Row("N-5", "25499339.0"), "“25499339.0” is what a spreadsheet", {"student_id": "25499339"}),
    Problem(Row("N-6", "512077"), "Benjamin Baker (#N) has the student ID 00512077: a spreadsheet"),
    Problem(Row("90", "70000006"), "Uma Underwood (#N) has the employee ID 0090: a spreadsheet"),
    Problem(Row("N-7", "#N/A"), "“#N/A” is what a spreadsheet program shows where", {"student_id": "70000007"}),
    # What belongs to somebody else, or to several rows.
    Problem(Row("N-8", "10000001"), "10000001 belongs to Tom Turner (#N).", {"student_id": "70000008"}),
    Problem(Row("N-9", "70000009", username="bea"), "Username bea belongs to Bea Brown (#N).", {"username": ""}),
    Problem(Row("N-10", "alice"), "whose access level is not below yours, signs in with alice."),
    Problem(Row("N-11", "ben.baker@example.edu"), "ben.baker@example.edu is the e-mail address of Ben Baker (#N)."),
    Problem(Row("N-12", "70000012", email="tom.turner@example.edu"), "belongs to Tom Turner (#N).", {"email": ""}),
    Problem(Row("N-13", "70000013"), "has the same student ID. Correct one of the two.", {}),
    Problem(Row("N-14", "70000013"), "has the same student ID. Correct one of the two."),
    Problem(Row("E-8", "10000003"), "Tom Turner (#N) has more than one student ID (10000001, 10000002)"),
    # What a cell says, or does not say.
    Problem(Row("N-15"), "Student ID is required. Enter it.", {"student_id": "70000015"}),
    Problem(Row("N-16", "70000016", ""), "First name is required. Enter it.", {"first_name": "Named"}),
    Problem(Row("N-17", "70000017", "L" * 201), "201 characters; 200 is the most.", {"first_name": "Lea"}),
    Problem(Row("N-18", "70000018", "Be\x07ll"), "cannot be seen (U+0007).", {"first_name": "Bell"}),
    Problem(Row("N-19", "70000019", FORMULA, email="none"), "“none” is not an e-mail address.", {"email": ""}),
    Problem(Row("N-20", "70000020", location="Atlantis"), "no location “Atlantis”", {"location": "Hillside College"}),
    Problem(Row("N-21", "70000021", send_notifications="maybe"), "yes or no; “maybe” is neither.", {"send_notifications": "no"}),
    Problem(Row("N-22", "70000022", start_date="31.12.2026"), "like 2026-03-31.", {"start_date": "2026-12-31"}),
)  # fmt: skip
CORRECTED = sum(problem.right is not None for problem in PROBLEMS)
CREATED = ROWS - len(PROBLEMS) - len((UPDATED, UNCHANGED))
TAKEN = CREATED + len((UPDATED,))


def pattern(said: str) -> re.Pattern[str]:
    """Return what finds a sentence, whatever number a user has."""
    return re.compile(re.sub(r"\\#N(?!/)", "#[0-9]+", re.escape(said)))


def set_the_scene() -> None:
    """Give employee IDs, make the student ID required, give Tom two of them, and merge Grace into Emma."""
    employee, student = (UserAttribute.objects.get(code=code) for code in ("employee_id", "student_id"))
    users = {user.email: user for user in User.objects.exclude(email="")}
    with outside_the_ledger():
        AttributeValue.objects.bulk_create(
            AttributeValue(attribute=employee, user=users[who], value=number)
            for number, people in STAFF_NUMBERS.items()
            for who in people
        )
        Identifier.objects.bulk_create(
            Identifier(attribute=student, user=users["tom.turner@example.edu"], value=value)
            for value in ("10000001", "10000002")
        )
        UserAttribute.objects.filter(pk=student.pk).update(required=True)
    primary, duplicate = users["emma.vanderberg@example.edu"], users["grace.oneill@example.edu"]
    merge = MergeUsers(primary_id=primary.pk, duplicate_ids=(duplicate.pk,))
    do(users["alice.archer@example.edu"], merge)


def rows() -> Iterator[Row]:
    """Return all rows: those that are refused come last."""
    yield from (UPDATED, UNCHANGED, DOUBTFUL)
    for number in range(1, CREATED):
        yield Row(
            f"P-{number}", f"{80_000_000 + number}", f"First{number}", "Müller", f"new{number}@example.edu"
        )
    yield from (problem.row for problem in PROBLEMS)


def corrected(refused: bytes) -> bytes:
    """Return the refused rows as somebody would correct them: the reasons stay in the file."""
    heading, *lines = csv.reader(io.StringIO(refused.decode("utf-8-sig")))
    kept = []
    for cells, problem in zip(lines, PROBLEMS, strict=True):
        assert pattern(problem.said).search(cells[-1]), problem
        if problem.right is not None:
            kept.append([*Row(*cells[:-1])._replace(**problem.right), cells[-1]])
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows([heading, *kept])
    return text.getvalue().encode("utf-8")
