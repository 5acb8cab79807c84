"""Many merges at once: 1,000 pairs from a spreadsheet, previewed, applied and undone as one operation.

Each pair has two courses, one of them shared, an identifier each, and an LMS account on one side.
"""

import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from benchmarks.figures import cpu_seconds, parent
from rollbook.ledger.operation import Plan
from rollbook.ledger.undo import Undo
from rollbook.ledger.writer import apply, preview
from rollbook.operations.merge_many_users import MergeManyUsers
from rollbook.people.access import operator
from rollbook.people.pairs import Pair

PAIRS = 1_000
CATALOGUE = """
INSERT INTO rollbook_category (name) VALUES ('Merged');
INSERT INTO rollbook_course (title, description, category_id, open, certificate)
SELECT 'Merged ' || i, '', c.id, true, true FROM rollbook_category c, generate_series(1, 2) i WHERE c.name = 'Merged';
"""
ENROLMENTS = """
INSERT INTO rollbook_enrolment (user_id, course_id, current, status, started_at)
SELECT u, c.id, true, 'in_progress', now() FROM generate_series(1, %s) u, rollbook_course c
WHERE c.title = 'Merged 1' OR (c.title = 'Merged 2' AND u %% 2 = 0)
"""


def run(users: int) -> None:
    """Print seconds and queries for the preview, the apply and the undo of 1,000 pairs, and the peak of memory."""
    pairs = min(PAIRS, users // 2)
    with connection.cursor() as cursor:
        for table in ("category", "course"):
            cursor.execute(f"ALTER TABLE rollbook_{table} DISABLE TRIGGER USER")
        cursor.execute(CATALOGUE)
        for table in ("category", "course"):
            cursor.execute(f"ALTER TABLE rollbook_{table} ENABLE TRIGGER USER")
        cursor.execute(ENROLMENTS, [2 * pairs])
        cursor.execute("VACUUM ANALYZE")
    acting = operator("bench")
    named = tuple(Pair(i + 1, f"{2 * i + 1:09}", f"{2 * i + 2:09}") for i in range(pairs))

    def merge() -> Plan:
        return preview(MergeManyUsers(pairs=named), acting=acting)

    plan = _measured("preview", pairs, merge)
    record = _measured("apply", pairs, lambda: apply(plan, acting=acting, reason="bench"))
    undo = _measured("preview of undo", pairs, lambda: preview(Undo(operation_id=record.pk), acting=acting))
    undone = _measured("undo", pairs, lambda: apply(undo, acting=acting, reason="bench"))
    rows = sum(kinds["update"] for kinds in record.counts.values())
    if not undo.rows == rows == sum(kinds["update"] for kinds in undone.counts.values()):
        raise RuntimeError(f"{rows} rows changed, and {undo.rows} and {undone.counts} went back")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{pairs:,} pairs, {rows:,} rows; peak memory of this process {peak:.0f} MB")


def _measured(name: str, pairs: int, work: Callable[[], Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        server = parent(cursor.fetchone()[0])
    cpu, own, wall = cpu_seconds(server), time.process_time(), time.perf_counter()
    with _counting() as seen:
        result = work()
    wall, own = time.perf_counter() - wall, time.process_time() - own
    print(
        f"{name:<16} {wall:6.1f} s  CPU: Python {own:5.1f} s, database {cpu_seconds(server) - cpu:5.1f} s  "
        f"{len(seen):,} queries, {len(seen) / pairs:.1f} a pair",
        flush=True,
    )
    return result


@contextmanager
def _counting() -> Iterator[list[None]]:
    seen: list[None] = []

    def count(execute: Callable[..., Any], *args: Any) -> Any:
        seen.append(None)
        return execute(*args)

    with connection.execute_wrapper(count):
        yield seen
