"""What a cell says for a field. Pure: whether the register can take it is asked later, for all rows at once."""

import re
from collections.abc import Callable

from rollbook.common.text import tidy
from rollbook.people.fields import NAME_LENGTH, email_problem, text_problem, value_problem
from rollbook.people.importing.columns import EMAIL, ID, LOCATION, NOTIFY, Field
from rollbook.people.lookups import LONGEST_ID

# What a spreadsheet program shows instead of a value, in English and some other languages.
FAILED = re.compile(
    r"#(?:N/A|NV|N/D|REF!|BEZUG!|VALUE!|WERT!|VALEUR!|NAME\?|NOM\?|DIV/0!|NUM!|ZAHL!|NOMBRE!|NULL!|SPILL!|CALC!)"
)
YES = {"yes", "y", "true", "1", "x", "on", "ja", "oui", "si", "sì", "sí"}
NO = {"no", "n", "false", "0", "off", "nein", "non", "nee"}

Read = Callable[[str], tuple[str, str | None]]


def reader_of(field: Field) -> Read:
    """Return a function of a cell that is not empty: it gives the value, tidied, and what is wrong with it."""
    read = _reader_of(field)

    def unless_failed(cell: str) -> tuple[str, str | None]:
        return (cell, failed(field.label, cell)) if FAILED.fullmatch(cell.strip()) else read(cell)

    return unless_failed


def _reader_of(field: Field) -> Read:
    if attribute := field.attribute:

        def value(cell: str) -> tuple[str, str | None]:
            text = tidy(cell)
            return text, value_problem(text, attribute.label, attribute.kind, attribute.choices)

        return value
    return {
        ID: _id,
        "first_name": _name("First name"),
        "last_name": _name("Last name"),
        EMAIL: _email,
        LOCATION: _location,
        NOTIFY: _yes_or_no,
    }[field.key]


def failed(label: str, text: str) -> str:
    """Return what is said of a cell in which a formula found nothing."""
    return f"{label} “{text.strip()}” is what a spreadsheet program shows where a formula fails. Enter the value itself."


def _name(label: str) -> Read:
    def name(cell: str) -> tuple[str, str | None]:
        text = tidy(cell)
        return text, text_problem(text, label, longest=NAME_LENGTH)

    return name


def _email(cell: str) -> tuple[str, str | None]:
    text = tidy(cell)
    return text, email_problem(text)


def _location(cell: str) -> tuple[str, str | None]:
    text = " / ".join(part.strip() for part in re.split("[/>]", tidy(cell)))
    return text, text_problem(text, "Location", longest=2000)


def _id(cell: str) -> tuple[str, str | None]:
    text = tidy(cell).removeprefix("#").lstrip("0")
    if text.isascii() and text.isdecimal() and len(text) < LONGEST_ID:
        return text, None
    return (
        "",
        f"“{tidy(cell)}” is no ID number. Give the number that Rollbook shows, like 12, or leave the column out.",
    )


def _yes_or_no(cell: str) -> tuple[str, str | None]:
    text = tidy(cell).casefold()
    if text in YES | NO:
        return ("true" if text in YES else "false"), None
    return "", f"Send notifications is yes or no; “{tidy(cell)}” is neither."
