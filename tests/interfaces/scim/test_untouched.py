"""What is not on the list of what a client may set of a user stays as it is: generated from the models."""

from typing import Any

from rollbook.people.models import User
from tests.cast import Cast
from tests.interfaces.scim.conftest import OURS, Provider, person
from tests.snapshots import differences, snapshot, uncaptured

# What stands for a column elsewhere, and has tests of its own.
ALLOWED = {"username", "name", "emails", "active", "externalid"}
NAMES = sorted(
    {getattr(field, "attname", field.name) for field in User._meta.get_fields()} - ALLOWED
    | {"roles", "entitlements", "userType", "meta", "schemas", "groups", "displayName", "location"}
)
VALUES: tuple[Any, ...] = (
    "super_user",
    "Another",
    1,
    True,
    None,
    [],
    ["1"],
    {"value": "1"},
    [{"value": "role-1"}],
)
NEW = {"access_level": "learner", "status": "active", "merged_into_id": None, "language": ""}
NEW_UNCAPTURED = {"password": "", "last_login": None, "session_salt": None, "merge_told": True}


def camel(name: str) -> str:
    """Return `access_level` as SCIM would write it."""
    head, *rest = name.split("_")
    return head + "".join(map(str.title, rest))


def sent(name: str) -> dict[str, Any]:
    """Return it under both names, with a value that differs from name to name."""
    value = VALUES[NAMES.index(name) % len(VALUES)]
    return {name: value, camel(name): value}


def test_what_is_not_on_the_list_is_changed_by_no_patch_and_no_put(cast: Cast, entra: Provider) -> None:
    user, before = f"/Users/{entra.create('nora')['id']}", snapshot()
    hidden = uncaptured()["rollbook_user"]
    for name in NAMES:
        given = sent(name)
        ours = {} if name == "location" else {f"{OURS}:{name}": given[name]}
        for path, value in ({name: given[name]} | ours).items():
            answer = entra.patch(user, {"op": "replace", "path": path, "value": value})
            assert answer.status_code < 500, (path, value)
        assert entra.patch(user, {"op": "add", "value": given}).status_code < 500, given
        whole = person("nora", **given) if name != "schemas" else person("nora")
        assert entra.ask("PUT", user, whole).status_code < 500, given
        assert differences(before, snapshot()) == set(), given
        assert uncaptured()["rollbook_user"] == hidden, given


def test_what_is_not_on_the_list_is_set_of_no_new_user(cast: Cast, entra: Provider) -> None:
    before, hidden = snapshot(), uncaptured()["rollbook_user"]
    for field in User._meta.concrete_fields:
        if field.attname in NAMES:
            answer = entra.ask("POST", "/Users", person(f"new-{field.attname}", **sent(field.attname)))
            assert answer.status_code < 500, field.attname
    after = snapshot()
    made = [row for pk, row in after["rollbook_user"].items() if pk not in before["rollbook_user"]]
    assert made
    for row in made:
        assert NEW.items() <= row.items()
        assert (row["first_name"], row["last_name"], row["location_id"]) == ("Nora", "North", cast.north.pk)
    for pk, values in uncaptured()["rollbook_user"].items():
        assert values == hidden.get(pk, {"id": pk, **NEW_UNCAPTURED})
    tables = {table for table, _ in differences(before, after)}
    assert tables == {"rollbook_user", "rollbook_identifier"}
