"""What a merge does with the rows that point at a user: the vocabulary of DESIGN 2.8.

Each model with a reference to a user says it beside its fields, in `ON_MERGE = {field: rule}`. `people` below is the
Primary's id first, then the duplicates' in the order in which they are merged: what is true of the outcome is the same
as if they had been merged one after the other.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Exists, F, Model, OuterRef, Q, QuerySet, Value, When

from rollbook.ledger.effects import Effect, Remove, Update

People = Sequence[int]


class MergeRule(ABC):
    """What happens to the rows of a duplicate."""

    @abstractmethod
    def effects(self, model: type[Model], field: str, people: People) -> list[Effect]:
        """Return what a merge does to the rows of `model` whose `field` points at one of the people."""


@dataclass(frozen=True)
class Move(MergeRule):
    """The row becomes the Primary's: what identifies the duplicate is an alias, what it earned is kept."""

    def effects(self, model: type[Model], field: str, people: People) -> list[Effect]:
        """Return one update of all rows of the duplicates."""
        return [Update(_rows(model, field, people[1:]), {f"{field}_id": people[0]})]


@dataclass(frozen=True)
class MoveUnlessHeld(MergeRule):
    """The row becomes the Primary's, unless there is the same row (in all of `same`) of somebody earlier in `people`.

    Then both are kept: the later one stays with the duplicate.
    """

    same: tuple[str, ...]

    def effects(self, model: type[Model], field: str, people: People) -> list[Effect]:
        """Return one update of the rows that nobody earlier holds."""
        held = Q(pk__in=[])
        for place, person in enumerate(people):
            there = _rows(model, field, people[:place]).filter(**{n: OuterRef(n) for n in self.same})
            held |= Q(Exists(there), **{field: person})
        return [Update(_rows(model, field, people[1:]).exclude(held), {f"{field}_id": people[0]})]


@dataclass(frozen=True)
class MoveOneCurrent(MergeRule):
    """The row becomes the Primary's; of the `current` ones that are the same in `same`, one stays current.

    The one that is `better` stays, and of those that are equally good the one of whoever comes first in `people`. The
    others become historical. The one that stays has the flag `either` if any of them has it.
    """

    same: str
    better: Q
    either: str

    def overruled(self, model: type[Model], field: str, people: People) -> Q:
        """Return the condition that a current row becomes historical."""
        others = model._default_manager.filter(**{self.same: OuterRef(self.same)}, current=True)
        found = Q(pk__in=[])
        for place, person in enumerate(people):
            before = others.filter(**{f"{field}__in": people[:place]})
            better = others.filter(self.better, **{f"{field}__in": people})
            worse = ~self.better & Q(Q(Exists(before)) | Q(Exists(better)))
            found |= Q(Q(Exists(before.filter(self.better))) | worse, **{field: person})
        return Q(current=True) & found

    def effects(self, model: type[Model], field: str, people: People) -> list[Effect]:
        """Return what the Primary loses first: while a row moves, its place must be free already."""
        overruled = self.overruled(model, field, people)
        has_it = _rows(model, field, people).filter(**{self.same: OuterRef(self.same), self.either: True})
        gains = Q(Q(Exists(has_it)) & ~overruled, **{"current": True, self.either: False})
        mine, theirs = _rows(model, field, people[:1]), _rows(model, field, people[1:])
        values = {
            f"{field}_id": people[0],
            "current": Case(When(overruled, then=Value(value=False)), default=F("current")),
            self.either: Case(When(gains, then=Value(value=True)), default=F(self.either)),
        }
        return [
            Update(mine.filter(gains), {self.either: True}),
            Update(mine.filter(overruled), {"current": False}),
            Update(theirs, values),
        ]


@dataclass(frozen=True)
class Stay(MergeRule):
    """The row stays with the duplicate, and `why`."""

    why: str

    def effects(self, model: type[Model], field: str, people: People) -> list[Effect]:
        """Return nothing."""
        return []


@dataclass(frozen=True)
class Revoke(MergeRule):
    """The row is removed: rights never travel (DESIGN 2.6)."""

    def effects(self, model: type[Model], field: str, people: People) -> list[Effect]:
        """Return the removal of all rows of the duplicates."""
        return [Remove(_rows(model, field, people[1:]))]


def _rows(model: type[Model], field: str, people: People) -> "QuerySet[Any]":
    return model._default_manager.filter(**{f"{field}__in": list(people)})
