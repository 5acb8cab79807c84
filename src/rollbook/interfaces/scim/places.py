"""Locations by name, as identity providers send them: "North / Oak"."""

from collections.abc import Mapping

from rollbook.people.api_tokens import ScimActor
from rollbook.people.models import Location

BETWEEN = " / "


def places_of(acting: ScimActor) -> dict[int, str]:
    """Return {id: its name after those above it} of the locations in scope, from the top of the scope on."""
    rows = acting.reach(Location.objects.order_by()).values_list("pk", "name", "parent_id")
    found = {pk: (name, parent) for pk, name, parent in rows}
    return {pk: BETWEEN.join(_line(pk, found)) for pk in found}


def _line(pk: int, found: Mapping[int, tuple[str, int | None]]) -> list[str]:
    names: list[str] = []
    at: int | None = pk
    while at is not None and at in found:
        name, at = found[at]
        names.insert(0, name)
    return names


def place_called(name: str, places: dict[int, str]) -> int | None:
    """Return the id of the one location that is called so, or None."""
    called = [pk for pk, each in places.items() if each == name]
    return called[0] if len(called) == 1 else None


def usual_place(acting: ScimActor, places: dict[int, str]) -> str | None:
    """Return where new users are put unless the client says so: its own location, or the only one at the top."""
    if acting.location_id is not None:
        return places.get(acting.location_id)
    tops = [name for name in places.values() if BETWEEN not in name]
    return tops[0] if len(tops) == 1 else None
