"""The Attempts report at a million attempts: its first page by result, and its exports.

A page is measured as the database answers it, when one of ten, one of a thousand and none of the attempts was not
passed. An export is what a request does: rows are read by a cursor, made into cells, and written.
"""

import resource
import statistics
import time
from collections.abc import Callable
from functools import partial

from django.db import connection

from benchmarks.training import CourseOfMany, clear
from rollbook.common.spreadsheet import XLSX_ROWS, csv_lines, xlsx_file
from rollbook.interfaces.console.report_tables import ATTEMPT_HEADINGS, attempt_cells
from rollbook.training.records import Attempt
from rollbook.training.reports import Narrowed

LEARNERS = 100_000
CHAPTERS = 10
PAGE = 26
TIMES = 20
ATTEMPTS = """
INSERT INTO rollbook_attempt (enrolment_id, progress_id, started_at, finished_at, score, passed, answers)
SELECT enrolment_id, id, now() - (2000000 - id) * interval '1 minute', now() - (1999995 - id) * interval '1 minute',
       80, true, '{}' FROM rollbook_chapter_progress
"""
NOT_PASSED = "UPDATE rollbook_attempt SET passed = (progress_id %% %s <> 0)"


def run(users: int) -> None:
    """Print milliseconds of first pages, and seconds, size and memory of exports."""
    clear()
    CourseOfMany("Attempts", CHAPTERS, min(users, LEARNERS)).add()
    with connection.cursor() as cursor:
        cursor.execute(ATTEMPTS)
    print(f"{Attempt.objects.count():,} attempts; milliseconds of a first page, p50 of {TIMES}")
    for name, one_of in (("1 of 10", 10), ("1 of 1,000", 1000), ("none", 2**40)):
        with connection.cursor() as cursor:
            cursor.execute(NOT_PASSED, [one_of])
            cursor.execute("VACUUM ANALYZE rollbook_attempt")
        pages = {
            "any result": Narrowed(),
            "passed": Narrowed(passed=True),
            "not passed": Narrowed(passed=False),
        }
        told = ", ".join(f"{asked} {_page(about):.0f}" for asked, about in pages.items())
        print(f"  {name} not passed: {told}", flush=True)
    for rows in (10_000, XLSX_ROWS):
        _export(f"CSV, {rows:,} rows", partial(_csv, rows))
        _export(f"Excel, {rows:,} rows", partial(_xlsx, rows))


def _page(about: Narrowed) -> float:
    def once() -> float:
        started = time.perf_counter()
        list(about.attempts()[:PAGE])
        return 1000 * (time.perf_counter() - started)

    return statistics.median(once() for _ in range(TIMES))


def _csv(rows: int) -> int:
    return sum(map(len, csv_lines(ATTEMPT_HEADINGS, attempt_cells(Narrowed().attempts()[:rows]))))


def _xlsx(rows: int) -> int:
    with xlsx_file(ATTEMPT_HEADINGS, attempt_cells(Narrowed().attempts()[:rows])) as file:
        return file.seek(0, 2)


def _export(name: str, work: Callable[[], int]) -> None:
    started, begun = time.perf_counter(), time.process_time()
    size = work()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"  {name}: {time.perf_counter() - started:.1f} s (CPU of Python {time.process_time() - begun:.1f}), "
        f"{size / 1e6:.1f} MB, peak memory of this process {peak:.0f} MB",
        flush=True,
    )
