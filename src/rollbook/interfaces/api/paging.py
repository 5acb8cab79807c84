"""Lists a page at a time. A cursor names the last row that was seen: the last page costs what the first does."""

import base64
import binascii
from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from rollbook.interfaces.api.problems import invalid

BIGINT = 2**63 - 1
Id = Annotated[int, Field(ge=1, le=BIGINT)]
T = TypeVar("T")


class Paging(Schema):
    """Which page."""

    limit: int = Field(50, ge=1, le=200, description="how many at most")
    cursor: str = Field("", max_length=100, description="`next` of the page before; empty for the first page")


class Page(Schema, Generic[T]):
    """One page of a list."""

    items: list[T]
    next: str | None = Field(description="the cursor of the next page; null where this is the last")


def page_of(
    request: HttpRequest,
    asked: Paging,
    rows: "QuerySet[Any]",
    shown: Callable[[list[Any]], list[T]],
    *,
    newest_first: bool = False,
) -> Page[T]:
    """Return a page of rows in the order of their ids. Raises ApiProblem for a parameter that does not exist.

    A filter that is spelt wrong must not answer with everything.
    """
    if unknown := sorted(request.GET.keys() - type(asked).model_fields.keys()):
        raise invalid({f"?{name}": "There is no such parameter." for name in unknown})
    if last := last_seen(asked):
        rows = rows.filter(pk__lt=last) if newest_first else rows.filter(pk__gt=last)
    found = list(rows.order_by("-pk" if newest_first else "pk")[: asked.limit + 1])
    more = len(found) > asked.limit
    found = found[: asked.limit]
    return Page(items=shown(found), next=_cursor(found[-1].pk) if more else None)


def last_seen(asked: Paging) -> int:
    """Return the id of the last row of the page before, 0 for the first page. Raises ApiProblem for no cursor."""
    return _id(asked.cursor) if asked.cursor else 0


def _cursor(row_id: int) -> str:
    return base64.urlsafe_b64encode(str(row_id).encode()).decode().rstrip("=")


def _id(cursor: str) -> int:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        text = ""
    if not text.isdecimal() or int(text) > BIGINT:
        raise invalid({"?cursor": "This is no cursor of this list. Take `next` of the page before as it is."})
    return int(text)
