"""Pages of the console as a super user gets them, and what their queries read."""

import json
from collections.abc import Callable, Collection, Iterator
from typing import Any

from django.db import connection
from django.test import Client

from rollbook.people.models import User

Query = dict[str, str | int]
MOST_READ = 20_000


def super_user() -> User:
    """Make the first user a super user."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE rollbook_user DISABLE TRIGGER USER")
        cursor.execute("UPDATE rollbook_user SET access_level = 'super_user' WHERE id = 1")
        cursor.execute("ALTER TABLE rollbook_user ENABLE TRIGGER USER")
    return User.objects.get(pk=1)


def sequential_scans(client: Client, path: str, query: Query, large: Collection[str]) -> list[str]:
    """Return those of the large tables of which a page reads more than `MOST_READ` rows one after the other."""
    found: set[str] = set()

    def explain(execute: Callable[..., Any], sql: str, params: Any, *rest: Any) -> Any:
        if sql.startswith("SELECT"):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
                (plan,) = cursor.fetchone()
            plan = json.loads(plan) if isinstance(plan, str) else plan
            scans = [node for node in _nodes(plan[0]["Plan"]) if node["Node Type"] == "Seq Scan"]
            found.update(node["Relation Name"] for node in scans if _read(node) > MOST_READ)
        return execute(sql, params, *rest)

    with connection.execute_wrapper(explain):
        client.get(path, query)
    return sorted(found & set(large))


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", []):
        yield from _nodes(below)


def _read(scan: dict[str, Any]) -> float:
    """Return how many rows a scan read, of all its rounds."""
    read: float = (scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0)) * scan["Actual Loops"]
    return read
