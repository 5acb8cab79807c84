"""Lists that people paste: separated by blanks, commas, semicolons or line breaks, with duplicates."""

import re
from collections.abc import Sequence

from django.db.models import QuerySet
from django.db.models.functions import Lower

from rollbook.common.text import tidy
from rollbook.people.lookups import LONGEST_ID
from rollbook.people.models import Identifier, User

SEPARATORS = re.compile(r"[\s,;]+")


def parts_of(text: str) -> tuple[str, ...]:
    """Return what a pasted list names, each once, in the order of the list."""
    parts = SEPARATORS.split(tidy(text.replace("\x00", "")))
    return tuple(dict.fromkeys(part for part in parts if part))


def is_id(text: str) -> bool:
    """Say whether a text is a number that can be a row's id."""
    return text.isascii() and text.isdecimal() and len(text) < LONGEST_ID


def users_called(
    names: Sequence[str], among: "QuerySet[User]", *, bare_numbers: bool = True
) -> dict[str, set[int]]:
    """Return, for each name, the ids of the users whom it could mean, with three queries whatever their number.

    A name is an e-mail address (ignoring case), an identifier as exact text, or a user’s ID number with a #; without
    one too, unless `bare_numbers` is off, as where most names are numbers that an LMS or a school gave.
    """
    found: dict[str, set[int]] = {name: set() for name in names}
    by_number = {
        name: int(name.removeprefix("#"))
        for name in names
        if is_id(name.removeprefix("#")) and (bare_numbers or name.startswith("#"))
    }
    there = set(among.filter(pk__in=set(by_number.values())).values_list("pk", flat=True))
    for name, number in by_number.items():
        found[name] |= {number} & there
    folded: dict[str, list[str]] = {}
    for name in names:
        folded.setdefault(name.lower(), []).append(name)
    addressed = among.annotate(folded=Lower("email")).filter(
        folded__in=[name for name in folded if "@" in name]
    )
    # As the database folds it: Python and PostgreSQL differ about some letters.
    for pk, address in addressed.values_list("pk", "folded"):
        for name in folded[address]:
            found[name].add(pk)
    identified = Identifier.objects.filter(value__in=names, user__in=among.values("pk"))
    for value, pk in identified.values_list("value", "user"):
        found[value].add(pk)
    return found
