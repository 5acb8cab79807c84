"""An operation and the plan it makes. The plan is the preview."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, TypeVar, cast
from uuid import UUID, uuid4

from django.db.models import Model, QuerySet
from django.utils.functional import SimpleLazyObject

from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import Effect, Tally

T = TypeVar("T")
# Above this many subjects a plan is live, and a person types the number to confirm.
MANY = 100
Counts = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Note:
    """One decision of a plan, in plain words: what will be, and why."""

    what: str
    why: str = ""


@dataclass(frozen=True)
class Hold:
    """Why a second person must approve a plan.

    They need `right` besides the operation's own, and must reach `about` besides the plan's subjects: what is not
    locked, such as the places into which it puts somebody.
    """

    why: str
    right: str = ""
    about: "Sequence[QuerySet[Any]]" = ()


def when_shown(told: Callable[[], Sequence[T]]) -> Sequence[T]:
    """Return notes or warnings that are read from the register when somebody looks at them.

    Applying never looks at warnings, nor at the notes of a live plan.
    """
    return cast("Sequence[T]", SimpleLazyObject(told))


def sum_of(counts: Iterable[Counts]) -> Counts:
    """Return the sum of several {table: {kind: rows}}."""
    total: Counts = {}
    for one in counts:
        for table, kinds in one.items():
            of_table = total.setdefault(table, {})
            for kind, rows in kinds.items():
                of_table[kind] = of_table.get(kind, 0) + rows
    return total


@dataclass(frozen=True)
class Part:
    """What one part of a plan would do, as it was previewed."""

    operation: "Operation"
    summary: str
    counts: Counts
    fingerprint: str
    notes: Sequence[Note]
    warnings: Sequence[str]
    refusals: Sequence[str]

    @property
    def rows(self) -> int:
        """Return how many rows would change."""
        return sum(rows for kinds in self.counts.values() for rows in kinds.values())


@dataclass
class Plan:
    """What an operation would do now: effects, counts, samples, notes, warnings, refusals.

    `subjects` are queries of the rows the operation is about; the writer locks them and checks that the actor
    reaches them. `relies_on` are rows that the plan was read from and that must not change meanwhile; they are locked
    too, but need not be within reach. `left_out` is what was named but is not touched, with the reason.
    `settle` is called with the record's id in the same transaction after the effects, outside of the record: what is
    derived from the changed rows follows them, and jobs are given to the worker. Those exist with the commit or not at
    all, so that mail, and what else cannot be taken back, goes out after it and is never forgotten.

    `live` is a plan over so many subjects that their rows never stand still: it is not stale because people went on
    working since the preview. Its subjects and what the operation says are what was confirmed, and its counts are those
    of the moment in which it is applied.

    `holds` say why it is not done on one person's word: the writer applies it only with a second one, who may do all of
    it to everybody whom it is about (`ledger.holds`). A plan with parts says itself why it is held.

    A plan has effects, or `parts`: operations that are applied in this order, all of them or none, each with a record
    of its own, so that each can be undone by itself. No two of them may touch the same rows, and `subjects` and
    `relies_on` are those of them all.
    """

    operation: "Operation"
    summary: str
    subjects: "Sequence[QuerySet[Any]]"
    effects: Sequence[Effect] = ()
    parts: "Sequence[Operation]" = ()
    relies_on: "Sequence[QuerySet[Any]]" = ()
    notes: Sequence[Note] = ()
    left_out: Sequence[Note] = ()
    warnings: Sequence[str] = ()
    refusals: Sequence[str] = ()
    holds: Sequence[Hold] = ()
    undoes: int | None = None
    live: bool = False
    settle: Sequence[Callable[[int], None]] = ()
    # Filled by `writer.preview`.
    tallies: tuple[Tally, ...] = ()
    planned: tuple[Part, ...] = ()
    fingerprint: str = ""
    key: UUID = field(default_factory=uuid4)

    @property
    def rows(self) -> int:
        """Return how many rows would change."""
        return sum(tally.rows for tally in self.tallies) + sum(part.rows for part in self.planned)

    @property
    def counts(self) -> Counts:
        """Return {table: {kind: rows}} for the effects, and those of the parts, that touch any row."""
        own: list[Counts] = [
            {effect.model._meta.db_table: {effect.kind.value: tally.rows}}
            for effect, tally in zip(self.effects, self.tallies, strict=True)
            if tally.rows
        ]
        return sum_of([*own, *(part.counts for part in self.planned)])

    @property
    def can_apply(self) -> bool:
        """Say whether there is something to do and nothing against it."""
        return not self.refusals and self.changes_something

    @property
    def changes_something(self) -> bool:
        """Say whether a row would change; parts that were not looked into are taken at their word."""
        return self.rows > 0 or bool(self.live and self.parts and not self.planned)


@dataclass(frozen=True, kw_only=True)
class Operation(ABC):
    """One verb with its parameters. `plan` only reads."""

    verb: ClassVar[str]
    right: ClassVar[str]
    needs_reason: ClassVar[bool] = False
    # Whether the preview looks into the parts of a live plan, which takes its time with each of them.
    looks_into_parts: ClassVar[bool] = True

    @abstractmethod
    def plan(self, acting: Actor) -> Plan:
        """Return what would be done now. Writes nothing; raises nothing for what a person can put right."""

    @property
    def required_right(self) -> str:
        """Return the right that planning and applying this needs."""
        return self.right

    def params(self) -> dict[str, Any]:
        """Return the parameters as JSON can hold them, for the record."""
        return {k: v.pk if isinstance(v, Model) else v for k, v in asdict(self).items()}


@dataclass(frozen=True, kw_only=True)
class PreparedOperation(Operation):
    """An operation that plans with what is kept outside the register, such as the checked rows of a file."""

    @abstractmethod
    def prepare(self, acting: Actor) -> None:
        """Bring what `plan` reads up to date; changes nothing where it is so already, and never the register.

        Whoever previews calls it first. The writer calls it again, with the subjects locked.
        """
