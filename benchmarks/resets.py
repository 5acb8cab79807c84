"""Both resets of a million rows of chapter progress, and their undo, against a bare UPDATE of the same rows.

Each measurement begins with the same rows, without what the ones before left behind. The bare UPDATE sets the same
columns of the same rows in one statement, with the triggers off. An operation also plans again, locks its users, sets
the status of their courses and records every row. Beside seconds of the wall stand those of the database's CPU,
whose ratio also holds while the machine does other things.
"""

import resource
import time
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from django.db import connection

from benchmarks.figures import cpu_seconds, parent
from benchmarks.training import CourseOfMany, clear, vacuum, without_triggers
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.operation import Operation
from rollbook.ledger.undo import Undo
from rollbook.ledger.writer import apply, preview
from rollbook.operations.reset_in_progress import ResetInProgress
from rollbook.operations.reset_training import ResetTraining
from rollbook.people.access import operator
from rollbook.people.selection import UserSelection
from rollbook.training.selection import ContentSelection

T = TypeVar("T")
LEARNERS = 100_000
CHAPTERS = 10
ERASE = "UPDATE rollbook_chapter_progress SET erased_at = now()"
RESTORE = "UPDATE rollbook_chapter_progress SET erased_at = NULL"
SET_BACK = """
UPDATE rollbook_chapter_progress SET status = 'not_started', bookmark = 0, watched = false, started_at = NULL,
  resets = resets + 1 WHERE status = 'in_progress'
"""
SET_FORTH = """
UPDATE rollbook_chapter_progress SET status = 'in_progress', bookmark = id % 500, watched = true,
  started_at = now() - id % 5000 * interval '1 hour', resets = resets - 1 WHERE status = 'not_started'
"""
# Else every second row is completed, and no matter for an in-progress reset.
ALL_IN_PROGRESS = (
    "UPDATE rollbook_enrolment SET status = 'in_progress', completed_at = NULL",
    "UPDATE rollbook_chapter_progress SET status = 'in_progress', completed_at = NULL",
)


class Spent(NamedTuple):
    """Seconds of the wall, and of the CPU of the database server."""

    wall: float
    cpu: float

    def __str__(self) -> str:
        return f"{self.wall:6.1f} s (CPU {self.cpu:5.1f})"


def run(users: int) -> None:
    """Print seconds, ratios and queries of both resets and their undo, and the memory of this process."""
    clear()
    learners = min(users, LEARNERS)
    content = ContentSelection(course_ids=(CourseOfMany("Resets", CHAPTERS, learners).add(),))
    everybody = UserSelection(everybody=True)
    print(f"{learners:,} learners with {CHAPTERS} chapters each (budget: apply / bare at most 2.5)")
    _measure(ResetTraining(users=everybody, content=content), ERASE, RESTORE)
    for statement in ALL_IN_PROGRESS:
        _bare(statement)
    _measure(ResetInProgress(users=everybody, content=content), SET_BACK, SET_FORTH)


def _measure(reset: Operation, bare: str, back: str) -> None:
    vacuum("FULL,")
    there, rows = timed(lambda: _bare(bare))
    vacuum()
    again, _ = timed(lambda: _bare(back))
    vacuum("FULL,")
    record = _apply(f"{reset.verb}: {rows:,} rows", reset, there)
    vacuum()
    _apply("  its undo", Undo(operation_id=record.pk), again)


def _apply(name: str, operation: Operation, bare: Spent) -> OperationRecord:
    acting = operator("bench")
    queries = 0

    def count(execute: Callable[..., Any], *args: Any) -> Any:
        nonlocal queries
        queries += 1
        return execute(*args)

    with connection.execute_wrapper(count):
        planned, plan = timed(lambda: preview(operation, acting=acting))
        applied, record = timed(lambda: apply(plan, acting=acting, reason="bench"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{name:<34} bare {bare}   plan {planned}   apply {applied}   apply / bare {applied.wall / bare.wall:4.2f} "
        f"(CPU {applied.cpu / bare.cpu:4.2f})   {plan.rows:,} rows with the courses, {queries} queries, "
        f"peak memory of this process {peak:.0f} MB",
        flush=True,
    )
    return record


def _bare(sql: str) -> int:
    with without_triggers(), connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.rowcount)


def timed(work: Callable[[], T]) -> tuple[Spent, T]:
    """Return what `work` took, and what it returned."""
    connection.ensure_connection()
    server = parent(connection.connection.info.backend_pid)
    started, begun = time.perf_counter(), cpu_seconds(server)
    result = work()
    return Spent(time.perf_counter() - started, cpu_seconds(server) - begun), result
