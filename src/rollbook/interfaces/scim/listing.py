"""Lists: filter, order and pages (RFC 7644, section 3.4.2)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Model, QuerySet
from django.db.models.expressions import Combinable
from scim2_models import (
    Context,
    InvalidFilterException,
    InvalidPathException,
    InvalidSyntaxException,
    InvalidValueException,
    ListResponse,
    Resource,
    ResponseParameters,
)

from rollbook.interfaces.scim.asked import Asked, Reply
from rollbook.interfaces.scim.filters import Column, condition
from rollbook.interfaces.scim.limits import too_much
from rollbook.interfaces.scim.shapes import made_for

PAGE, LARGEST = 100, 200
FARTHEST = 10_000_000
SEARCH = {"startindex": "startIndex", "count": "count", "filter": "filter", "sortby": "sortBy", "sortorder": "sortOrder",
          "attributes": "attributes", "excludedattributes": "excludedAttributes"}  # fmt: skip


@dataclass(frozen=True)
class Listing:
    """What there is to list: rows, how they are searched and ordered, and how they are shown."""

    model: type[Resource[Any]]
    rows: "QuerySet[Any]"
    columns: Mapping[str, Column]
    orders: Mapping[str, str | Combinable]
    show: "Callable[[QuerySet[Any]], Sequence[Resource[Any]]]"


def listed(asked: Asked, *listings: Listing) -> Reply:
    """Return one page of what was asked for; of several kinds of resources the first kind comes first.

    A kind that has not what the filter asks about has nothing that fits. What no kind has is refused.
    """
    query = asked.query
    start = min(max(1, _number(query, "startIndex", 1)), FARTHEST)
    size = min(max(0, _number(query, "count", PAGE)), LARGEST)
    total, found = 0, list[dict[str, Any]]()
    for listing, rows in _fitting(query, listings):
        number, first, room = rows.count(), max(0, start - 1 - total), size - len(found)
        if room and first < number:
            found += [dumped(each, query) for each in listing.show(rows[first : first + room])]
        total += number
    body: dict[str, Any] = {
        "schemas": [str(ListResponse.__schema__)],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": len(found),
        "Resources": found,
    }
    return Reply(200, body)


def _fitting(query: Mapping[str, str], listings: Sequence[Listing]) -> "list[tuple[Listing, QuerySet[Any]]]":
    orders = [_order(query, listing) for listing in listings]
    if (by := query.get("sortBy")) and not any(orders):
        can = sorted({name for listing in listings for name in listing.orders})
        raise InvalidPathException(detail=f"Rollbook cannot order by “{by}”. It can by: {', '.join(can)}.")
    fitting, refused = [], list[InvalidFilterException]()
    for listing, order in zip(listings, orders, strict=True):
        rows: QuerySet[Model] = listing.rows
        try:
            if (written := query.get("filter")) is not None:
                rows = rows.filter(condition(written, listing.model, listing.columns))
        except InvalidFilterException as error:
            refused.append(error)
        else:
            fitting.append((listing, rows.order_by(*order or ["pk"])))
    if not fitting:
        raise refused[0]
    return fitting


def _order(query: Mapping[str, str], listing: Listing) -> list[Any]:
    """Return what is ordered by, and nothing where nobody asked or these resources have it not."""
    schema = f"{listing.model.__schema__}:".lower()
    order = listing.orders.get(query.get("sortBy", "").lower().removeprefix(schema))
    if order is None:
        return []
    expression = F(order) if isinstance(order, str) else order
    descending = query.get("sortOrder", "").lower() == "descending"
    # Whoever has no value comes last, or first in descending order.
    placed = expression.desc(nulls_first=True) if descending else expression.asc(nulls_last=True)  # type: ignore[attr-defined]
    return [placed, "-pk" if descending else "pk"]


def dumped(resource: Resource[Any], query: Mapping[str, str]) -> dict[str, Any]:
    """Return a resource as JSON, with the attributes that were asked for."""
    wanted: dict[str, str] = {}
    for snake, name in (("attributes", "attributes"), ("excluded_attributes", "excludedAttributes")):
        if written := query.get(name):
            # Each is parsed as a path.
            if why := too_much(written):
                raise InvalidValueException(detail=f"{name} {why}.")
            wanted[snake] = written
    parameters = made_for(ResponseParameters, type(resource))
    found: dict[str, Any] = resource.model_dump(
        scim_ctx=Context.RESOURCE_QUERY_RESPONSE, response_parameters=parameters.model_validate(wanted)
    )
    return found


def names_asked_for(query: Mapping[str, str], name: str) -> bool:
    """Say whether an attribute is part of the answer."""

    def named(key: str) -> set[str]:
        return {
            part.strip().lower().split(".")[0].rpartition(":")[2] for part in query.get(key, "").split(",")
        } - {""}

    return name in named("attributes") if named("attributes") else name not in named("excludedAttributes")


def of_search(body: Any) -> dict[str, str]:
    """Return what the body of a search (`/.search`) asks for, as a query of an address has it."""
    if not isinstance(body, dict):
        raise InvalidSyntaxException(detail="A JSON object is expected.")
    found: dict[str, str] = {}
    for key, value in body.items():
        if (name := SEARCH.get(key.lower())) and value is not None:
            found[name] = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    return found


def _number(query: Mapping[str, str], name: str, otherwise: int) -> int:
    text = query.get(name, "")
    if not text:
        return otherwise
    if len(text) > 18 or not text.removeprefix("-").isascii() or not text.removeprefix("-").isdecimal():
        raise InvalidValueException(detail=f"{name} is a whole number; “{text[:20]}” is not one.")
    return int(text)
