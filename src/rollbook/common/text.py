"""Text as people type it and systems send it, brought into one form."""

import unicodedata
from collections.abc import Sequence

# Control characters, ends of lines and paragraphs, and halves of surrogate pairs.
UNSEEN = {"Cc", "Zl", "Zp", "Cs"}


def tidy(value: str) -> str:
    """Return `value` in Unicode NFC without surrounding blanks.

    Inner blanks and case are kept: identifiers are compared as exact text (leading zeros count).
    """
    return (value if value.isascii() else unicodedata.normalize("NFC", value)).strip()


def control_characters(value: str) -> list[str]:
    """Return the control and line-separating characters in `value`, by their code points, as `U+0000`."""
    if value.isprintable():
        return []
    return [f"U+{ord(c):04X}" for c in value if unicodedata.category(c) in UNSEEN]


def storable(value: str) -> str:
    """Return `value` as PostgreSQL and UTF-8 can hold it: a question mark for U+0000 and for half a surrogate pair."""
    return value.replace("\x00", "?").encode("utf-8", "replace").decode()


def one_line(value: str) -> str:
    """Return `value`, such as the name of a file, without what would end a line or cannot be written."""
    return "".join("\ufffd" if unicodedata.category(c) in UNSEEN else c for c in value)


def in_sentence(label: str) -> str:
    """Return a label as it stands in a sentence: "Student ID" as "student ID", but "LMS code" as it is."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def listed(names: Sequence[str], number: int | None = None) -> str:
    """Return "Ann, Ben and Bea", or "Ann, Ben and 5 more" where `number` counts more than are named."""
    more = (len(names) if number is None else number) - len(names)
    parts = [*names, f"{more:,} more"] if more > 0 else list(names)
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def counted(number: int, thing: str, things: str = "") -> str:
    """Return "1 user" or "1,000 users"; `things` is the plural where an s does not make it."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"
