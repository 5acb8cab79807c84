"""Training of many learners, made in the database in one go."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

from rollbook.ledger.tables import recorded_models

CATALOGUE = """
WITH category AS (INSERT INTO rollbook_category (name) VALUES (%(title)s) RETURNING id), course AS (
  INSERT INTO rollbook_course (title, description, category_id, open, certificate)
  SELECT %(title)s, '', id, true, true FROM category RETURNING id
), chapter AS (
  INSERT INTO rollbook_chapter (course_id, position, title, required, video, video_url, captions, captions_language, quiz)
  SELECT id, i, 'Chapter ' || i, true, '', '', '', 'en', '{}' FROM course, generate_series(1, %(chapters)s) i
) SELECT id FROM course
"""
# Every second learner has completed the course, the others are in progress with all of it.
ENROLMENTS = """
INSERT INTO rollbook_enrolment (user_id, course_id, current, status, started_at, completed_at)
SELECT u.id, %(course)s, true, CASE u.id %% 2 WHEN 0 THEN 'completed' ELSE 'in_progress' END, now(),
       CASE u.id %% 2 WHEN 0 THEN now() END
FROM rollbook_user u WHERE u.id > %(after)s AND u.id <= %(after)s + %(learners)s
"""
PROGRESS = """
INSERT INTO rollbook_chapter_progress (enrolment_id, chapter_id, status, bookmark, watched, resets, score, started_at,
                                       completed_at)
SELECT e.id, c.id, e.status, 60, true, 0, 80, e.started_at, e.completed_at
FROM rollbook_enrolment e JOIN rollbook_chapter c ON c.course_id = e.course_id WHERE e.course_id = %(course)s
ORDER BY e.id, c.position
"""


@dataclass(frozen=True)
class CourseOfMany:
    """A course with `chapters` chapters, and `learners` users on it with a row of progress in each.

    They are the users whose ids follow `after`.
    """

    title: str
    chapters: int
    learners: int
    after: int = 0

    def add(self) -> int:
        """Make it all and return the course's id."""
        with without_triggers(), connection.cursor() as cursor:
            cursor.execute(CATALOGUE, {"title": self.title, "chapters": self.chapters})
            (course,) = cursor.fetchone()
            cursor.execute(ENROLMENTS, {"course": course, "learners": self.learners, "after": self.after})
            cursor.execute(PROGRESS, {"course": course})
        return int(course)


def clear() -> None:
    """Remove all training, so that a benchmark does not measure what the one before it left."""
    with without_triggers(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(_tables())}")


@contextmanager
def without_triggers() -> Iterator[None]:
    """Write to the training tables freely, in one transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table in _tables():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        # What is checked at commit is checked before tables may be altered again.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in _tables():
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def vacuum(how: str = "") -> None:
    """Tidy the tables that a reset changes; with `how` "FULL," also what updates before left behind."""
    with connection.cursor() as cursor:
        for table in ("enrolment", "chapter_progress"):
            cursor.execute(f"VACUUM ({how} ANALYZE) rollbook_{table}")
        # The record grows and nothing else.
        cursor.execute("VACUUM (ANALYZE) rollbook_change")


def _tables() -> list[str]:
    return [model._meta.db_table for model in recorded_models() if ".training." in model.__module__]
