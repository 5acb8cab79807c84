"""An operation from its recorded parameters."""

from typing import Any

from pydantic import TypeAdapter

from rollbook.ledger.operation import Operation
from rollbook.operations import OPERATIONS

BY_VERB = {operation.verb: operation for operation in OPERATIONS}


def from_params(verb: str, params: dict[str, Any]) -> Operation:
    """Return the operation whose `verb` and `params()` were recorded as JSON. Raises KeyError or ValidationError."""
    rebuilt: Operation = TypeAdapter(BY_VERB[verb]).validate_python(params)
    return rebuilt
