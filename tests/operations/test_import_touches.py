"""An import changes what is on the list of importable fields, and nothing else of the register."""

import uuid
from datetime import UTC, datetime

import pytest

from rollbook.common.sheets.bad_file import BadFile
from rollbook.ledger.tables import captured_columns, recorded_models
from rollbook.ledger.writer import apply, preview
from rollbook.operations.import_users import ImportUsers
from rollbook.people.access import actor_for
from rollbook.people.importing.columns import guessed, importable
from rollbook.people.importing.staging import Choice, with_columns
from rollbook.people.models import AttributeValue, Identifier, User
from tests.cast import Cast, outside_the_ledger
from tests.operations.import_cases import bring, clear, sent
from tests.snapshots import differences, snapshot, uncaptured

MAY_CHANGE = {
    User._meta.db_table: {"first_name", "last_name", "email", "location_id", "send_notifications"},
    Identifier._meta.db_table: {"value"},
    AttributeValue._meta.db_table: {"value"},
}
# What a new user is, whatever the file says.
NEW = {"access_level": "learner", "status": "active", "merged_into_id": None, "language": ""}
NEW_UNCAPTURED = {"password": "", "last_login": None, "session_salt": None, "merge_told": True}
# All that a column can be, besides the attributes.
IMPORTABLE = {"id", "first_name", "last_name", "email", "location", "send_notifications"}
NAMES = {
    name
    for field in User._meta.get_fields()
    for name in (
        field.name,
        getattr(field, "attname", field.name),
        str(getattr(field, "verbose_name", field.name)),
    )
}
# As other systems call what they keep of a user, and as a person may.
NAMES |= {
    "Access level",
    "Role",
    "is_active",
    "is_staff",
    "is_superuser",
    "groups",
    "permissions",
    "Merged into",
}
NAMES |= {"lms_user_id", "content_roles", "managed_location_ids", "api_token", "actor", "right", "user"}
VALUES = ("super_user", "1", "true", "2020-01-01", "Another", "[]", "pbkdf2_sha256$1$x$y")


def signed_in_once(cast: Cast) -> None:
    """Let Ben have something in every column that is not recorded."""
    values = {
        "password": "pbkdf2_sha256$1$salt$hash",
        "last_login": datetime(2026, 3, 12, tzinfo=UTC),
        "session_salt": uuid.UUID(int=7),
        "merge_told": False,
    }
    assert set(values) == User.UNCAPTURED
    with outside_the_ledger():
        User.objects.filter(pk=cast.ben.pk).update(**values)


def test_everything_that_is_not_listed_stays(cast: Cast) -> None:
    for maker in (bring, clear):
        signed_in_once(cast)
        scene = maker(cast)
        before, hidden = snapshot(), uncaptured()
        apply(preview(scene.operation, acting=scene.actor), acting=scene.actor)
        after = snapshot()
        assert not [one for one in differences(hidden, uncaptured()) if one[1] in hidden[one[0]]]
        for model in recorded_models():
            table = model._meta.db_table
            fixed = set(captured_columns(model)) - MAY_CHANGE.get(table, set())
            for row_id, row in before[table].items():
                now = after[table].get(row_id)
                assert now is not None or table in {Identifier._meta.db_table, AttributeValue._meta.db_table}
                assert now is None or {name: row[name] for name in fixed} == {
                    name: now[name] for name in fixed
                }
            made = after[table].keys() - before[table].keys()
            assert not made or table in MAY_CHANGE
            if model is User:
                for row_id in made:
                    assert NEW.items() <= after[table][row_id].items()


def test_of_all_that_a_user_has_a_column_can_be_what_is_on_the_list_and_nothing_else(cast: Cast) -> None:
    fields = importable()
    assert {key for key, field in fields.items() if field.attribute is None} == IMPORTABLE
    known = {name: guessed([name], fields)[0] for name in NAMES}
    assert {key for key in known.values() if key} == IMPORTABLE
    others = sorted({name.casefold(): name for name, key in known.items() if not key}.values())
    assert {"access_level", "status", "password", "session_salt", "merged_into_id"} <= set(others)
    signed_in_once(cast)
    acting = actor_for(cast.alice)
    values = [VALUES[number % len(VALUES)] for number in range(len(others))]
    file = sent(
        acting,
        ",".join(["Student ID", "First name", "Location", *others]),
        ("00123", "Benny", "", *values),
        ("00777", "Nele", "Oak", *values),
        by="attributes.student_id",
    )
    # Nor can somebody say that it is one of them.
    for name in others:
        for field in {name, f"attributes.{name}"} - set(fields):
            with pytest.raises(BadFile, match="There is no field"):
                with_columns(file, Choice({others[0]: field}, "attributes.student_id"))
    operation = ImportUsers(file_id=file.pk)
    operation.prepare(acting)
    before, hidden = snapshot(), uncaptured()
    apply(preview(operation, acting=acting), acting=acting)
    after, nele = snapshot(), User.objects.get(identifiers__value="00777")
    number = Identifier.objects.get(user=nele)
    assert differences(before, after) == {
        (User._meta.db_table, cast.ben.pk),
        (User._meta.db_table, nele.pk),
        (Identifier._meta.db_table, number.pk),
    }
    users = User._meta.db_table
    assert after[users][cast.ben.pk] == {**before[users][cast.ben.pk], "first_name": "Benny"}
    assert NEW.items() <= after[users][nele.pk].items()
    assert uncaptured() == {**hidden, users: {**hidden[users], nele.pk: {"id": nele.pk, **NEW_UNCAPTURED}}}
