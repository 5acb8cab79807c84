"""What ids and codes stand for: locations and user attributes."""

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema

from rollbook.interfaces.api.answers import READ
from rollbook.interfaces.api.bearer import entitled
from rollbook.interfaces.api.paging import Page, Paging, page_of
from rollbook.people.access import Right
from rollbook.people.models import Location, UserAttribute

router = Router(tags=["Locations and attributes"])


class LocationOut(Schema):
    """A place of the tree. `parent_id` is null at the top, and where the place above is out of scope."""

    id: int
    name: str
    parent_id: int | None


class AttributeOut(Schema):
    """A user attribute; with the key it is a Username attribute, whose values identify a user."""

    id: int
    code: str
    label: str
    kind: Literal["text", "number", "date", "choice"]
    choices: list[str]
    key: bool
    required: bool


@router.get(
    "/locations",
    response={200: Page[LocationOut], **READ},
    url_name="locations",
    operation_id="list_locations",
)
def locations(request: HttpRequest, asked: Query[Paging]) -> Any:
    """List the locations in scope. Needs `locations:view`."""
    acting = entitled(request, Right.LOCATIONS_VIEW)
    rows = acting.reach(Location.objects.all())
    seen = set(rows.values_list("pk", flat=True))

    def shown(found: list[Location]) -> list[LocationOut]:
        return [
            LocationOut(id=row.pk, name=row.name, parent_id=row.parent_id if row.parent_id in seen else None)
            for row in found
        ]

    return page_of(request, asked, rows, shown)


@router.get(
    "/attributes",
    response={200: Page[AttributeOut], **READ},
    url_name="attributes",
    operation_id="list_attributes",
)
def attributes(request: HttpRequest, asked: Query[Paging]) -> Any:
    """List the user attributes. Needs `attributes:view`."""
    entitled(request, Right.ATTRIBUTES_VIEW)
    names = AttributeOut.model_fields
    return page_of(
        request,
        asked,
        UserAttribute.objects.all(),
        lambda found: [AttributeOut(**{name: getattr(row, name) for name in names}) for row in found],
    )
