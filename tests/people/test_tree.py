"""The tree of locations in queries."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from rollbook.people.access import actor_for
from rollbook.people.models import User
from rollbook.people.selection import UserSelection
from tests.cast import assemble, outside_the_ledger, user


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


@pytest.mark.django_db
def test_the_tree_is_walked_once_and_not_for_every_user_also_where_users_are_taken_to_be_few() -> None:
    cast = assemble()
    with outside_the_ledger():
        for number in range(20):
            user(f"Learner{number}", "Many", cast.oak)
    users = UserSelection(location_id=cast.north.pk).within(actor_for(cast.lou))
    sql, params = User.objects.filter(pk__in=users.values("pk")).query.sql_with_params()
    with connection.cursor() as cursor:
        # What PostgreSQL does of itself for tables that were filled since it last looked.
        cursor.execute(
            "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_material = off; "
            "SET LOCAL enable_hashagg = off; SET LOCAL enable_sort = off; SET LOCAL enable_memoize = off"
        )
        cursor.execute(f"EXPLAIN (ANALYZE, VERBOSE, FORMAT JSON) {sql}", params)
        (found,) = cursor.fetchone()
    plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    walks = [node for node in nodes(plan) if "rollbook_locations" in str(node.get("Output"))]
    assert plan["Actual Rows"] == 23  # with Ben, Bea and Dora
    assert walks
    assert {node["Actual Loops"] for node in walks} <= {0, 1}
