"""An operation and the plan it makes. The plan is the preview."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
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


@dataclass(frozen=True)
class Note:
    """One decision of a plan, in plain words: what will be, and why."""

    what: str
    why: str = ""


def when_shown(told: Callable[[], Sequence[T]]) -> Sequence[T]:
    """Return notes or warnings that are read from the register when somebody looks at them.

    Applying never looks at warnings, nor at the notes of a live plan.
    """
    return cast("Sequence[T]", SimpleLazyObject(told))


@dataclass
class Plan:
    """What an operation would do now: effects, counts, samples, notes, warnings, refusals.

    `subjects` are queries of the rows the operation is about; the writer locks them and checks that the actor
    reaches them. `relies_on` are rows that the plan was read from and that must not change meanwhile; they are locked
    too, but need not be within reach. `left_out` is what was named but is not touched, with the reason.
    `settle` is called with the record's id in the same transaction after the effects, outside of the record: what is
    derived from the changed rows follows them. `after_commit` is called with it once everything is committed (mail, and
    what else cannot be taken back).

    `live` is a plan over so many subjects that their rows never stand still: it is not stale because people went on
    working since the preview. Its subjects and what the operation says are what was confirmed, and its counts are those
    of the moment in which it is applied.
    """

    operation: "Operation"
    summary: str
    subjects: "Sequence[QuerySet[Any]]"
    effects: Sequence[Effect] = ()
    relies_on: "Sequence[QuerySet[Any]]" = ()
    notes: Sequence[Note] = ()
    left_out: Sequence[Note] = ()
    warnings: Sequence[str] = ()
    refusals: Sequence[str] = ()
    undoes: int | None = None
    live: bool = False
    settle: Sequence[Callable[[int], None]] = ()
    after_commit: Sequence[Callable[[int], None]] = ()
    # Filled by `writer.preview`.
    tallies: tuple[Tally, ...] = ()
    fingerprint: str = ""
    key: UUID = field(default_factory=uuid4)

    @property
    def rows(self) -> int:
        """Return how many rows would change."""
        return sum(tally.rows for tally in self.tallies)

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """Return {table: {kind: rows}} for the effects that touch any row."""
        counts: dict[str, dict[str, int]] = {}
        for effect, tally in zip(self.effects, self.tallies, strict=True):
            if tally.rows:
                of_table = counts.setdefault(effect.model._meta.db_table, {})
                of_table[effect.kind.value] = of_table.get(effect.kind.value, 0) + tally.rows
        return counts

    @property
    def can_apply(self) -> bool:
        """Say whether there is something to do and nothing against it."""
        return not self.refusals and self.rows > 0


@dataclass(frozen=True, kw_only=True)
class Operation(ABC):
    """One verb with its parameters. `plan` only reads."""

    verb: ClassVar[str]
    right: ClassVar[str]
    needs_reason: ClassVar[bool] = False

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
