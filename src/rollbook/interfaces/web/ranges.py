"""Parts of a file, as a video player asks for them when somebody seeks (RFC 9110, sections 13 and 14).

A player that has enough for now stops reading and keeps its connection, for hours where somebody paused; and each
answer that is still being read holds one of the web server's few threads. So a part is short enough to be handed over
at once, whatever was asked for (RFC 9110, 15.3.7 allows it, and players ask for the next one). The whole file, which
players do not ask for, is sent to one reader at a time in each process.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from http import HTTPStatus
from threading import BoundedSemaphore
from typing import IO

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, parse_http_date_safe

ONE_RANGE = re.compile(r"\s*bytes\s*=\s*(\d{0,18})-(\d{0,18})\s*", re.ASCII | re.IGNORECASE)
CHUNK = 64 * 1024
LONGEST_PART = 1024 * 1024
WHOLE = BoundedSemaphore(1)


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
        headers["Content-Length"] = str(size)
        return HttpResponse(headers=headers) if request.method == "HEAD" else _whole(opened, headers)
    if not part:
        headers["Content-Range"] = f"bytes */{size}"
        return HttpResponse(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=headers)
    part = part[:LONGEST_PART]
    headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    with opened() as file:
        file.seek(part.start)
        return HttpResponse(file.read(len(part)), status=HTTPStatus.PARTIAL_CONTENT, headers=headers)


def _part(request: HttpRequest, size: int, etag: str, moment: int) -> range | None:
    # Only GET has ranges (14.2), and only of the version that the player has begun with (13.1.5).
    version = request.headers.get("If-Range")
    same = version is None or version == etag or parse_http_date_safe(version) == moment
    return wanted_bytes(request.headers.get("Range", ""), size) if request.method == "GET" and same else None


def _whole(opened: Callable[[], IO[bytes]], headers: dict[str, str]) -> HttpResponseBase:
    if not WHOLE.acquire(blocking=False):
        busy = "Somebody else is reading a whole video just now. Try again in a moment."
        return HttpResponse(busy, status=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "5"})
    try:
        return StreamingHttpResponse(_Reader(opened()), headers=headers)
    except OSError:
        WHOLE.release()
        raise


class _Reader:
    """The chunks of a file, which ends the reader's turn when it is closed, also where nothing was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self.file.read(CHUNK), b"")

    def close(self) -> None:
        if not self.file.closed:
            self.file.close()
            WHOLE.release()
