"""What a name, an e-mail address and an attribute's value may be. Pure: nothing here looks at the register.

The `..._problem` functions return a sentence that names the thing, the reason and the remedy, or None.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from rollbook.common.text import control_characters

NAME_LENGTH = 200
VALUE_LENGTH = 200
EMAIL_LENGTH = 254


def validate_name(value: str) -> None:
    """Refuse control characters; any script, digit and sign is welcome in a name."""
    if found := control_characters(value):
        raise ValidationError(
            "This has characters that cannot be seen (%(found)s). Type it again instead of pasting it.",
            code="control_characters",
            params={"found": ", ".join(sorted(set(found)))},
        )


def text_problem(value: str, what: str, *, longest: int, may_be_empty: bool = False) -> str | None:
    """Say what is wrong with a text that people call `what` ("First name")."""
    if not value:
        return None if may_be_empty else f"{what} is empty. Enter at least one character."
    if len(value) > longest:
        return f"{what} has {len(value)} characters; {longest} is the most. Shorten it."
    if found := control_characters(value):
        hidden = ", ".join(sorted(set(found)))
        return f"{what} has characters that cannot be seen ({hidden}). Type it again instead of pasting it."
    return None


def email_problem(address: str) -> str | None:
    """Say what is wrong with the form of an e-mail address; having none is fine."""
    if not address:
        return None
    if len(address) > EMAIL_LENGTH:
        return f"The e-mail address has {len(address)} characters; {EMAIL_LENGTH} is the most."
    try:
        validate_email(address)
        plain = _folds_alike(address)
    except ValidationError:
        plain = False
    if not plain:
        return f"“{address}” is not an e-mail address. Give one like name@example.org, or leave it empty."
    return None


def _folds_alike(address: str) -> bool:
    """Say whether Python and PostgreSQL find the same in an address whose case does not matter.

    Django's pattern ignores case too, so that the dotted I of Turkish and the long s are letters for it. What one of
    the two makes of them, a final sigma as well, is another address for the other: nobody would find who has it. Nor
    would anybody see that a mark of direction, or a full-width letter, makes another address of one.
    """
    local, _, domain = address.rpartition("@")
    if not domain.isprintable() or unicodedata.normalize("NFKC", domain) != domain:
        return False
    letters = [letter.lower() for letter in domain]
    return local.isascii() and "".join(letters) == domain.lower() and all(len(each) == 1 for each in letters)


def value_problem(value: str, what: str, kind: str, choices: Sequence[str]) -> str | None:
    """Say what is wrong with one value of a user attribute of `kind` (UserAttribute.Kind)."""
    if problem := text_problem(value, what, longest=VALUE_LENGTH):
        return problem
    if kind == "number" and not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value):
        return f"{what} is a number; “{value}” is not one. Write it like 12 or -3.5."
    if kind == "date" and not _is_date(value):
        return f"{what} is a date; “{value}” is not one. Write year, month, day like 2026-03-31."
    if kind == "choice" and value not in choices:
        return f"{what} cannot be “{value}”. Choose one of: {', '.join(choices)}."
    return None


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
