"""Merging two accounts with 10, 100 and 1,000 enrolments and 10 to 100,000 attempts each, and taking it back.

Half of the courses of each are also the other's. Every merge is undone before the next, and the cases take turns, so
that a ratio compares what ran at the same time. Queries are those of a preview with its apply, as a page sends it when
somebody confirms; BEGIN and COMMIT are not among them.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from statistics import median
from typing import Any, NamedTuple

from django.db import connection

from benchmarks.figures import cpu_seconds, parent
from benchmarks.training import clear, without_triggers
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.operation import Operation
from rollbook.ledger.undo import Undo
from rollbook.ledger.writer import apply, preview
from rollbook.operations.merge_users import MergeUsers
from rollbook.people.access import operator

ROUNDS = 7
ENROLMENTS, ATTEMPTS = (10, 100, 1_000), (10, 1_000, 100_000)
COURSES = """
WITH category AS (INSERT INTO rollbook_category (name) VALUES ('Merge') RETURNING id), course AS (
  INSERT INTO rollbook_course (title, description, category_id, open, certificate)
  SELECT 'Merge ' || i, '', id, true, true FROM category, generate_series(1, %s) i RETURNING id
) INSERT INTO rollbook_chapter (course_id, position, title, required, video, video_url, captions, captions_language, quiz)
SELECT id, 1, 'Chapter', true, '', '', '', 'en', '{}' FROM course
"""
# On the courses from the one numbered %(first)s on; every third is completed.
ENROLLED = """
WITH course AS (SELECT id, row_number() OVER (ORDER BY id) AS number FROM rollbook_course), enrolled AS (
  INSERT INTO rollbook_enrolment (user_id, course_id, current, status, started_at, completed_at)
  SELECT %(user)s, id, true, CASE (number + %(user)s) %% 3 WHEN 0 THEN 'completed' ELSE 'in_progress' END, now(),
         CASE (number + %(user)s) %% 3 WHEN 0 THEN now() END
  FROM course WHERE number >= %(first)s ORDER BY number LIMIT %(enrolments)s RETURNING id, course_id, status, completed_at
) INSERT INTO rollbook_chapter_progress (enrolment_id, chapter_id, status, bookmark, watched, resets, started_at, completed_at)
SELECT e.id, c.id, e.status, 0, true, 0, now(), e.completed_at FROM enrolled e JOIN rollbook_chapter c USING (course_id)
"""
ATTEMPTED = """
WITH mine AS (
  SELECT p.id, p.enrolment_id, row_number() OVER (ORDER BY p.id) - 1 AS number
  FROM rollbook_chapter_progress p JOIN rollbook_enrolment e ON e.id = p.enrolment_id WHERE e.user_id = %(user)s
) INSERT INTO rollbook_attempt (enrolment_id, progress_id, started_at, finished_at, score, passed, answers)
SELECT enrolment_id, id, now(), now(), 80, true, '{}' FROM generate_series(1, %(attempts)s) i
JOIN mine ON mine.number = i %% %(enrolments)s
"""


class Case(NamedTuple):
    """How many enrolments and attempts each of two accounts has."""

    enrolments: int
    attempts: int


@dataclass
class Spent:
    """Seconds of the wall; of CPU, of this process and the database's together; and queries."""

    wall: float = 0
    cpu: float = 0
    queries: int = 0


def run(users: int) -> None:
    """Print the medians of each case, and what 100,000 attempts cost against 1,000."""
    pairs = {Case(*sizes): 2 * n + 1 for n, sizes in enumerate(product(ENROLMENTS, ATTEMPTS))}
    _furnish(pairs)
    merged, undone = defaultdict[Case, list[Spent]](list), defaultdict[Case, list[Spent]](list)
    planned = defaultdict[Case, list[Spent]](list)
    # The first round is not counted: a process reads the unique keys of tables once.
    for _ in range(1 + ROUNDS):
        for case, primary in pairs.items():
            operation = MergeUsers(primary_id=primary, duplicate_ids=(primary + 1,))
            record = _do(operation, planned[case], merged[case])
            _do(Undo(operation_id=record.pk), [], undone[case])
    print(f"Medians of {ROUNDS} rounds in which the cases take turns (budget: at most 60 queries)")
    print("enrolments  attempts      plan   plan and apply (CPU), queries      plan and undo (CPU), queries")
    for case in pairs:
        plan, merge, undo = (_middle(of[case]) for of in (planned, merged, undone))
        ends = (
            f"{of.wall * 1000:>9.0f} ms ({of.cpu * 1000:>5.0f} ms), {of.queries:>3}" for of in (merge, undo)
        )
        print(
            f"{case.enrolments:>10,} {case.attempts:>9,} {plan.wall * 1000:>6.0f} ms  {'      '.join(ends)}"
        )
    print("100,000 attempts / 1,000 attempts (budget for the merge: 1.3)")
    for enrolments in ENROLMENTS:
        for name, of in (("plan and apply", merged), ("plan and undo", undone)):
            many, few = (_middle(of[Case(enrolments, attempts)]) for attempts in (100_000, 1_000))
            print(
                f"{enrolments:>10,} enrolments, {name:<15} wall {many.wall / few.wall:.2f}   "
                f"CPU {many.cpu / few.cpu:.2f}"
            )


def _furnish(pairs: dict[Case, int]) -> None:
    clear()
    with without_triggers(), connection.cursor() as cursor:
        cursor.execute(COURSES, [3 * max(ENROLMENTS) // 2])
        for case, primary in pairs.items():
            for user, first in ((primary, 1), (primary + 1, 1 + case.enrolments // 2)):
                row = {"user": user, "first": first, "enrolments": case.enrolments, "attempts": case.attempts}
                cursor.execute(ENROLLED, row)
                cursor.execute(ATTEMPTED, row)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _do(operation: Operation, planned: list[Spent], done: list[Spent]) -> OperationRecord:
    acting = operator("bench")
    with _spending() as spent:
        with _spending() as planning:
            plan = preview(operation, acting=acting)
        # A page shows them.
        list(plan.notes)
        list(plan.warnings)
        record = apply(plan, acting=acting, reason="bench")
    planned.append(planning)
    done.append(spent)
    return record


def _middle(spent: list[Spent]) -> Spent:
    """Return the median of each; the number of queries is the same each time."""
    _first, *spent = spent
    queries = {each.queries for each in spent}
    if len(queries) > 1:
        raise RuntimeError(f"The same took {queries} queries")
    return Spent(median(s.wall for s in spent), median(s.cpu for s in spent), queries.pop())


@contextmanager
def _spending() -> Iterator[Spent]:
    spent = Spent()

    def count(execute: Callable[..., Any], *args: Any) -> Any:
        spent.queries += 1
        return execute(*args)

    connection.ensure_connection()
    server = parent(connection.connection.info.backend_pid)
    wall, cpu = time.perf_counter(), time.process_time() + cpu_seconds(server)
    with connection.execute_wrapper(count):
        yield spent
    spent.wall = time.perf_counter() - wall
    spent.cpu = time.process_time() + cpu_seconds(server) - cpu
