"""Files to take away: PDF, and tables for spreadsheet programs, sent while they are read."""

from collections.abc import Iterable, Sequence

from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from rollbook.common.spreadsheet import XLSX, Cell, csv_lines, xlsx_file

FORMATS = ("csv", "xlsx")


def pdf_response(content: bytes, name: str) -> HttpResponse:
    """Return a PDF that the browser opens, and saves under `name`."""
    disposition = f'inline; filename="{name}"'
    return HttpResponse(content, content_type="application/pdf", headers={"Content-Disposition": disposition})


def table_response(
    wanted: str, name: str, headings: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> HttpResponseBase:
    """Return a table as `wanted` ("csv" or "xlsx"). CSV is streamed; XLSX is written to disk first, never to memory.

    Raises TooManyRows for more rows than an Excel file is written for.
    """
    if wanted == "xlsx":
        file = xlsx_file(headings, rows)
        return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX)
    disposition = f'attachment; filename="{name}.csv"'
    headers = {"Content-Disposition": disposition}
    return StreamingHttpResponse(
        csv_lines(headings, rows), content_type="text/csv; charset=utf-8", headers=headers
    )
