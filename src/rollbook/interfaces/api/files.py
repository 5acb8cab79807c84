"""Files of users: sent and staged here, then taken by the operations `import_users` and `link_users`."""

from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from ninja import Query, Router, Schema, Status
from pydantic import Field

from rollbook.common.passing import passing_file
from rollbook.common.sheets.bad_file import BadFile
from rollbook.interfaces.api.answers import READ, WRITE
from rollbook.interfaces.api.bearer import entitled
from rollbook.interfaces.api.paging import Page, Paging, page_of
from rollbook.interfaces.api.problems import ApiProblem, invalid, not_found
from rollbook.people.access import Right
from rollbook.people.api_tokens import TokenActor
from rollbook.people.importing.columns import said_of_column
from rollbook.people.importing.models import ImportFile, ImportRow
from rollbook.people.importing.results import results
from rollbook.people.importing.staging import Choice, stage

router = Router(tags=["Files"])
# Some 200,000 users, which are staged within the request; what is larger is for the command line.
LARGEST = 20_000_000
CHUNK = 1 << 16
BODY = {"schema": {"type": "string", "format": "binary"}}
SHEETS = ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")


class FileIn(Schema):
    """What a file is, and what its columns mean where their names do not say it."""

    kind: Literal["import", "link"] = "import"
    name: str = Field("", max_length=200, description="as people know it: it is kept in the history")
    column: list[str] = Field(
        [], description="`NAME=FIELD`; `NAME=` leaves a column alone; `attributes.CODE` is an attribute"
    )
    by: str = Field("", description="the field that says whom a row means")
    to_set: str = Field("", description="the Username attribute that linking sets")


class ColumnOut(Schema):
    """A column, and the field that it is taken for; empty where it is left alone."""

    name: str
    field: str


class FileOut(Schema):
    """A staged file. Its rows are kept for seven days."""

    id: int
    kind: str = Field(description="`import` or `link`")
    name: str
    how: str = Field(description="how it was read: CSV or XLSX, delimiter, encoding")
    rows: int
    columns: list[ColumnOut]
    by: str
    created_at: datetime


class ChangeOut(Schema):
    """What a row changes in one field."""

    field: str
    before: str
    after: str


class FileRowOut(Schema):
    """What becomes of one row, as it was when the file was last planned."""

    number: int = Field(description="as a spreadsheet program counts rows")
    state: str = Field(description="`created`, `updated`, `unchanged` or `refused`; empty before a plan")
    user_id: int | None
    cells: list[str]
    changes: list[ChangeOut]
    reasons: list[str] = Field(description="why it is refused")
    warnings: list[str]


class RowFilters(Paging):
    """Which rows. What is not given does not matter."""

    state: Literal["", "created", "updated", "unchanged", "refused"] = ""


@router.post(
    "/files",
    response={201: FileOut, **WRITE},
    url_name="files",
    operation_id="send_file",
    openapi_extra={"requestBody": {"required": True, "content": dict.fromkeys(SHEETS, BODY)}},
)
def send_file(request: HttpRequest, asked: Query[FileIn]) -> Any:
    """Send a CSV or XLSX file of users as the body, and have its rows staged. Needs `users:import`.

    Nothing is changed: plan and apply `import_users` or `link_users` with `file_id`.
    """
    acting = entitled(request, Right.USERS_IMPORT)
    if unknown := sorted(request.GET.keys() - FileIn.model_fields.keys()):
        raise invalid({f"?{name}": "There is no such parameter." for name in unknown})
    choice = Choice(dict(map(_column, asked.column)), by=asked.by, to_set=asked.to_set)
    with passing_file(".upload") as received:
        path = Path(received.name)
        _receive(request, path)
        try:
            file = stage(path, asked.kind, acting=acting, choice=choice, name=asked.name or "file")
        except BadFile as bad:
            raise invalid({"#/": str(bad)}) from bad
    return Status(201, _shown(file))


@router.get("/files/{int:file_id}", response={200: FileOut, **READ}, url_name="file", operation_id="get_file")
def file(request: HttpRequest, file_id: int) -> Any:
    """Read what a file of this token is taken for. Needs `users:import`."""
    return _shown(_own(entitled(request, Right.USERS_IMPORT), file_id))


@router.get(
    "/files/{int:file_id}/rows",
    response={200: Page[FileRowOut], **READ},
    url_name="file_rows",
    operation_id="list_file_rows",
)
def rows(request: HttpRequest, file_id: int, asked: Query[RowFilters]) -> Any:
    """List what becomes of the rows of a file of this token that was planned. Needs `users:import`."""
    acting = entitled(request, Right.USERS_IMPORT)
    found = ImportRow.objects.filter(file=_own(acting, file_id))
    if asked.state:
        found = found.filter(state=asked.state)
    return page_of(request, asked, found, lambda page: _rows(page, acting))


def _own(acting: TokenActor, file_id: int) -> ImportFile:
    found = ImportFile.objects.filter(pk=file_id, actor=acting.key).first()
    if found is None:
        raise not_found(f"file {file_id}")
    return found


def _column(text: str) -> tuple[str, str]:
    try:
        return said_of_column(text)
    except ValueError as error:
        raise invalid({"?column": str(error)}) from error


def _receive(request: HttpRequest, path: Path) -> None:
    """Write the body to a file as it comes. Raises ApiProblem (413) above the limit."""
    received = 0
    with path.open("wb") as target:
        while chunk := request.read(CHUNK):
            received += len(chunk)
            if received > LARGEST:
                most = filesizeformat(LARGEST)
                detail = (
                    f"The file is above {most}, which is the most. Divide it, or use `rollbook import-users`."
                )
                raise ApiProblem(413, "too-large", detail)
            target.write(chunk)


def _shown(file: ImportFile) -> FileOut:
    return FileOut(
        id=file.pk,
        kind=file.kind,
        name=file.name,
        how=file.how,
        rows=file.rows,
        columns=[ColumnOut(name=name, field=field) for name, field in file.columns],
        by=file.by,
        created_at=file.created_at,
    )


def _rows(found: list[ImportRow], acting: TokenActor) -> list[FileRowOut]:
    return [
        FileRowOut(
            number=row.number,
            state=row.state,
            user_id=row.user_id,
            cells=row.cells,
            changes=[
                ChangeOut(field=name, before=before, after=after) for name, before, after in row.changes
            ],
            reasons=row.reasons,
            warnings=row.warnings,
        )
        for row in results(found, acting)
    ]
