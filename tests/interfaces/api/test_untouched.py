"""What is not on the list of what may be given of a user stays as it is: generated from the models."""

from dataclasses import fields
from datetime import datetime
from typing import Any

import pytest
from django.db.models import BooleanField, DateTimeField, Field, ForeignKey

from rollbook.interfaces.api.user_shapes import UserFields
from rollbook.people.models import User
from rollbook.people.profile import Profile
from tests.cast import Cast
from tests.interfaces.api.conftest import Calling
from tests.snapshots import differences, snapshot, uncaptured

ALLOWED = {"first_name", "last_name", "email", "access_level", "location_id", "send_notifications"}
NAMES = sorted(
    {
        name
        for field in User._meta.get_fields()
        for name in (field.name, getattr(field, "attname", field.name))
    }
)
OTHERS = [name for name in NAMES if name not in ALLOWED]


def test_the_list_is_that_of_a_profile() -> None:
    assert set(UserFields.model_fields) == {field.name for field in fields(Profile)}
    assert set(UserFields.model_fields) >= ALLOWED


def users_uncaptured() -> Any:
    """Return what is not recorded of users; of the token, when it was last used may change."""
    return uncaptured()["rollbook_user"]


def another(field: "Field[Any, Any]", user: User, cast: Cast) -> Any:
    if isinstance(field, BooleanField):
        return not getattr(user, field.attname)
    if isinstance(field, DateTimeField):
        return datetime(2020, 1, 1).isoformat()  # noqa: DTZ001  # any text will do
    if isinstance(field, ForeignKey):
        return cast.north.pk
    return "another@example.org" if field.name == "email" else "Another"


@pytest.mark.parametrize("method", ["PATCH", "POST"])
@pytest.mark.parametrize("name", OTHERS)
def test_what_is_not_on_the_list_is_refused_and_nothing_changes(
    name: str, method: str, calling: Calling, cast: Cast
) -> None:
    caller, before, hidden = calling(), snapshot(), users_uncaptured()
    path = f"/users/{cast.ben.pk}" if method == "PATCH" else "/users"
    for value in ("x", 1, True, None, [], {}):
        answer = caller(method, path, {"first_name": "Nele", "location_id": cast.oak.pk, name: value})
        if name in UserFields.model_fields:
            continue  # managed_location_ids and attributes are lists of their own
        assert answer.status_code == 422, (name, value)
        assert f"#/{name}" in {error["pointer"] for error in answer.json()["errors"]}
    if name not in UserFields.model_fields:
        assert differences(before, snapshot()) == set()
        assert users_uncaptured() == hidden


@pytest.mark.parametrize("name", sorted(ALLOWED - {"access_level"}))
def test_what_is_on_the_list_changes_its_own_column_and_no_other(
    name: str, calling: Calling, cast: Cast
) -> None:
    caller, before, hidden = calling(), snapshot(), users_uncaptured()
    field = next(field for field in User._meta.concrete_fields if field.attname == name)
    value = another(field, cast.ben, cast)
    assert caller("PATCH", f"/users/{cast.ben.pk}", {name: value}).status_code == 200
    after = snapshot()
    assert differences(before, after) == {("rollbook_user", cast.ben.pk)}
    old, new = (rows["rollbook_user"][cast.ben.pk] for rows in (before, after))
    assert {column for column in old if old[column] != new[column]} - {"search"} == {name}
    assert new[name] == value
    assert users_uncaptured() == hidden
