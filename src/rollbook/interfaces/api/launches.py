"""Launches: who arrived from which LMS, and what was decided."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from rollbook.interfaces.api.answers import READ
from rollbook.interfaces.api.bearer import entitled
from rollbook.interfaces.api.paging import Id, Page, Paging, page_of
from rollbook.interfaces.api.problems import not_found
from rollbook.lms.evidence import found_in, seen_by
from rollbook.lms.models import Launch
from rollbook.lms.queue import visible_launches
from rollbook.people.access import ClientActor, Right
from rollbook.people.models import User

router = Router(tags=["Launches"])


class LaunchOut(Schema):
    """A person arriving from an LMS. `subject` is the LMS's own id for the person."""

    id: int
    reference: str
    at: datetime
    lms: str
    subject: str
    outcome: str = Field(description=", ".join(f"`{value}`" for value in Launch.Outcome.values))
    user_id: int | None
    evidence: dict[str, Any] = Field(
        description="of each matcher whom it found; who is beyond the token's location has no id"
    )
    claims: dict[str, Any]


class LaunchFilters(Paging):
    """Which launches. What is not given does not matter."""

    user_id: Id | None = None
    reference: str = Field("", max_length=20, description="as a person who was refused is told it")
    outcome: str = Field("", max_length=20)


@router.get(
    "/launches", response={200: Page[LaunchOut], **READ}, url_name="launches", operation_id="list_launches"
)
def launches(request: HttpRequest, asked: Query[LaunchFilters]) -> Any:
    """List launches, the newest first. Needs `launches:view`."""
    acting = entitled(request, Right.LAUNCHES_VIEW)
    given = {name: value for name, value in asked.dict(exclude={"limit", "cursor"}).items() if value}
    rows = visible_launches(acting).filter(**given).select_related("lms")
    return page_of(request, asked, rows, lambda found: _shown(found, acting), newest_first=True)


@router.get(
    "/launches/{int:launch_id}",
    response={200: LaunchOut, **READ},
    url_name="launch",
    operation_id="get_launch",
)
def launch(request: HttpRequest, launch_id: int) -> Any:
    """Read a launch: the decision, its evidence and what was sent. Needs `launches:view`."""
    acting = entitled(request, Right.LAUNCHES_VIEW)
    row = visible_launches(acting).filter(pk=launch_id).select_related("lms").first()
    if row is None:
        raise not_found(f"launch {launch_id}")
    return _shown([row], acting)[0]


def _shown(rows: Sequence[Launch], acting: ClientActor) -> list[LaunchOut]:
    about = {pk for row in rows for pk in (*found_in(row.evidence), *row.evidence.get("several", []))}
    seen = set(acting.sees_users(User.objects.filter(pk__in=about)).values_list("pk", flat=True))
    return [_out(row, seen) for row in rows]


def _out(row: Launch, seen: set[int]) -> LaunchOut:
    return LaunchOut(
        id=row.pk,
        reference=row.reference,
        at=row.at,
        lms=row.lms.name,
        subject=row.subject,
        outcome=row.outcome,
        user_id=row.user_id,
        evidence=seen_by(seen, row.evidence),
        claims=row.claims,
    )
