"""An import changes what is on the list of importable fields, and nothing else of the register."""

from rollbook.ledger.tables import captured_columns, recorded_models
from rollbook.ledger.writer import apply, preview
from rollbook.people.models import AttributeValue, Identifier, User
from tests.cast import Cast
from tests.operations.import_cases import bring, clear
from tests.snapshots import snapshot

MAY_CHANGE = {
    User._meta.db_table: {"first_name", "last_name", "email", "location_id", "send_notifications"},
    Identifier._meta.db_table: {"value"},
    AttributeValue._meta.db_table: {"value"},
}
# What a new user is, whatever the file says.
NEW = {"access_level": "learner", "status": "active", "merged_into_id": None, "language": ""}


def test_everything_that_is_not_listed_stays(cast: Cast) -> None:
    for maker in (bring, clear):
        scene = maker(cast)
        before = snapshot()
        apply(preview(scene.operation, acting=scene.actor), acting=scene.actor)
        after = snapshot()
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
