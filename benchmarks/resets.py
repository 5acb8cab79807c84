"""Both resets of a million rows of chapter progress, and their undo, against a bare UPDATE of the same rows.

Each measurement begins with the same rows, without what the ones before left behind in their tables. The bare UPDATE
sets the same columns of the same rows in one statement, with the triggers off. An operation also plans again, locks its
users, sets the status of their courses and records every row. Beside seconds of the wall stand those of the database's
CPU, whose ratio also holds while the machine does other things.

One and the same statement took from 10 to 16 seconds within an hour on a machine that is shared with others: each
operation is measured in rounds, right after the bare UPDATE, and the median of their ratios is what counts.
"""

import resource
import statistics
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
from rollbook.training.catalogue import Chapter
from rollbook.training.selection import ContentSelection

T = TypeVar("T")
ROUNDS = 3
LEARNERS = 100_000
CHAPTERS = 10
ERASE = "UPDATE rollbook_chapter_progress SET erased_at = now() WHERE chapter_id = ANY(%(chapters)s)"
RESTORE = "UPDATE rollbook_chapter_progress SET erased_at = NULL WHERE chapter_id = ANY(%(chapters)s)"
SET_BACK = """
UPDATE rollbook_chapter_progress SET status = 'not_started', bookmark = 0, watched = false, started_at = NULL,
  resets = resets + 1 WHERE status = 'in_progress' AND chapter_id = ANY(%(chapters)s)
"""
SET_FORTH = """
UPDATE rollbook_chapter_progress SET status = 'in_progress', bookmark = id %% 500, watched = true,
  started_at = now() - id %% 5000 * interval '1 hour', resets = resets - 1
  WHERE status = 'not_started' AND chapter_id = ANY(%(chapters)s)
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


class Bare(NamedTuple):
    """What two bare UPDATEs of the same rows took: as the reset sets them, and as its undo does."""

    reset: Spent
    undo: Spent
    rows: int


class Measured(NamedTuple):
    """What an operation took, and the bare UPDATE before it."""

    bare: Spent
    plan: Spent
    apply: Spent

    def __str__(self) -> str:
        return (
            f"bare {self.bare}   plan {self.plan}   apply {self.apply}   apply / bare {_times(*self.ratios)}"
        )

    @property
    def ratios(self) -> tuple[float, float]:
        """Return how many times the bare UPDATE the apply took, in seconds of the wall and of the CPU."""
        return self.apply.wall / self.bare.wall, self.apply.cpu / self.bare.cpu


Measure = Callable[[str, Operation, Spent], tuple[OperationRecord, Measured]]


def run(users: int) -> None:
    """Print seconds, ratios and queries of both resets and their undo, and the memory of this process."""
    clear()
    learners = min(users, LEARNERS)
    course = CourseOfMany("Resets", CHAPTERS, learners).add()
    everybody, content = UserSelection(everybody=True), ContentSelection(course_ids=(course,))
    print(f"{learners:,} learners with {CHAPTERS} chapters each (budget: apply / bare at most 2.5)")
    reset_training = ResetTraining(users=everybody, content=content)
    in_rounds(reset_training, lambda: (bare_updates(course, ERASE, RESTORE), _apply))
    all_in_progress()
    reset_in_progress = ResetInProgress(users=everybody, content=content)
    in_rounds(reset_in_progress, lambda: (bare_updates(course, SET_BACK, SET_FORTH), _apply))


def all_in_progress() -> None:
    """Let everybody be in progress with everything."""
    with without_triggers(), connection.cursor() as cursor:
        for statement in ALL_IN_PROGRESS:
            cursor.execute(statement)


def bare_updates(course: int, reset: str, undo: str) -> Bare:
    """Update the course's rows and back again, one statement each, and leave the tables tidy."""
    chapters = list(Chapter.objects.filter(course=course).values_list("pk", flat=True))

    def update(sql: str) -> int:
        with without_triggers(), connection.cursor() as cursor:
            cursor.execute(sql, {"chapters": chapters})
            return int(cursor.rowcount)

    vacuum("FULL,")
    there, rows = timed(lambda: update(reset))
    vacuum()
    back, _ = timed(lambda: update(undo))
    vacuum("FULL,")
    return Bare(there, back, rows)


def in_rounds(reset: Operation, begin: Callable[[], tuple[Bare, Measure]]) -> None:
    """Measure a reset and its undo in rounds, each as it is begun, and print the medians of their ratios."""
    resets, undoes = [], []
    for _ in range(ROUNDS):
        bare, measure = begin()
        record, measured = measure(f"{reset.verb}: {bare.rows:,} rows", reset, bare.reset)
        resets.append(measured)
        vacuum()
        _, measured = measure("  its undo", Undo(operation_id=record.pk), bare.undo)
        undoes.append(measured)
    reset_times, undo_times = (
        _times(*map(statistics.median, zip(*(each.ratios for each in rounds), strict=True)))
        for rounds in (resets, undoes)
    )
    print(
        f"{reset.verb}, apply / bare, medians of {ROUNDS}: {reset_times}, its undo {undo_times}", flush=True
    )


def _times(wall: float, cpu: float) -> str:
    return f"{wall:4.2f} (CPU {cpu:4.2f})"


def _apply(name: str, operation: Operation, bare: Spent) -> tuple[OperationRecord, Measured]:
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
    measured = Measured(bare, planned, applied)
    print(
        f"{name:<34} {measured}   {plan.rows:,} rows with the courses, {queries} queries, "
        f"peak memory of this process {peak:.0f} MB",
        flush=True,
    )
    return record, measured


def timed(work: Callable[[], T]) -> tuple[Spent, T]:
    """Return what `work` took, and what it returned."""
    connection.ensure_connection()
    server = parent(connection.connection.info.backend_pid)
    started, begun = time.perf_counter(), cpu_seconds(server)
    result = work()
    return Spent(time.perf_counter() - started, cpu_seconds(server) - begun), result
