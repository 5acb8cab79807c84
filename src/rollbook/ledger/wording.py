"""What was or would be done to rows, in words."""

from collections.abc import Mapping

from rollbook.ledger.effects import table_label

DONE = {"create": "created", "update": "changed", "remove": "removed"}
# A row that an undo makes was there before.
PUT_BACK = {**DONE, "create": "put back"}


def done_to(kind: str, *, undo: bool) -> str:
    """Return "created", "changed" or "removed" for a kind of effect; "put back" for what an undo makes again."""
    return (PUT_BACK if undo else DONE)[kind]


def counts_in_words(counts: Mapping[str, Mapping[str, int]], *, undo: bool) -> list[str]:
    """Return "2 users changed" for each table and kind of {table: {kind: rows}}."""
    return [
        f"{table_label(table, rows)} {done_to(kind, undo=undo)}"
        for table, kinds in counts.items()
        for kind, rows in kinds.items()
    ]
