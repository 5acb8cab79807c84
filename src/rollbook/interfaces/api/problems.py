"""What stands against a request, as problem details (RFC 9457)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.db import DataError
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import Field

from rollbook.common.text import storable
from rollbook.ledger import errors as ledger_errors
from rollbook.ledger.errors import LedgerError
from rollbook.people.profile_checks import Taken

MEDIA_TYPE = "application/problem+json"
KIND = "urn:rollbook:problem:"
# What the ledger refuses: the problem's kind, its status, and the part of the body that it is about.
OF_THE_LEDGER: dict[type[LedgerError], tuple[str, int, str]] = {
    ledger_errors.StalePlan: ("stale-plan", 409, ""),
    ledger_errors.AlreadyApplied: ("already-applied", 409, ""),
    ledger_errors.Refused: ("refused", 409, ""),
    ledger_errors.NothingToDo: ("nothing-to-do", 409, ""),
    ledger_errors.Held: ("held", 409, ""),
    ledger_errors.AlreadyDecided: ("already-decided", 409, ""),
    ledger_errors.NotTheSecond: ("not-allowed", 403, ""),
    ledger_errors.NotAllowed: ("not-allowed", 403, ""),
    ledger_errors.OutOfScope: ("out-of-scope", 403, ""),
    ledger_errors.ReasonMissing: ("invalid", 422, "#/reason"),
}


class FieldError(Schema):
    """One field that is not as it must be."""

    pointer: str = Field(
        description="where in the body (`#/email`), or which parameter (`?limit`, or a header's name)"
    )
    reason: str = Field(description="what is wrong and how to put it right")
    user_id: int | None = Field(
        None, description="to whom the value belongs already, where this token may see that user"
    )


class Problem(Schema):
    """Why a request was not done. Nothing was changed."""

    type: str = Field(description="the kind of problem, for programs: `urn:rollbook:problem:stale-plan`")
    title: str
    status: int
    detail: str = Field(description="a sentence for people")
    errors: list[FieldError] = []


class ApiProblem(Exception):
    """A request is not done."""

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        *,
        fields: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail = status, kind, detail
        self.fields, self.headers = fields or {}, headers or {}

    def response(self) -> HttpResponse:
        """Return it as an answer."""
        problem = Problem(
            type=KIND + self.kind,
            title=HTTPStatus(self.status).phrase,
            status=self.status,
            detail=storable(self.detail),
            errors=[
                FieldError(
                    pointer=storable(pointer),
                    reason=storable(reason),
                    user_id=reason.holder.pk if isinstance(reason, Taken) else None,
                )
                for pointer, reason in self.fields.items()
            ],
        )
        return HttpResponse(
            problem.model_dump_json(exclude_none=True),
            status=self.status,
            content_type=MEDIA_TYPE,
            headers=dict(self.headers),
        )


def not_found(what: str) -> ApiProblem:
    """Return that something is not there, or not for this token: the two are not told apart."""
    return ApiProblem(404, "not-found", f"There is no {what}, or it is beyond what this token may see.")


def invalid(fields: Mapping[str, str]) -> ApiProblem:
    """Return what stands against the fields of a body, {pointer: sentence}."""
    return ApiProblem(422, "invalid", " ".join(fields.values()), fields=fields)


def of_the_ledger(error: LedgerError) -> ApiProblem:
    """Return what the ledger refused."""
    kind, status, pointer = OF_THE_LEDGER.get(type(error), ("refused", 409, ""))
    return ApiProblem(status, kind, str(error), fields={pointer: str(error)} if pointer else None)


def register_handlers(api: NinjaAPI) -> None:
    """Let every exception that says something about a request be answered as a problem."""

    def handle(kind: type[Exception], problem_of: Any) -> None:
        def handler(_request: HttpRequest, error: Any) -> HttpResponse:
            problem: ApiProblem = problem_of(error)
            return problem.response()

        api.add_exception_handler(kind, handler)

    handle(ApiProblem, lambda error: error)
    handle(LedgerError, of_the_ledger)
    handle(ValidationError, lambda error: invalid(dict(map(_field, error.errors))))
    handle(AuthenticationError, _unauthenticated)
    handle(HttpError, lambda error: ApiProblem(error.status_code, "malformed", f"{error}."))
    for kind in (DataError, UnicodeEncodeError):
        handle(kind, _cannot_be_stored)


def _field(error: dict[str, Any]) -> tuple[str, str]:
    source, *path = (str(part) for part in error["loc"])
    if source == "body":
        # Its first part is the name that our own code gives to the body.
        return "#/" + "/".join(path[1:]), error["msg"]
    return f"{'?' if source == 'query' else ''}{path[-1] if path else ''}", error["msg"]


def _unauthenticated(_error: Exception) -> ApiProblem:
    return ApiProblem(
        401,
        "unauthenticated",
        "Send a token that works, as “Authorization: Bearer rollbook_...”. Super users create them in the console.",
        headers={"WWW-Authenticate": 'Bearer realm="Rollbook"'},
    )


def _cannot_be_stored(_error: Exception) -> ApiProblem:
    return ApiProblem(
        422,
        "cannot-be-stored",
        "A text has characters that cannot be stored (such as U+0000), or a number is too large. Nothing was changed.",
    )
