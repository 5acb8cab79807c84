"""The door of SCIM: who asks, for what, and what becomes of it."""

import json
import math
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from scim2_models import (
    InvalidSyntaxException,
    NotFoundException,
    PayloadTooLargeException,
    SCIMException,
)

from rollbook.interfaces.scim import discovery, groups, problems, users
from rollbook.interfaces.scim.asked import POLICY, Asked, Reply
from rollbook.interfaces.scim.bulk import bulk
from rollbook.interfaces.scim.discovery import BULK_BYTES
from rollbook.interfaces.scim.limits import DEEPEST_BODY, too_deep
from rollbook.interfaces.scim.listing import SEARCH, listed, of_search
from rollbook.people.api_tokens import scim_actor
from rollbook.people.scim import note_refusal
from rollbook.people.throttle import Limit

MEDIA_TYPE = "application/scim+json"
# Entra ID asks for room for 25 requests a second.
REQUESTS = Limit("SCIM client", 3000, timedelta(minutes=1))
Handler = Callable[..., Reply]


class WrongMethod(SCIMException):
    """A method that an address does not take."""

    status = 405


def _search_everything(asked: Asked) -> Reply:
    """Search users and groups at once (RFC 7644, section 3.4.3)."""
    asked.query = of_search(asked.body)
    return listed(asked, users.listing(asked), groups.listing(asked))


def _bulk(asked: Asked) -> Reply:
    return bulk(asked, answered)


# By what follows /scim/v2; a star stands for an id.
ROUTES: Mapping[tuple[str, ...], Mapping[str, Handler]] = {
    ("ServiceProviderConfig",): {"GET": discovery.config},
    ("Schemas",): {"GET": discovery.schemas},
    ("Schemas", "*"): {"GET": discovery.schema},
    ("ResourceTypes",): {"GET": discovery.resource_types},
    ("ResourceTypes", "*"): {"GET": discovery.resource_type},
    ("Users",): {"GET": users.users, "POST": users.create_user},
    ("Users", ".search"): {"POST": users.search_users},
    ("Users", "*"): {
        "GET": users.user,
        "PUT": users.replace_user,
        "PATCH": users.patch_user,
        "DELETE": users.delete_user,
    },
    ("Groups",): {"GET": groups.groups, "POST": groups.create_group},
    ("Groups", ".search"): {"POST": groups.search_groups},
    ("Groups", "*"): {
        "GET": groups.group,
        "PUT": groups.replace_group,
        "PATCH": groups.patch_group,
        "DELETE": groups.delete_group,
    },
    ("Bulk",): {"POST": _bulk},
    (".search",): {"POST": _search_everything},
}


# No cookie opens SCIM, so that a forged request of another site carries nobody's name.
@csrf_exempt
def scim(request: HttpRequest, path: str) -> HttpResponse:
    """Answer one request."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    acting = scim_actor(secret.strip()) if scheme.lower() == "bearer" else None
    if acting is None:
        told = problems.error(
            401, "Send an API token with the right scim:connect, as “Authorization: Bearer rollbook_...”."
        )
        return _response(Reply(401, problems.body_of(told)), {"WWW-Authenticate": 'Bearer realm="Rollbook"'})
    if until := REQUESTS.count(str(acting.token_id)):
        seconds = max(1, math.ceil((until - timezone.now()).total_seconds()))
        told = problems.error(429, f"{REQUESTS.most} requests a minute are the most. Wait {seconds} seconds.")
        return _response(Reply(429, problems.body_of(told)), {"Retry-After": str(seconds)})
    asked = Asked(
        acting,
        str(request.method),
        f"/{path}",
        # One that is spelt `Filter` must not mean everybody.
        query={SEARCH.get(key.lower(), key): str(value) for key, value in request.GET.items()},
        version=request.headers.get("If-Match", ""),
        known=request.headers.get("If-None-Match", ""),
    )
    return _response(answered(asked, request))


def answered(asked: Asked, request: HttpRequest | None = None) -> Reply:
    """Do what is asked for, whole or not at all, and note what is refused."""
    try:
        handler, ids = _handler(asked)
        if request is not None and asked.method in {"POST", "PUT", "PATCH"}:
            asked.body = _body(request)
        # What a bulk request consists of stands or falls one by one.
        with POLICY, nullcontext() if handler is _bulk else transaction.atomic():
            reply = handler(asked, *ids)
    except problems.KNOWN as problem:
        told = problems.of(problem)
        reply = Reply(told.status or 400, problems.body_of(told))
    # That somebody is not there is what clients ask for before they create.
    if reply.status >= 400 and (asked.method, reply.status) != ("GET", 404):
        detail = str((reply.body or {}).get("detail", ""))
        note_refusal(asked.client, method=asked.method, path=asked.path, status=reply.status, detail=detail)
    return reply


def _handler(asked: Asked) -> tuple[Handler, tuple[str, ...]]:
    parts = tuple(part for part in asked.path.split("/") if part)
    found = ROUTES.get(parts)
    ids: tuple[str, ...] = ()
    if found is None and len(parts) == 2:
        found, ids = ROUTES.get((parts[0], "*")), parts[1:]
    if found is None:
        raise NotFoundException(detail=f"There is nothing at {asked.path}.")
    if asked.method not in found:
        raise WrongMethod(detail=f"This address takes {', '.join(found)}, not {asked.method}.")
    return found[asked.method], ids


def _body(request: HttpRequest) -> Any:
    if len(request.body) > BULK_BYTES:
        raise PayloadTooLargeException(detail=f"{BULK_BYTES} bytes are the most. Send several requests.")
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise InvalidSyntaxException(detail="The body is not JSON.") from error
    if too_deep(body):
        raise InvalidSyntaxException(
            detail=f"The body has more than {DEEPEST_BODY} lists and objects inside each other."
        )
    return body


def _response(reply: Reply, headers: Mapping[str, str] | None = None) -> HttpResponse:
    content = b"" if reply.body is None else json.dumps(reply.body).encode()
    response = HttpResponse(
        content, status=reply.status, content_type=MEDIA_TYPE, headers=dict(headers or {})
    )
    if reply.location:
        response["Location" if reply.status == 201 else "Content-Location"] = reply.location
    if reply.version:
        response["ETag"] = reply.version
    response["Cache-Control"] = "private, no-cache"
    return response
