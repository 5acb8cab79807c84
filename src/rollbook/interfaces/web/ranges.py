"""Parts of a file, as a video player asks for them when somebody seeks (RFC 9110, sections 13 and 14)."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from http import HTTPStatus
from typing import IO

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, parse_http_date_safe

ONE_RANGE = re.compile(r"\s*bytes\s*=\s*(\d{0,18})-(\d{0,18})\s*", re.ASCII | re.IGNORECASE)
CHUNK = 64 * 1024


def wanted_bytes(header: str, size: int) -> range | None:
    """Return which bytes of a file of `size` bytes a Range header asks for; an empty range where there are none.

    None means all of it, which is also the answer to what is no range, or several at once (RFC 9110, 14.2).
    """
    found = ONE_RANGE.fullmatch(header)
    if not found or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        return range(max(size - int(last), 0), size)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(int(last) + 1, size) if last else size)


def file_response(
    request: HttpRequest, opened: Callable[[], IO[bytes]], *, size: int, etag: str, modified: datetime
) -> HttpResponseBase:
    """Answer a GET or HEAD with the file, the part that was asked for, or that nothing has changed."""
    moment = int(modified.timestamp())
    headers = {"Accept-Ranges": "bytes", "ETag": etag, "Last-Modified": http_date(moment)}
    bare = HttpResponse(headers=headers)
    if (unchanged := get_conditional_response(request, etag, moment, bare)) is not bare and unchanged:
        return unchanged
    part = _part(request, size, etag, moment)
    if part is None:
        status, headers["Content-Length"] = HTTPStatus.OK, str(size)
    elif part:
        status, headers["Content-Length"] = HTTPStatus.PARTIAL_CONTENT, str(len(part))
        headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    else:
        headers["Content-Range"] = f"bytes */{size}"
        return HttpResponse(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=headers)
    if request.method == "HEAD":
        return HttpResponse(status=status, headers=headers)
    return StreamingHttpResponse(_chunks(opened(), part or range(size)), status=status, headers=headers)


def _part(request: HttpRequest, size: int, etag: str, moment: int) -> range | None:
    # Only GET has ranges (14.2), and only of the version that the player has begun with (13.1.5).
    version = request.headers.get("If-Range")
    same = version is None or version == etag or parse_http_date_safe(version) == moment
    return wanted_bytes(request.headers.get("Range", ""), size) if request.method == "GET" and same else None


def _chunks(file: IO[bytes], part: range) -> Iterator[bytes]:
    with file:
        file.seek(part.start)
        left = len(part)
        while left and (chunk := file.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
