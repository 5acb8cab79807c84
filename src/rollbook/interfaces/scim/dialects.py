"""What identity providers send, brought into the one form that the standard has. Pure.

Seen of Entra ID (CASES 45): `"op": "Replace"`, texts for booleans, dotted keys without a path; of Okta: every attribute
of a profile, whether the schema has it or not. What Rollbook makes itself (`displayName`) or leaves to the learner
(`preferredLanguage`) is passed over wherever it is sent.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from scim2_models import InvalidPathException, InvalidSyntaxException, InvalidValueException

from rollbook.interfaces.scim.limits import too_much

MADE_HERE = frozenset({"displayname", "name.formatted", "preferredlanguage"})
OPERATIONS = 200


def whole(body: Any, standing: Mapping[str, Any], extension: str) -> dict[str, Any]:
    """Return the body of a POST or PUT, in which what is missing stands as `standing` says.

    `standing` holds `active`, `name` and `location`, which is of our extension. A name may also be given as
    `displayName` alone.
    """
    given = dict(_object(body))
    keys = {key.lower(): key for key in given}
    if "active" not in keys or given[keys["active"]] is None:
        given[keys.get("active", "active")] = standing["active"]
    name = given.get(keys.get("name", "name"))
    displayed = given.get(keys.get("displayname", "displayName"))
    if not name:
        given[keys.get("name", "name")] = standing["name"] or {"givenName": displayed or None}
    elif isinstance(name, dict) and not any(name[key] for key in name if key.lower() == "givenname"):
        full = next((name[key] for key in name if key.lower() == "formatted"), None)
        given[keys["name"]] = {**name, "givenName": full or displayed or None}
    ours = given.get(keys.get(extension.lower(), extension)) or {}
    if isinstance(ours, dict) and not any(key.lower() == "location" for key in ours):
        given[keys.get(extension.lower(), extension)] = {**ours, "location": standing["location"]}
    if "emails" in keys:
        given[keys["emails"]] = _one_address(given[keys["emails"]])
    return given


def says_where(body: Mapping[str, Any], extension: str) -> bool:
    """Say whether a body of `whole` has a location, or something in its place that the schema refuses."""
    ours = next((body[key] for key in body if key.lower() == extension.lower()), None)
    return not isinstance(ours, dict) or any(ours[key] for key in ours if key.lower() == "location")


def operations(body: Any, *, made_here: frozenset[str] = MADE_HERE) -> dict[str, Any]:
    """Return the body of a PATCH in which every operation has a path, without those on what is `made_here`."""
    given = _object(body)
    found = next((value for key, value in given.items() if key.lower() == "operations"), None)
    if not isinstance(found, list) or not found:
        raise InvalidSyntaxException(detail="Operations is a list of at least one operation.")
    if len(found) > OPERATIONS:
        raise InvalidValueException(detail=f"{OPERATIONS} operations are the most. Send several requests.")
    flat = [
        each
        for one in found
        for each in _flat(_object(one))
        if str(each.get("path")).lower() not in made_here
    ]
    others = {key: value for key, value in given.items() if key.lower() != "operations"}
    return {**others, "Operations": flat}


def _flat(operation: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield an operation without a path as one for each key of its value."""
    named = {key.lower(): value for key, value in operation.items()}
    op, path, value = named.get("op"), named.get("path"), named.get("value")
    if path is None and isinstance(value, dict):
        for key, each in value.items():
            if key.lower() not in {"schemas", "id", "meta"}:
                yield from _settled(op, key, named, each)
    else:
        yield from _settled(op, path, named, value)


def _settled(op: Any, path: Any, named: Mapping[str, Any], value: Any) -> Iterator[dict[str, Any]]:
    place = path.lower() if isinstance(path, str) else ""
    if why := too_much(place):
        raise InvalidPathException(detail=f"The path {why}.")
    if place == "name" and isinstance(value, dict):
        value = {key: each for key, each in value.items() if key.lower() != "formatted"}
    if place.startswith("emails"):
        value = _one_address(value)
        if place == "emails" and isinstance(op, str) and op.lower() == "add":
            op = "replace"  # There is one address.
    settled = {"op": op, "path": path}
    yield settled | {"value": value} if "value" in named else settled


def _one_address(value: Any) -> Any:
    """Return the primary address of several, else the one for work, else the first; and of it what we keep."""
    if isinstance(value, dict):
        return {key: each for key, each in value.items() if key.lower() in {"value", "type"}}
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        return value
    ordered = sorted(
        value,
        key=lambda each: (each.get("primary") not in (True, "true", "True"), each.get("type") != "work"),
    )
    return [_one_address(each) for each in ordered[:1]]


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidSyntaxException(detail="A JSON object is expected.")
    return value
