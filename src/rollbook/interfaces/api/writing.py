"""Requests that change something: each is one transaction, and done once for one `Idempotency-Key`."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Schema

from rollbook.interfaces.api.bearer import actor_of
from rollbook.interfaces.api.problems import ApiProblem, invalid
from rollbook.interfaces.web.checked import Checked
from rollbook.ledger import writer
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.operation import Operation
from rollbook.people.api_answers import claim, keep

HEADER = "Idempotency-Key"
KEY = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True)
class Answer:
    """What is answered to a request that was done; without a body for 204."""

    status: int
    body: Schema | None = None
    headers: dict[str, str] = field(default_factory=dict)


def writing(view: Callable[..., Answer]) -> Callable[..., HttpResponse]:
    """Let a view that changes something run in one transaction, and at most once for each key of a token.

    The same request again gets the same answer. Another one with the same key is refused. Only what was done is kept:
    after a refusal, nothing happened and the key is free.
    """

    @wraps(view)
    def answering(request: HttpRequest, *args: Any, **given: Any) -> HttpResponse:
        key, token_id = request.headers.get(HEADER), actor_of(request).token_id
        with transaction.atomic():
            if key is None:
                return _sent(view(request, *args, **given))
            if not KEY.fullmatch(key):
                raise invalid({HEADER: "Give 1 to 255 visible ASCII characters, such as a UUID."})
            request_hash = _hash(request)
            if kept := claim(token_id, key, request_hash):
                if kept.request_hash != request_hash:
                    detail = (
                        "This Idempotency-Key was used for another request. Take a new one for each request."
                    )
                    raise ApiProblem(422, "key-used-otherwise", detail, fields={HEADER: detail})
                return _response(kept.status, kept.body, kept.headers)
            response = _sent(view(request, *args, **given))
            headers = {name: value for name, value in response.items() if name != "Content-Type"}
            keep(token_id, key, status=response.status_code, headers=headers, body=response.content.decode())
            return response

    return answering


def done(request: HttpRequest, operation: Operation, *, reason: str = "") -> OperationRecord:
    """Plan and apply in one go, for a request that says all that is to be. Raises ApiProblem or LedgerError.

    What stands against single fields is said of each of them.
    """
    acting = actor_of(request)
    if isinstance(operation, Checked) and (problems := operation.problems(acting)):
        raise invalid({"#/" + name.replace(".", "/"): problem for name, problem in problems.items()})
    return writer.apply(writer.preview(operation, acting=acting), acting=acting, reason=reason)


def _hash(request: HttpRequest) -> str:
    asked = f"{request.method} {request.get_full_path()}\n{request.headers.get('If-Match', '')}\n"
    return sha256(asked.encode() + request.body).hexdigest()


def _sent(answer: Answer) -> HttpResponse:
    return _response(answer.status, answer.body.model_dump_json() if answer.body else "", answer.headers)


def _response(status: int, body: str, headers: dict[str, str]) -> HttpResponse:
    response = HttpResponse(body, status=status, content_type="application/json", headers=headers)
    if not body:
        del response["Content-Type"]
    return response
