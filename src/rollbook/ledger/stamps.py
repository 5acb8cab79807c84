"""The last operation that changed a row, kept in the row itself.

A table of very many rows has it in place of an index by row in the record, which a million changes more would be
entered into all over: that cost a tenth of the UPDATE of a large reset, with its record (decision 0008).
"""

from django.db.models import BigIntegerField, Func

from rollbook.ledger.tables import Recorded

FIELD = "last_operation"
# A query of its own is asked once, and not for each row.
NUMBER = "(SELECT current_setting('rollbook.operation')::bigint)"


class ThisOperation(Func):
    """The number of the operation in whose name this transaction writes."""

    template = NUMBER
    output_field = BigIntegerField()


def is_stamped(model: type[Recorded]) -> bool:
    """Say whether rows of a model keep their last operation, which every update by an operation then sets."""
    return any(field.name == FIELD for field in model._meta.concrete_fields)


def stamp(model: type[Recorded]) -> dict[str, Func]:
    """Return what an update sets besides: {field: its value}; nothing where rows do not keep it."""
    return {FIELD: ThisOperation()} if is_stamped(model) else {}


def stamp_sql(model: type[Recorded]) -> str:
    """Return the same as SQL that follows the columns of an UPDATE."""
    return f", {FIELD}_id = {NUMBER}" if is_stamped(model) else ""
