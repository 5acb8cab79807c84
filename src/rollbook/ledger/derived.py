"""Data that is derived from recorded rows and stored beside them, such as the status of a course.

An undo takes rows back one by one, and leaves those alone that something else has changed since. What is derived of
both kinds together is then computed anew, by a rule that the owner of the data registers here.
"""

from collections import defaultdict
from collections.abc import Callable

from django.db.models import Model

Follow = Callable[[int], None]

_rules: dict[type[Model], list[Follow]] = defaultdict(list)


def follows(model: type[Model]) -> Callable[[Follow], Follow]:
    """Register a function that brings up to date what is derived from rows of `model`.

    It is given the id of the operation that was taken back (see `rollbook.ledger.touched`).
    """

    def register(rule: Follow) -> Follow:
        _rules[model].append(rule)
        return rule

    return register


def following(model: type[Model]) -> list[Follow]:
    """Return the functions that are registered for a model."""
    return _rules[model]
