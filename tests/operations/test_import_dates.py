"""IDs that a spreadsheet program took for dates are noticed; IDs that look a little like one are taken (CASES 38)."""

import pytest
from django.db import connection

from rollbook.people.access import actor_for
from rollbook.people.importing.as_dates import DATE, PERHAPS_DATE
from rollbook.people.importing.models import ImportFile
from rollbook.people.importing.results import doubtful, results
from rollbook.people.models import AttributeValue, Identifier, UserAttribute
from tests.cast import Cast, outside_the_ledger
from tests.operations.doing import do
from tests.operations.test_import_users import checked, only, said
from tests.operations.test_link_users import linked, reasons

# As Excel and LibreOffice write 3-12, and the like, into a CSV file where they are set to some country.
DATES = [
    "2026-03-12",
    "12.03.2026",
    "Mar-12",
    "12-Mar",
    "3/12/2026",
    "12/31/1999",
    "03-12-2026",
    "2026/3/12",
    "12-Mar-26",
    "12-Mar-2026",
    "Sep-99",
    "1-Jan",
    "12.Mrz",
    "Mrz-26",
    "2026-03-12T10:00:00",
    "12. Mrz",
    "Mrz 26",
    "12 Mar 2026",
    "2026-03-12 10:00",
    "3/12/2026 0:00",
    "3/12/2026 12:00:00 AM",
    "12. 3. 2026",
    "2026.03.12.",
    "01-Sept",
    "Sept-26",
    "12.Jän",
    "Jän 26",
    "3月12日",
    "2026年3月12日",
    "03월 12일",
]
PERHAPS = [
    "12-03-26",
    "03/12/26",
    "12.03.26",
    "12-mars",
    "mars-12",
    "12-janv",
    "févr-26",
    "12-mrt",
    "dic-26",
    "jan-12",
    "MAR-12",
    "12-févr.",
    "févr.-26",
    "July-26",
    "12.lut",
    "Şub.26",
    "12.мар",
]
IDS = [
    "00123",
    "25499339",
    "S1234567",
    "20260312",
    "12032026",
    "2026-0312",
    "2026-00012",
    "45-12-3",
    "2026-13-01",
    "32.03.2026",
    "12.34.2026",
    "12-345",
    "3.12",
    "2026/0012",
    "19/1/12345",
    "2026-03",
    "12/3",
    "AB-12-03",
    "12-03-1826",
    "12/03-2026",
    "1990-1-1-1",
    "192.168.1.1",
    "1-2-3",
    "12MAR",
    "MAR12",
    "Mar-123",
    "12-Mark",
    "jan.novak",
    "Jan-Dec",
    "may-2026-a",
    "dec1",
    "E-12-Mar",
    "12-septic",
    "1.2.3",
    "3月",
    "3年12",
    "1-2",
    "2024",
    "MAR1",
    "2026.0312.",
]


def matching(pattern: str, operator: str, values: list[str]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT v FROM unnest(%s::text[]) v WHERE v {operator} %s", [values, pattern])
        return [value for (value,) in cursor.fetchall()]


def test_what_is_a_date_is_told_from_what_may_be_one_and_from_ids(db: None) -> None:
    every = [*DATES, *PERHAPS, *IDS]
    assert matching(DATE, "~", every) == DATES
    assert [value for value in matching(PERHAPS_DATE, "~*", every) if value not in DATES] == PERHAPS


@pytest.mark.parametrize("date", ["2026-03-12", "12.03.2026", "Mar-12", "12-Mar", "3/12/2026"])
def test_an_id_that_became_a_date_is_refused_whether_it_finds_or_is_set(cast: Cast, date: str) -> None:
    sentence = f"Student ID {date} is what a spreadsheet program makes of an ID that looks like a date to it."
    columns = "Student ID,First name,Location"
    assert only(cast.carla, columns, (date, "Nele", "Oak")).startswith(f"refused: {sentence}")
    assert only(cast.carla, "E-mail,Student ID", ("ben.baker@example.org", date), by="email").startswith(
        f"refused: {sentence}"
    )
    operation = linked(cast, "E-mail,Student ID", ("ben.baker@example.org", date))
    assert reasons(operation, cast)[0].startswith(sentence)


def test_an_employee_id_that_became_a_date_is_refused_too(cast: Cast) -> None:
    row = ("00123", "12-Mar")
    assert only(cast.carla, "Student ID,Employee ID", row, by="attributes.student_id").startswith(
        "refused: Employee ID 12-Mar is what a spreadsheet program makes"
    )


def test_an_id_that_may_be_a_date_is_taken_and_said(cast: Cast) -> None:
    operation = checked(
        cast.carla,
        "Student ID,Username,First name,Location",
        ("12-03-26", "", "Nele", "Oak"),
        ("00778", "jan-12", "Jan", "Oak"),
        ("2026-0312", "ole", "Ole", "Oak"),
    )
    assert all(row.startswith("created: ") for row in said(operation, cast.carla))
    found = results(doubtful(ImportFile.objects.get(pk=operation.file_id)), actor_for(cast.carla))
    assert [(row.number, row.warnings[0].partition(" may be what")[0]) for row in found] == [
        (2, "Student ID 12-03-26"),
        (3, "Username jan-12"),
    ]


def test_an_id_that_the_register_has_is_one_whatever_it_looks_like(cast: Cast) -> None:
    with outside_the_ledger():
        Identifier.objects.filter(user=cast.ben, attribute=cast.student_id).update(value="2026-03-12")
        AttributeValue.objects.filter(user=cast.ben).update(value="jan-12")
    operation = checked(cast.carla, "Student ID,Employee ID,Last name", ("2026-03-12", "jan-12", "Bäcker"))
    assert said(operation, cast.carla) == ["updated: Last name Baker > Bäcker"]
    assert not doubtful(ImportFile.objects.get(pk=operation.file_id)).exists()
    # Of another attribute it is as little an ID as before.
    assert only(cast.carla, "Student ID,Username", ("2026-03-12", "2026-03-12")).startswith(
        "refused: Username"
    )


@pytest.mark.parametrize("key", [False, True])
def test_attributes_whose_values_are_dates_or_chosen_take_them(cast: Cast, key: bool) -> None:
    with outside_the_ledger():
        UserAttribute.objects.create(code="born", label="Born", kind="date", key=key)
        UserAttribute.objects.create(
            code="group", label="Group", kind="choice", choices=["Mar-12", "x"], key=key
        )
        UserAttribute.objects.create(code="note", label="Note")
    operation = checked(
        cast.carla, "Student ID,Born,Group,Note", ("00123", "2026-03-12", "Mar-12", "12.03.2026")
    )
    assert said(operation, cast.carla) == [
        "updated: Born - > 2026-03-12 Group - > Mar-12 Note - > 12.03.2026"
    ]
    do(cast.carla, operation)
    model = Identifier if key else AttributeValue
    assert model._default_manager.filter(user=cast.ben, value="2026-03-12", attribute__code="born").exists()
