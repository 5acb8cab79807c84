"""IDs that are written in another way than people see or mean them, and IDs that only look as if (CASES 38)."""

import pytest

from rollbook.people.models import Identifier
from tests.cast import Cast, outside_the_ledger
from tests.operations.test_import_users import only
from tests.operations.test_link_users import linked, reasons

COLUMNS = "Student ID,First name,Location"


def wide(digits: str) -> str:
    """Return digits as keyboards in East Asia write them."""
    return "".join(chr(0xFF10 + int(digit)) for digit in digits)


@pytest.mark.parametrize(
    "number", ["2.5499339E+07", "2,55E+07", "2.5499339e7", "1E+05", "1e+16", "25499339.0", "12.0", "1.20E-02"]
)
def test_what_a_program_makes_of_a_long_number_is_no_id(cast: Cast, number: str) -> None:
    sentence = f"Student ID “{number}” is what a spreadsheet program makes of a long number."
    assert only(cast.carla, COLUMNS, (number, "Nele", "Oak")).startswith(f"refused: {sentence}")
    assert reasons(linked(cast, "E-mail,Student ID", ("ben.baker@example.org", number)), cast)[0].startswith(
        sentence
    )


@pytest.mark.parametrize(
    "number", ["1E5", "12E4", "2024e00123", "7E-3", "MAR1", "1-2", "2024", "12.5", "00012"]
)
def test_what_no_program_makes_of_a_number_is_an_id(cast: Cast, number: str) -> None:
    assert only(cast.carla, COLUMNS, (number, "Nele", "Oak")).startswith("created: ")


def test_an_id_that_the_register_has_finds_its_user_however_it_is_written(cast: Cast) -> None:
    for value in ("12.0", "1E+05", "00123\u200e", wide("123")):
        with outside_the_ledger():
            Identifier.objects.filter(user=cast.ben, attribute=cast.student_id).update(value=value)
        row = (value, "Bäcker")
        assert only(cast.carla, "Student ID,Last name", row) == "updated: Last name Baker > Bäcker"


@pytest.mark.parametrize("number", ["00777\u200b", "\u202a00777\u202c", "\ufeff00777", "00\u00ad777"])
def test_an_id_with_characters_that_nobody_sees_is_refused(cast: Cast, number: str) -> None:
    assert only(cast.carla, COLUMNS, (number, "Nele", "Oak")) == (
        "refused: Student ID 00777 has characters in it that cannot be seen: they come along when text is copied. "
        "Type the ID again."
    )


def test_an_id_in_full_width_characters_is_refused_where_somebody_has_it_in_others(cast: Cast) -> None:
    said = only(cast.carla, COLUMNS, (wide("00123"), "Ben", "Oak"))
    assert said.startswith(
        f"refused: Ben Baker (#{cast.ben.pk}) has the student ID 00123: this one is written with"
    )
    assert only(cast.carla, COLUMNS, (wide("00777"), "Nele", "Oak")).startswith("created: ")
