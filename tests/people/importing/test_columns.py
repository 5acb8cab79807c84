"""What is said of a file's columns, at the command line and through the API."""

import pytest

from rollbook.people.importing.columns import said_of_column


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Matrikel=attributes.student_id", ("Matrikel", "attributes.student_id")),
        (" Notes = ", ("Notes", "")),
        ("a=b=email", ("a=b", "email")),
    ],
)
def test_a_column_is_said_by_its_name_and_its_field(text: str, said: tuple[str, str]) -> None:
    assert said_of_column(text) == said


def test_what_says_no_field_is_refused_with_an_example() -> None:
    with pytest.raises(ValueError, match=r"“Vorname” does not say .* NAME=FIELD, like “Matrikel=attributes"):
        said_of_column("Vorname")
