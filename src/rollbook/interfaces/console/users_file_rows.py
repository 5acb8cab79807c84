"""Rows of a file of users by what becomes of them, as pages show them, and the refused ones to take away."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from rollbook.common.pagination import AheadPaginator
from rollbook.interfaces.console.doors import ConsoleRequest, needs
from rollbook.interfaces.console.users_files import mine, trail
from rollbook.interfaces.web.downloads import FORMATS, table_response
from rollbook.operations.import_users import ImportUsers
from rollbook.operations.of_upload import operation_of
from rollbook.people.access import Right, UserActor
from rollbook.people.importing.columns import LABELS
from rollbook.people.importing.missing import missing_from
from rollbook.people.importing.models import ImportFile, ImportRow, Upload
from rollbook.people.importing.results import (
    Result,
    counts_of,
    doubtful,
    in_state,
    refused_table,
    results,
)
from rollbook.people.models import User

FIRST = 10
PER_PAGE = 50
NAMES = (LABELS["first_name"], LABELS["last_name"])
DOUBTFUL, MISSING = "doubtful", "missing"
# Each group of rows: what it is called, its colour, and what its rows say in their last column.
LOOKS = {
    "refused": ("Refused", "red", "Why"),
    DOUBTFUL: ("To look at", "yellow", "What to look at"),
    "created": ("Created", "green", ""),
    "updated": ("Updated", "azure", "What changes"),
    MISSING: ("Deactivated, missing from the file", "orange", ""),
    "unchanged": ("Unchanged", "secondary", ""),
}


@dataclass(frozen=True)
class ShownRow:
    """One row as a page shows it: whom it means (`name` where that one is to be created), and what is said of it.

    `sent` is (column, cell) of what was sent, or of whoever is to be created what that user will have.
    """

    result: Result
    person: User | None
    name: str
    sent: Sequence[tuple[str, str]]
    said: Sequence[str]


@dataclass(frozen=True)
class Group:
    """Rows of one state: `rows` are the first ones, of `number`."""

    state: str
    number: int
    rows: Sequence[ShownRow]
    people: Sequence[User] = ()

    @property
    def title(self) -> str:
        """Return what it is called."""
        return LOOKS[self.state][0]

    @property
    def colour(self) -> str:
        """Return its colour."""
        return LOOKS[self.state][1]

    @property
    def heading(self) -> str:
        """Return the heading of what is said of a row."""
        return LOOKS[self.state][2]

    @property
    def more(self) -> int:
        """Return how many rows are not shown."""
        return self.number - len(self.rows) - len(self.people)


def numbers_of(upload: Upload, file: ImportFile, actor: UserActor) -> dict[str, int]:
    """Return how many rows each group has, in the order of the page."""
    counts = counts_of(file)
    missing = _missing(upload, file, actor)
    return {
        "refused": counts.refused,
        DOUBTFUL: doubtful(file).count(),
        "created": counts.created,
        "updated": counts.updated,
        MISSING: missing.count() if missing is not None else 0,
        "unchanged": counts.unchanged,
    }


def _missing(upload: Upload, file: ImportFile, actor: UserActor) -> Any:
    operation = operation_of(upload)
    if not isinstance(operation, ImportUsers) or not operation.deactivate_missing:
        return None
    return missing_from(file, actor, operation.missing_in, operation.limits).users


def rows_of(state: str, upload: Upload, file: ImportFile, actor: UserActor) -> Any:
    """Return the query of a group: rows of the file, or users."""
    if state == MISSING:
        users = _missing(upload, file, actor)
        return (
            User.objects.none()
            if users is None
            else users.select_related("location").order_by("last_name", "first_name", "pk")
        )
    return doubtful(file) if state == DOUBTFUL else in_state(file, state)


def in_words(rows: Iterable[ImportRow], file: ImportFile, state: str, actor: UserActor) -> list[ShownRow]:
    """Return rows as a page shows them; names only of those whom the actor may see."""
    found = results(rows, actor)
    ids = [one.user_id for one in found if one.user_id and one.state != ImportRow.State.CREATED]
    people = actor.sees_users().in_bulk(ids)
    names = [name for name, _ in file.columns]
    taken = [position for position, (_, key) in enumerate(file.columns) if key]

    def row(one: Result) -> ShownRow:
        sent = [(names[n], one.cells[n]) for n in taken if n < len(one.cells) and one.cells[n].strip()]
        said = {"refused": one.reasons, DOUBTFUL: one.warnings}.get(state, [])
        if one.state != ImportRow.State.CREATED:
            return ShownRow(one, people.get(one.user_id or 0), "", sent, said)
        given = {label: after for label, _, after in one.changes}
        name = " ".join(given.pop(label) for label in NAMES if label in given)
        return ShownRow(one, None, name, list(given.items()), said)

    return [row(one) for one in found]


def group_of(state: str, number: int, upload: Upload, file: ImportFile, actor: UserActor) -> Group:
    """Return the first rows of a group."""
    first = rows_of(state, upload, file, actor)[:FIRST] if number else []
    if state == MISSING:
        return Group(state, number, (), list(first))
    return Group(state, number, in_words(first, file, state, actor))


def _checked(request: ConsoleRequest, pk: int) -> tuple[Upload, ImportFile]:
    upload = mine(request, pk)
    if upload.file is None or upload.state != Upload.State.CHECKED:
        raise Http404
    return upload, upload.file


@needs(Right.USERS_IMPORT)
def users_file_rows(request: ConsoleRequest, pk: int, state: str) -> HttpResponse:
    """Show all rows of one state, page by page."""
    upload, file = _checked(request, pk)
    numbers = numbers_of(upload, file, request.actor)
    if state not in numbers:
        raise Http404
    page = AheadPaginator(rows_of(state, upload, file, request.actor), PER_PAGE).get_page(
        request.GET.get("page")
    )
    listed = list(page.object_list)
    group = (
        Group(state, numbers[state], (), listed)
        if state == MISSING
        else Group(state, numbers[state], in_words(listed, file, state, request.actor))
    )
    context = {
        "upload": upload,
        "file": file,
        "group": group,
        "page": page,
        "tabs": [(key, LOOKS[key][0], number) for key, number in numbers.items() if number or key == state],
        **trail(upload),
    }
    context["breadcrumbs"] = [
        *context["breadcrumbs"],
        (file.name, reverse("console:users_file_preview", args=[pk])),
    ]
    return render(request, "console/users_file_rows.html", context)


@needs(Right.USERS_IMPORT)
def users_file_refused(request: ConsoleRequest, pk: int, wanted: str) -> HttpResponseBase:
    """Hand out the refused rows as they were sent, with the reason of each: to correct, and to send again."""
    _, file = _checked(request, pk)
    if wanted not in FORMATS:
        raise Http404
    headings, rows = refused_table(file, request.actor)
    return table_response(wanted, "refused-rows", headings, rows)
