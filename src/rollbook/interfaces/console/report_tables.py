"""The tables of the User and Attempts reports, on the screen and in a spreadsheet."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import django_tables2 as tables
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from rollbook.common.spreadsheet import Cell
from rollbook.interfaces.console.user_menu import page_of
from rollbook.interfaces.web.markup import markup
from rollbook.interfaces.web.tables import WhenColumn
from rollbook.interfaces.web.tags import badge
from rollbook.people.models import User
from rollbook.training.records import Attempt, Enrolment
from rollbook.training.reports import streamed
from rollbook.training.transcript import is_overdue

USER_HEADINGS = ("User ID", "Name", "E-mail", "Location", "Course ID", "Course", "Enrolment", "Status", "Overdue", "Score in %")  # fmt: skip
USER_DATES = ("Enrolled", "Started", "Completed", "Due")
ATTEMPT_HEADINGS = ("User ID", "Name", "E-mail", "Location", "Course ID", "Course", "Chapter ID", "Chapter", "Attempt ID", "Score in %", "Result", "Started", "Finished")  # fmt: skip


def _who(user: User) -> SafeString:
    place = markup('<div class="text-secondary">{}</div>', user.location)
    return markup('<a href="{}">{}</a>{}', page_of(user), user.full_name, place)


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.0f} %"


def _result(attempt: Attempt) -> tuple[str, str]:
    if attempt.finished_at is None:
        return "Open", "blue"
    return ("Passed", "green") if attempt.passed else ("Not passed", "red")


class UserReportTable(tables.Table):
    """Each user's courses."""

    who = tables.Column(verbose_name="User", empty_values=(), orderable=False)
    course = tables.Column(verbose_name="Course", orderable=False)
    status = tables.Column(verbose_name="Status", orderable=False)
    mean = tables.Column(verbose_name="Score", empty_values=(), orderable=False)
    enrolled_at = WhenColumn(verbose_name="Enrolled", orderable=False)
    completed_at = WhenColumn(verbose_name="Completed", default="", orderable=False)
    due_at = WhenColumn(verbose_name="Due", default="", orderable=False)

    class Meta:
        template_name = "components/table.html"

    caption, thing, things, total = "User report", "enrolment", "enrolments", None

    def draw_who(self, record: Enrolment) -> SafeString:
        """Draw the user with the location."""
        return _who(record.user)

    def draw_status(self, record: Enrolment) -> SafeString:
        """Draw the status, whether overdue, and whether it is history."""
        overdue = is_overdue(record)
        text = f"{record.get_status_display()}, overdue" if overdue else record.get_status_display()
        state = {"state": "overdue" if overdue else record.status, "text": text}
        history = "" if record.current else markup(' <span class="text-secondary">{}</span>', "historical")
        return markup("{}{}", render_to_string("components/state.html", state), history)

    def draw_mean(self, record: Any) -> str:
        """Draw the mean of the quizzes' best scores."""
        return _percent(record.mean)


class AttemptTable(tables.Table):
    """Attempts, the newest first."""

    who = tables.Column(verbose_name="User", empty_values=(), orderable=False)
    chapter = tables.Column(verbose_name="Chapter", empty_values=(), orderable=False)
    result = tables.Column(verbose_name="Result", empty_values=(), orderable=False)
    score = tables.Column(verbose_name="Score", empty_values=(), orderable=False)
    started_at = WhenColumn(verbose_name="Started", orderable=False)
    finished_at = WhenColumn(verbose_name="Finished", default="", orderable=False)

    class Meta:
        template_name = "components/table.html"

    caption, thing, things, total = "Attempts", "attempt", "attempts", None

    def draw_who(self, record: Attempt) -> SafeString:
        """Draw the user with the location."""
        return _who(record.enrolment.user)

    def draw_chapter(self, record: Attempt) -> SafeString:
        """Draw the chapter with its course."""
        chapter = record.progress.chapter
        return markup('{}<div class="text-secondary">{}</div>', chapter, chapter.course)

    def draw_result(self, record: Attempt) -> SafeString:
        """Draw whether it was passed."""
        return badge(*_result(record))

    def draw_score(self, record: Attempt) -> str:
        """Draw the score."""
        return _percent(record.score)


def user_cells(rows: "QuerySet[Enrolment]") -> Iterator[tuple[Cell, ...]]:
    """Return the rows of the User report for a spreadsheet."""
    for row in streamed(rows):
        mean: float | None = row.mean  # type: ignore[attr-defined]  # an annotation
        overdue = "yes" if is_overdue(row) else "no"
        kind = "current" if row.current else "historical"
        score = None if mean is None else round(mean)
        dates = map(plain, (row.enrolled_at, row.started_at, row.completed_at, row.due_at))
        course = (row.course_id, row.course.title)
        yield (*_person(row.user), *course, kind, row.get_status_display(), overdue, score, *dates)


def attempt_cells(rows: "QuerySet[Attempt]") -> Iterator[tuple[Cell, ...]]:
    """Return the rows of the Attempts report for a spreadsheet."""
    for row in streamed(rows):
        chapter = row.progress.chapter
        what = (chapter.course_id, chapter.course.title, chapter.pk, chapter.title, row.pk)
        times = map(plain, (row.started_at, row.finished_at))
        yield (*_person(row.enrolment.user), *what, row.score, _result(row)[0], *times)


def _person(user: User) -> tuple[Cell, ...]:
    return (user.pk, user.full_name, user.email, user.location.name)


def plain(moment: datetime | None) -> str:
    """Return "2026-01-05 09:30" in the time zone of the site, which every spreadsheet program reads and sorts."""
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else ""
