"""What a cell says for a field, and what is none of its values."""

import pytest

from rollbook.people.importing.cells import reader_of
from rollbook.people.importing.columns import ATTRIBUTE, LABELS, Field
from rollbook.people.models import UserAttribute

STUDENT_ID = Field(
    f"{ATTRIBUTE}student_id", "Student ID", finds=True, attribute=UserAttribute(label="Student ID", key=True)
)


@pytest.mark.parametrize("cell", ["#N/A", " #REF! ", "#NAME?", "#DIV/0!", "#BEZUG!"])
@pytest.mark.parametrize(
    "field", [STUDENT_ID, *(Field(key, label, finds=False) for key, label in LABELS.items())]
)
def test_a_formula_that_failed_is_no_value_of_any_field(field: Field, cell: str) -> None:
    _, problem = reader_of(field)(cell)
    assert problem
    assert problem.startswith(f"{field.label} “{cell.strip()}” is what a spreadsheet program shows")


@pytest.mark.parametrize("cell", ["#12", "N/A", "#N/A1", "#A-7"])
def test_what_only_looks_like_it_is_a_value(cell: str) -> None:
    assert reader_of(STUDENT_ID)(cell) == (cell, None)
