"""Text as people type it and systems send it, brought into one form."""

import unicodedata


def tidy(value: str) -> str:
    """Return `value` in Unicode NFC without surrounding blanks.

    Inner blanks and case are kept: identifiers are compared as exact text (leading zeros count).
    """
    return unicodedata.normalize("NFC", value).strip()


def control_characters(value: str) -> list[str]:
    """Return the control and line-separating characters in `value`, as `U+XXXX`."""
    return [f"U+{ord(c):04X}" for c in value if unicodedata.category(c) in {"Cc", "Zl", "Zp", "Cs"}]
