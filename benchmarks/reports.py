"""The reports at 10,000,000 attempts: the first page as the server makes it, and whether it reads a whole large table.

BENCH_ATTEMPTS sets how many (default 10,000,000): two for each row of chapter progress, five rows for each enrolment.
"""

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection
from django.test import Client
from django.utils.timezone import localdate

from benchmarks.figures import line, percentile
from benchmarks.pages import Query, sequential_scans, super_user
from benchmarks.training import clear, without_triggers
from rollbook.people.models import Location, User
from rollbook.training.catalogue import Category, Chapter, Course

ATTEMPTS = int(os.environ.get("BENCH_ATTEMPTS", "10000000"))
ROUNDS = 20
BUDGET = 100
COURSES = 100
CHAPTERS = 5
TRIES = 2
CATALOGUE = f"""
INSERT INTO rollbook_category (name) SELECT 'Category ' || i FROM generate_series(1, 10) i;
INSERT INTO rollbook_course (title, description, category_id, open, certificate)
SELECT 'Course ' || i, '', (SELECT id FROM rollbook_category ORDER BY id OFFSET i % 10 LIMIT 1), true, true
FROM generate_series(1, {COURSES}) i;
INSERT INTO rollbook_chapter (course_id, position, title, required, video, video_url, captions, captions_language, quiz)
SELECT c.id, i, 'Chapter ' || i, true, '', '', '', 'en', '{{}}' FROM rollbook_course c, generate_series(1, {CHAPTERS}) i
"""
# Courses are of very different sizes, as they are in life.
# Two years of training; a third of it is completed, a third in progress, a third not started, and of that half overdue.
ENROLMENTS = """
INSERT INTO rollbook_enrolment (user_id, course_id, current, status, enrolled_at, started_at, completed_at, due_at)
SELECT 1 + e.i %% %(users)s, e.course, true, e.status, e.began, CASE WHEN e.status <> 'not_started' THEN e.began END,
       CASE e.status WHEN 'completed' THEN e.began + interval '1 day' END,
       CASE e.i %% 2 WHEN 0 THEN e.began + interval '30 days' END
FROM (
  SELECT i, now() - interval '730 days' * (1 - i / %(enrolments)s::float) AS began,
         (ARRAY['completed', 'in_progress', 'not_started'])[1 + i %% 3] AS status,
         c.ids[1 + (floor(power(abs(hashint4(i %% %(users)s)) / 2147483649.0, 2) * array_length(c.ids, 1))::int
                    + 17 * (i / %(users)s)) %% array_length(c.ids, 1)] AS course
  FROM generate_series(0, %(enrolments)s - 1) i, (SELECT array_agg(id ORDER BY id) AS ids FROM rollbook_course) c
) e
"""
# One row in a hundred is erased: reports leave it out.
PROGRESS = """
INSERT INTO rollbook_chapter_progress (enrolment_id, chapter_id, status, bookmark, watched, resets, score, started_at,
                                       completed_at, erased_at)
SELECT e.id, c.id, e.status, 60, true, 0, e.id %% 101, e.started_at, e.completed_at, CASE e.id %% 100 WHEN 0 THEN now() END
FROM rollbook_enrolment e JOIN rollbook_chapter c ON c.course_id = e.course_id ORDER BY e.id, c.position
"""
TRIED = f"""
INSERT INTO rollbook_attempt (enrolment_id, progress_id, started_at, finished_at, score, passed, answers)
SELECT p.enrolment_id, p.id, e.enrolled_at + i * interval '10 minutes', e.enrolled_at + i * interval '15 minutes',
       (p.id + i) %% 101, (p.id + i) %% 101 >= 50, '{{}}'
FROM rollbook_chapter_progress p JOIN rollbook_enrolment e ON e.id = p.enrolment_id, generate_series(1, {TRIES}) i
ORDER BY p.id
"""
LARGE = {"rollbook_user", "rollbook_enrolment", "rollbook_chapter_progress", "rollbook_attempt"}


def run(users: int) -> None:
    """Print p50 and p95 of the first page of each report, for the filters that people use."""
    print(_fill(users), flush=True)
    client = Client()
    client.force_login(super_user())
    missed = []
    for name, (path, queries) in _kinds(users).items():
        client.get(path, queries[0])
        seconds, busy = [], []
        for query in queries:
            started, begun = time.perf_counter(), time.process_time()
            response = client.get(path, query)
            seconds.append(time.perf_counter() - started)
            busy.append(time.process_time() - begun)
            assert response.status_code == 200, response.status_code
        scans = sequential_scans(client, path, queries[-1], LARGE)
        if percentile(seconds, 0.95) > BUDGET or scans:
            missed.append(name)
        cpu = f"   CPU of Python p50 {percentile(busy, 0.5):5.1f} ms"
        whole = f"   reads all of: {', '.join(scans)}" if scans else ""
        print(line(name, seconds) + cpu + whole, flush=True)
    print(
        f"wished for: p95 at most {BUDGET} ms, no table read whole; missed by: {', '.join(missed) or 'none'}"
    )


def _kinds(users: int) -> dict[str, tuple[str, list[Query]]]:
    chosen = random.Random(11)
    courses = list(Course.objects.order_by("pk").values_list("pk", flat=True))
    chapters = list(Chapter.objects.values_list("pk", flat=True))
    places = list(Location.objects.filter(parent__isnull=False).values_list("pk", flat=True))
    categories = list(Category.objects.values_list("pk", flat=True))
    people = [User.objects.get(pk=pk) for pk in chosen.sample(range(1, users), ROUNDS)]
    days = [str(localdate() - timedelta(days=chosen.randrange(1, 700))) for _ in people]

    def each(**values: list[int]) -> list[Query]:
        return [{name: chosen.choice(among) for name, among in values.items()} for _ in people]

    course, user, attempt = "/console/reports/", "/console/reports/users/", "/console/reports/attempts/"
    return {
        "courses: all": (course, [{}] * ROUNDS),
        "courses: a location": (course, each(location=places)),
        "courses: a category": (course, each(category=categories)),
        "courses: one course, by location": (course, each(course=courses)),
        "courses: the largest course, by location": (course, [{"course": courses[0]}] * ROUNDS),
        "users: all": (user, [{}] * ROUNDS),
        "users: somebody": (user, [{"user": who.email} for who in people]),
        "users: a location": (user, each(location=places)),
        "users: a course": (user, each(course=courses)),
        "users: a small course, in a location": (user, each(course=courses[-5:], location=places)),
        "users: overdue": (user, [{"status": "overdue"}] * ROUNDS),
        "users: completed, a category": (user, [q | {"status": "completed"} for q in each(category=categories)]),
        "attempts: all": (attempt, [{}] * ROUNDS),
        "attempts: somebody": (attempt, [{"user": who.email} for who in people]),
        "attempts: a location": (attempt, each(location=places)),
        "attempts: a course": (attempt, each(course=courses)),
        "attempts: a course in a location": (attempt, each(course=courses, location=places)),
        "attempts: a chapter": (attempt, each(chapter=chapters)),
        "attempts: not passed": (attempt, [{"passed": "no"}] * ROUNDS),
        "attempts: one day": (attempt, [{"since": day, "until": day} for day in days]),
        "attempts: one day in a location": (
            attempt, [{"since": day, "until": day, "location": chosen.choice(places)} for day in days],
        ),
    }  # fmt: skip


def _fill(users: int) -> str:
    clear()
    started = time.perf_counter()
    enrolments = ATTEMPTS // CHAPTERS // TRIES
    sizes = {"users": min(users, max(1, enrolments // 2)), "enrolments": enrolments}
    with _bare_tables(), without_triggers(), connection.cursor() as cursor:
        cursor.execute(CATALOGUE)
        cursor.execute(ENROLMENTS, sizes)
        cursor.execute(PROGRESS.replace("%%", "%"))
        cursor.execute(TRIED.replace("%%", "%"))
    with connection.cursor() as cursor:
        for table in ("enrolment", "chapter_progress", "attempt"):
            cursor.execute(f"VACUUM ANALYZE rollbook_{table}")
        cursor.execute("SELECT count(*) FROM rollbook_attempt")
        (attempts,) = cursor.fetchone()
        cursor.execute(
            "SELECT min(n), max(n) FROM (SELECT count(*) AS n FROM rollbook_enrolment GROUP BY course_id) c"
        )
        least, most = cursor.fetchone()
    return (
        f"{attempts:,} attempts in {ATTEMPTS // TRIES:,} rows of chapter progress of {enrolments:,} enrolments, "
        f"{COURSES} courses with {least:,} to {most:,} users (filled in {time.perf_counter() - started:.0f} s)"
    )


@contextmanager
def _bare_tables() -> Iterator[None]:
    """Take indexes and references off the large tables, and put them back over all rows at once."""
    names = ["rollbook_attempt", "rollbook_chapter_progress", "rollbook_enrolment"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s)",
            [names],
        )
        references = cursor.fetchall()
        cursor.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
            "WHERE NOT indisprimary AND indrelid::regclass::text = ANY(%s)",
            [names],
        )
        indexes = cursor.fetchall()
        for table, name, _ in references:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
        yield
        for _, definition in indexes:
            cursor.execute(definition)
        for table, name, definition in references:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
