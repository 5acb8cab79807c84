"""How the rows of a file are to be taken."""

from dataclasses import dataclass
from typing import Any

from rollbook.ledger.actor import Actor


@dataclass(frozen=True)
class Terms:
    """How the rows of a file are to be taken. `location_id` is where users are created whose row names no location."""

    creates: bool
    empty_clears: bool = False
    location_id: int | None = None

    def kept(self, acting: Actor) -> dict[str, Any]:
        """Return what is kept with the file, to tell for whom and how it was checked."""
        return {
            "actor": acting.key,
            "creates": self.creates,
            "empty_clears": self.empty_clears,
            "location_id": self.location_id,
        }
