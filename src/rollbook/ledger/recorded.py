"""How a table is recorded: every model of the project derives from one of these."""

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models import Q


class RegisterModel(models.Model):
    """A table that only operations may change: the database refuses any other write.

    `UNCAPTURED` names columns that are neither guarded nor recorded (sign-in columns, secrets).
    `REPLACEABLE` says that an undo which is asked to win over a later row may remove that row.
    `GIVES_WAY` says what such an undo sets in that row instead, where the row must stay: {column: SQL of its value}.
    `NAMED_BY` is what a row's name is made of: paths for `select_related`.
    `MUST_REMAIN` names rows of which no operation, and no undo, may take the last: a condition and why.
    `NEVER` names rows that no operation, and no undo, may leave: conditions, each with why.
    """

    UNCAPTURED: ClassVar[frozenset[str]] = frozenset()
    REPLACEABLE: ClassVar[bool] = False
    GIVES_WAY: ClassVar[Mapping[str, str]] = {}
    NAMED_BY: ClassVar[tuple[str, ...]] = ()
    MUST_REMAIN: ClassVar[tuple[Q, str] | None] = None
    NEVER: ClassVar[tuple[tuple[Q, str], ...]] = ()

    class Meta:
        abstract = True


class ActivityModel(models.Model):
    """A table that takes a learner's own activity freely, and is recorded when an operation touches it."""

    UNCAPTURED: ClassVar[frozenset[str]] = frozenset()
    REPLACEABLE: ClassVar[bool] = False
    GIVES_WAY: ClassVar[Mapping[str, str]] = {}
    NAMED_BY: ClassVar[tuple[str, ...]] = ()
    NEVER: ClassVar[tuple[tuple[Q, str], ...]] = ()

    class Meta:
        abstract = True


class LogModel(models.Model):
    """A table outside the register: logs, caches, secrets, sign-in state. `WHY` says why it is not recorded."""

    WHY: ClassVar[str]

    class Meta:
        abstract = True
