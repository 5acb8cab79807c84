"""Operations that say what stands against each of their parameters."""

from typing import Protocol, runtime_checkable

from rollbook.ledger.actor import Actor


@runtime_checkable
class Checked(Protocol):
    """An operation that says which of its parameters stands against it, and why."""

    def problems(self, acting: Actor) -> dict[str, str]:
        """Return {parameter: sentence}."""
