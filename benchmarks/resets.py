"""Both resets of a million rows of chapter progress, and their undo, against a bare UPDATE of the same rows.

Each measurement begins with the same rows, without what the ones before left behind. The bare UPDATE sets the same
columns of the same rows in one statement, with the triggers off. An operation also plans again, locks its users, sets
the status of their courses and records every row. Beside seconds of the wall stand those of the database's CPU,
whose ratio also holds while the machine does other things.
"""

import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

from django.db import connection, transaction

from benchmarks.figures import cpu_seconds, parent
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.operation import Operation
from rollbook.ledger.undo import Undo
from rollbook.ledger.writer import apply, preview
from rollbook.operations.reset_in_progress import ResetInProgress
from rollbook.operations.reset_training import ResetTraining
from rollbook.people.access import operator
from rollbook.people.selection import UserSelection
from rollbook.training.records import Enrolment
from rollbook.training.selection import ContentSelection

T = TypeVar("T")
LEARNERS = 100_000
CHAPTERS = 10
TABLES = ("category", "course", "chapter", "enrolment", "chapter_progress")
CATALOGUE = f"""
INSERT INTO rollbook_category (name) VALUES ('Bench');
INSERT INTO rollbook_course (title, description, category_id, open, certificate)
SELECT 'Course', '', id, true, true FROM rollbook_category;
INSERT INTO rollbook_chapter (course_id, position, title, required, video, video_url, captions, captions_language, quiz)
SELECT c.id, i, 'Chapter ' || i, true, '', '', '', 'en', '{{}}'
FROM rollbook_course c, generate_series(1, {CHAPTERS}) i
"""
# Every second learner has completed the course, the others are in progress with all of it.
ENROLMENTS = f"""
INSERT INTO rollbook_enrolment (user_id, course_id, current, status, started_at, completed_at)
SELECT u.id, c.id, true, CASE u.id % 2 WHEN 0 THEN 'completed' ELSE 'in_progress' END, now(),
       CASE u.id % 2 WHEN 0 THEN now() END
FROM rollbook_user u, rollbook_course c WHERE u.id <= {LEARNERS}
"""
PROGRESS = """
INSERT INTO rollbook_chapter_progress (enrolment_id, chapter_id, status, bookmark, watched, resets, score, started_at,
                                       completed_at)
SELECT e.id, c.id, e.status, 60, true, 0, 80, e.started_at, e.completed_at
FROM rollbook_enrolment e JOIN rollbook_chapter c ON c.course_id = e.course_id ORDER BY e.id, c.position
"""
ERASE = "UPDATE rollbook_chapter_progress SET erased_at = now()"
RESTORE = "UPDATE rollbook_chapter_progress SET erased_at = NULL"
SET_BACK = """
UPDATE rollbook_chapter_progress SET status = 'not_started', bookmark = 0, watched = false, started_at = NULL,
  resets = resets + 1 WHERE status = 'in_progress'
"""
SET_FORTH = """
UPDATE rollbook_chapter_progress SET status = 'in_progress', bookmark = 60, watched = true, started_at = now(),
  resets = resets - 1 WHERE status = 'not_started'
"""


class Spent(NamedTuple):
    """Seconds of the wall, and of the CPU of the database server."""

    wall: float
    cpu: float

    def __str__(self) -> str:
        return f"{self.wall:6.1f} s (CPU {self.cpu:5.1f})"


def run(users: int) -> None:
    """Print seconds, ratios and queries of both resets and their undo, and the memory of this process."""
    content = ContentSelection(course_ids=(fill(),))
    everybody = UserSelection(everybody=True)
    print(
        f"{min(users, LEARNERS):,} learners with {CHAPTERS} chapters each (budget: apply / bare at most 2.5)"
    )
    _measure(ResetTraining(users=everybody, content=content), ERASE, RESTORE)
    _measure(ResetInProgress(users=everybody, content=content), SET_BACK, SET_FORTH)


def fill() -> int:
    """Make the course, and what its learners did of it, unless it is there; return its id."""
    with _without_triggers(), connection.cursor() as cursor:
        if not Enrolment.objects.exists():
            for sql in (CATALOGUE, ENROLMENTS, PROGRESS):
                cursor.execute(sql)
        cursor.execute("SELECT id FROM rollbook_course")
        return int(cursor.fetchone()[0])


def _measure(reset: Operation, bare: str, back: str) -> None:
    _tidy()
    there, rows = _timed(lambda: _bare(bare))
    _vacuum()
    again, _ = _timed(lambda: _bare(back))
    _tidy()
    record = _apply(f"{reset.verb}: {rows:,} rows", reset, there)
    _vacuum()
    _apply("  its undo", Undo(operation_id=record.pk), again)


def _apply(name: str, operation: Operation, bare: Spent) -> OperationRecord:
    acting = operator("bench")
    queries = 0

    def count(execute: Callable[..., Any], *args: Any) -> Any:
        nonlocal queries
        queries += 1
        return execute(*args)

    with connection.execute_wrapper(count):
        planned, plan = _timed(lambda: preview(operation, acting=acting))
        applied, record = _timed(lambda: apply(plan, acting=acting, reason="bench"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{name:<34} bare {bare}   plan {planned}   apply {applied}   apply / bare {applied.wall / bare.wall:4.2f} "
        f"(CPU {applied.cpu / bare.cpu:4.2f})   {plan.rows:,} rows with the courses, {queries} queries, "
        f"peak memory of this process {peak:.0f} MB",
        flush=True,
    )
    return record


def _bare(sql: str) -> int:
    with _without_triggers(), connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.rowcount)


def _vacuum(how: str = "") -> None:
    with connection.cursor() as cursor:
        for table in ("enrolment", "chapter_progress", "change"):
            cursor.execute(f"VACUUM ({how} ANALYZE) rollbook_{table}")


def _tidy() -> None:
    """Write the same rows anew, without what the updates before left behind."""
    _vacuum("FULL,")


def _timed(work: Callable[[], T]) -> tuple[Spent, T]:
    connection.ensure_connection()
    server = parent(connection.connection.info.backend_pid)
    started, begun = time.perf_counter(), cpu_seconds(server)
    result = work()
    return Spent(time.perf_counter() - started, cpu_seconds(server) - begun), result


@contextmanager
def _without_triggers() -> Iterator[None]:
    with transaction.atomic(), connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"ALTER TABLE rollbook_{table} DISABLE TRIGGER USER")
        yield
        # What is checked at commit is checked before tables may be altered again.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in TABLES:
            cursor.execute(f"ALTER TABLE rollbook_{table} ENABLE TRIGGER USER")
