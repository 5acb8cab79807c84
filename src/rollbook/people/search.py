"""Finding users by what people remember of them: a part of the name, the e-mail address, any identifier.

Made for a million users: every stage is answered by an index (an address or number of its own, `user_search`,
`identifier_search`), and a later stage runs only where the earlier one found nobody.
"""

from dataclasses import dataclass
from itertools import pairwise

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from rollbook.common.pagination import first_ids, with_ids
from rollbook.common.text import tidy
from rollbook.people.lookups import named
from rollbook.people.models import Fold, Identifier, User

# Shorter texts have no three letters in a row to look up.
SHORTEST_PART = 3
MOST_IDENTIFIERS = 200
MOST_SIMILAR = 200
LONGEST_SWAPPED = 12
# 0 to 1: "jonh smiht" is found for John Smith, and not everybody whose name begins with an S.
SIMILAR_ENOUGH = 0.5


@dataclass(frozen=True)
class Found:
    """Users who were found, and the first of their ids. `similar`: nobody fits, these are spelt alike."""

    users: QuerySet[User]
    ids: list[int]
    similar: bool = False


def find_users(text: str, among: QuerySet[User]) -> Found:
    """Return those of `among` who fit `text`, all of its words in any order; everybody for an empty text."""
    text = tidy(text).replace("\x00", "")
    if not text:
        return _found(among)
    exact = list(named(text).values_list("pk", flat=True)[:MOST_IDENTIFIERS])
    if exact and ("@" in text or text.startswith("#")):
        # An address or a number is one user's: who only contains it is not looked for.
        return _found(with_ids(among, exact))
    text = folded(text)
    words = text.split()
    ids = [*exact, *_with_identifier_like(text)]
    fitting = _found(among.filter(_all_words(words) | Q(pk__in=ids) if ids else _all_words(words)))
    if fitting.ids:
        return fitting
    # What follows an @ is the same for nearly everybody.
    words = [word.partition("@")[0] for word in words]
    alike = _letters_swapped(words, among) or _similar(" ".join(words))
    return _found(with_ids(among, alike), similar=True)


def _found(users: QuerySet[User], *, similar: bool = False) -> Found:
    return Found(users, first_ids(users), similar)


def folded(text: str) -> str:
    """Return text in lower case without accents, as the database folds the names it searches."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rollbook_fold(%s)", [text])
        result: str = cursor.fetchone()[0]
    return result


def _all_words(words: list[str]) -> Q:
    condition = Q()
    for word in words:
        condition &= _part(word)
    return condition


def _part(word: str) -> Q:
    if len(word) >= SHORTEST_PART:
        return _containing("search", word)
    return Q(search__startswith=word) | Q(search__contains=f" {word}")


def _containing(field: str, text: str) -> Q:
    """Fit a part of a text; of an address the index is asked only for what precedes the @, as many share the rest."""
    local, at, _domain = text.partition("@")
    if not local or not at:
        return Q(**{f"{field}__contains": text})
    return Q(**{f"{field}__contains": local + at}) & Q(GreaterThan(StrIndex(F(field), Value(text)), 0))


def _with_identifier_like(text: str) -> list[int]:
    """Return users with an identifier that contains the folded text; one that is too short must be the beginning."""
    wanted = _containing("folded", text) if len(text) >= SHORTEST_PART else Q(folded__startswith=text)
    values = Identifier.objects.alias(folded=Fold("value")).filter(wanted)
    return list(values.values_list("user_id", flat=True)[:MOST_IDENTIFIERS])


def _letters_swapped(words: list[str], among: QuerySet[User]) -> list[int]:
    """Return users who fit when two neighbours change places: too far apart for trigrams in a short name."""
    if not words or max(map(len, words)) > LONGEST_SWAPPED:
        return []
    condition = Q()
    for word in words:
        either = _part(word)
        for i, (one, other) in enumerate(pairwise(word) if len(word) >= SHORTEST_PART else ()):
            either |= Q(search__contains=word[:i] + other + one + word[i + 2 :])
        condition &= either
    return list(among.filter(condition).values_list("pk", flat=True)[:MOST_SIMILAR])


def _similar(text: str) -> list[int]:
    """Return users, of all that there are, whose name or e-mail has a part that is spelt much like the text."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('enable_seqscan', 'off', true), "
            "set_config('pg_trgm.word_similarity_threshold', %s, true)",
            [str(SIMILAR_ENOUGH)],
        )
        # Filters come afterwards: together with them the planner would compare every user.
        alike = User.objects.filter(search__trigram_word_similar=text)
        found = list(alike.values_list("pk", flat=True)[:MOST_SIMILAR])
        cursor.execute("SELECT set_config('enable_seqscan', 'on', true)")
    return found
