"""The languages that a user can choose for captions, each called as its speakers do."""

from django.conf.locale import LANG_INFO

from rollbook.common.text import tidy

EUROPE = ("cs", "da", "de", "en", "es", "fi", "fr", "it", "nb", "nl", "pl", "pt", "ru", "sv", "tr", "uk")
CODES = ("ar", *EUROPE, "hi", "ja", "ko", "vi", "zh")


def language_choices() -> list[tuple[str, str]]:
    """Return [(code, name)], by code."""
    info = {**LANG_INFO, "zh": LANG_INFO["zh-hans"]}
    names = {code: tidy(info[code]["name_local"]) for code in CODES}
    # Only the first letter: Tiếng Việt keeps both of its capitals.
    return [(code, name[:1].upper() + name[1:]) for code, name in names.items()]


def language_problem(code: str) -> str | None:
    """Say what is wrong with the code of a language; none chosen is fine."""
    if not code or code in CODES:
        return None
    return f"“{code}” is none of the languages to choose from. Choose one of the list."
