"""One verb per file; this is the explicit list."""

from rollbook.ledger.operation import Operation
from rollbook.ledger.undo import Undo
from rollbook.operations.deactivate_users import DeactivateUsers

OPERATIONS: tuple[type[Operation], ...] = (
    DeactivateUsers,
    Undo,
)
