"""The reports: courses, users, attempts; on the screen, as CSV and as XLSX."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django_tables2 import RequestConfig

from rollbook.common.pagination import AheadPage, AheadPaginator, first_ids
from rollbook.common.spreadsheet import XLSX_ROWS, Cell, TooManyRows
from rollbook.interfaces.console.doors import ConsoleRequest, needs
from rollbook.interfaces.console.report_filters import ReportForm
from rollbook.interfaces.console.report_tables import (
    ATTEMPT_HEADINGS,
    USER_DATES,
    USER_HEADINGS,
    AttemptTable,
    UserReportTable,
    attempt_cells,
    user_cells,
)
from rollbook.interfaces.web.downloads import FORMATS, table_response
from rollbook.people.access import Right
from rollbook.people.models import Location
from rollbook.training.reports import Narrowed, counts_of, course_rows, location_rows, read_counts
from rollbook.training.results import results_of

PER_PAGE = 25
TABS = (
    ("course_report", "Courses"),
    ("user_report", "Users"),
    ("attempt_report", "Attempts"),
)
COURSE_HEADINGS = ("Course ID", "Course", "Location ID", "Location", "Not started", "In progress", "Completed", "Overdue", "Users")  # fmt: skip
Cells = Iterable[Sequence[Cell]]


def _exported(
    request: ConsoleRequest,
    name: str,
    headings: Sequence[str],
    cells: Callable[[], Cells],
    rows: "QuerySet[Any] | None" = None,
) -> HttpResponseBase | None:
    """Return the report as a file, where one is asked for; back to the report where they are too many for Excel.

    `rows`, which the cells are made of, are counted up to that number before anything is written.
    """
    wanted = request.GET.get("export", "")
    if wanted not in FORMATS:
        return None
    if wanted == "xlsx" and rows is not None and len(first_ids(rows, XLSX_ROWS)) > XLSX_ROWS:
        return _too_many(request, name)
    try:
        return table_response(wanted, name.replace("_", "-"), headings, cells())
    except TooManyRows:
        return _too_many(request, name)


def _too_many(request: ConsoleRequest, name: str) -> HttpResponseBase:
    messages.error(cast(HttpRequest, request), str(TooManyRows()))
    kept = request.GET.copy()
    del kept["export"]
    return redirect(f"{reverse(f'console:{name}')}?{kept.urlencode()}")


def _context(name: str, form: ReportForm) -> dict[str, Any]:
    tabs = [(label, reverse(f"console:{tab}"), tab == name) for tab, label in TABS]
    return {"filters": {"form": form}, "form": form, "tabs": tabs, "most_in_excel": XLSX_ROWS}


@needs(Right.TRAINING_VIEW)
def course_report(request: ConsoleRequest) -> HttpResponseBase:
    """Show how far the users of each course are; of one course, for each location."""
    form = ReportForm(request.GET, actor=request.actor, used=("course", "category", "location"))
    about = form.narrowed()
    if file := _exported(request, "course_report", COURSE_HEADINGS, lambda: _course_cells(about)):
        return file
    context = _context("course_report", form)
    if about.course_id is None:
        page = AheadPaginator(about.courses(), PER_PAGE).get_page(request.GET.get("page"))
        page.object_list = course_rows(about, page.object_list)
        context |= {"thing": "course", "things": "courses"}
    else:
        found = counts_of(about.current_enrolments(), "user__location").order_by(
            "user__location__name", "user__location"
        )
        page = AheadPaginator(found, PER_PAGE).get_page(request.GET.get("page"))
        places = Location.objects.in_bulk([row["user__location"] for row in page.object_list])
        page.object_list = [(places[row["user__location"]], read_counts(row)) for row in page.object_list]
        if chosen := course_rows(about, about.courses()):
            context["course"], context["overall"] = chosen[0]
        context |= {"thing": "location", "things": "locations"}
    return render(request, "console/course_report.html", context | {"page": page})


def _course_cells(about: Narrowed) -> Cells:
    for row in location_rows(about):
        found = read_counts(row)
        what = (row["course"], row["course__title"], row["user__location"], row["user__location__name"])
        numbers = (found.not_started, found.in_progress, found.completed, found.overdue, found.total)
        yield (*what, *numbers)


@needs(Right.TRAINING_VIEW)
def user_report(request: ConsoleRequest) -> HttpResponseBase:
    """Show the courses of users, with their status."""
    form = ReportForm(
        request.GET, actor=request.actor, used=("user", "course", "category", "location", "status")
    )
    rows = form.narrowed().enrolments()
    headings = (*USER_HEADINGS, *USER_DATES)
    if file := _exported(request, "user_report", headings, lambda: user_cells(rows), rows):
        return file
    table = UserReportTable(rows)
    _listed(request, table)
    return render(request, "console/report.html", _context("user_report", form) | {"table": table})


@needs(Right.TRAINING_VIEW)
def attempt_report(request: ConsoleRequest) -> HttpResponseBase:
    """Show attempts, the newest first."""
    used = ("user", "course", "chapter", "location", "passed", "since", "until")
    form = ReportForm(request.GET, actor=request.actor, used=used)
    about = form.narrowed()
    rows = about.attempts()
    if file := _exported(request, "attempt_report", ATTEMPT_HEADINGS, lambda: attempt_cells(rows), rows):
        return file
    table = AttemptTable(rows)
    page = _listed(request, table)
    # Of attempts that were all passed, or all not, there is nothing to be seen; and once is enough.
    results = results_of(about) if about.passed is None and page.number == 1 else None
    context = _context("attempt_report", form) | {"table": table, "results": results}
    return render(request, "console/attempt_report.html", context)


def _listed(request: ConsoleRequest, table: Any) -> AheadPage:
    paging = {"per_page": PER_PAGE, "paginator_class": AheadPaginator}
    RequestConfig(request, paginate=paging).configure(table)
    page: AheadPage = table.page
    return page
