"""What stands against a request, as SCIM errors (RFC 7644, section 3.12)."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import DataError, IntegrityError
from pydantic import ValidationError
from scim2_models import Context, Error, SCIMException

from rollbook.ledger import errors as ledger_errors
from rollbook.ledger.errors import LedgerError

STATUS: dict[type[LedgerError], int] = {
    ledger_errors.NotAllowed: 403,
    ledger_errors.OutOfScope: 403,
}
CANNOT_BE_STORED = "A text has characters that cannot be stored (such as U+0000), or a number is too large. Nothing was changed."
NOT_UNIQUE = (
    "A value that must be unique is another's by now. Read it again, and send what is still to change."
)
KNOWN = (
    SCIMException,
    ValidationError,
    LedgerError,
    IntegrityError,
    DataError,
    UnicodeEncodeError,
    RequestDataTooBig,
)


def error(status: int, detail: str, scim_type: str | None = None) -> Error:
    """Return an error as SCIM has it."""
    return Error(status=status, detail=detail, scim_type=scim_type)


def of(problem: Exception) -> Error:
    """Return what an exception of `KNOWN` says."""
    if isinstance(problem, SCIMException):
        return problem.to_error()
    if isinstance(problem, ValidationError):
        return Error.from_validation_errors(problem)[0]
    if isinstance(problem, LedgerError):
        return error(STATUS.get(type(problem), 409), str(problem))
    if isinstance(problem, IntegrityError):
        return error(409, NOT_UNIQUE, "uniqueness")
    if isinstance(problem, RequestDataTooBig):
        return error(413, "The request is too large. Send several.")
    return error(400, CANNOT_BE_STORED, "invalidValue")


def body_of(problem: Error) -> dict[str, Any]:
    """Return an error as JSON."""
    dumped: dict[str, Any] = problem.model_dump(scim_ctx=Context.DEFAULT)
    return dumped
