"""Files that browsers send, up to a limit: videos and large spreadsheets to disk, small spreadsheets to memory."""

from io import BytesIO
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.core.files.uploadedfile import InMemoryUploadedFile, TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import (
    FileUploadHandler,
    SkipFile,
    StopFutureHandlers,
    TemporaryFileUploadHandler,
)
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat

from rollbook.common.passing import passing_file
from rollbook.interfaces.web.middleware import acting
from rollbook.people.access import Right

REFUSED = "upload_refused"
# The name of the field of every spreadsheet.
SHEET = "sheet"
SHEET_LIMIT = 5_000_000
# The name of the field of files of users, which may be large.
USERS_FILE = "users_file"
USERS_FILE_LIMIT = 200 * 1024 * 1024


class SheetUpload(FileUploadHandler):
    """Keeps a spreadsheet in memory, from those who manage users; leaves every other file to the next handler."""

    content: BytesIO | None = None
    # One in a request: a hundred would be a hundred times the limit.
    taken = False

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Take a spreadsheet, and nothing else."""
        super().new_file(*args, **kwargs)
        self.content = None
        if self.field_name == SHEET:
            actor = acting(self.request) if self.request else None
            if self.taken or actor is None or not actor.may(Right.USERS_EDIT):
                raise SkipFile
            self.taken = True
            self.content = BytesIO()
            raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Keep what has come; stop above the limit."""
        if self.content is None:
            return raw_data
        if start + len(raw_data) > SHEET_LIMIT:
            limit = filesizeformat(SHEET_LIMIT)
            setattr(
                self.request,
                REFUSED,
                f"The file is above {limit}, which is the most. Divide it into several.",
            )
            raise SkipFile
        self.content.write(raw_data)
        return None

    def file_complete(self, file_size: int) -> InMemoryUploadedFile | None:
        """Return the spreadsheet."""
        if self.content is None:
            return None
        self.content.seek(0)
        return InMemoryUploadedFile(
            self.content, self.field_name, self.file_name or "", self.content_type, file_size, self.charset
        )


class UsersFileUpload(FileUploadHandler):
    """Writes a file of users to disk, from those who may import, where it goes when the request ends."""

    received: Any = None
    taken = False

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Take a file of users, and nothing else."""
        super().new_file(*args, **kwargs)
        self.received = None
        if self.field_name == USERS_FILE:
            actor = acting(self.request) if self.request else None
            if self.taken or actor is None or not actor.may(Right.USERS_IMPORT):
                raise SkipFile
            self.taken = True
            self.received = passing_file(".upload")
            raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Write what has come; stop above the limit."""
        if self.received is None:
            return raw_data
        if start + len(raw_data) > USERS_FILE_LIMIT:
            limit = filesizeformat(USERS_FILE_LIMIT)
            setattr(
                self.request,
                REFUSED,
                f"The file is above {limit}, which is the most. Leave out columns that are not needed, or split it.",
            )
            self.received.close()
            raise SkipFile
        self.received.write(raw_data)
        return None

    def file_complete(self, file_size: int) -> "UploadedFile[Any] | None":
        """Return the file, whose `file.name` is its path."""
        if self.received is None:
            return None
        self.received.flush()
        return UploadedFile(self.received, self.file_name or "", self.content_type, file_size, self.charset)

    def upload_interrupted(self) -> None:
        """Let go of a file that did not come whole."""
        if self.received is not None:
            self.received.close()


class VideoUpload(TemporaryFileUploadHandler):
    """Takes files from those who edit the catalogue, and drops those of everybody else unread.

    A file that cannot be taken is left out of `request.FILES`; `refused_upload` says why.
    """

    file: TemporaryUploadedFile
    received = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file in the media folder, where it can be moved to its place without being copied."""
        actor = acting(self.request) if self.request else None
        if actor is None or not actor.may(Right.CATALOGUE_EDIT):
            raise SkipFile
        folder = settings.FILE_UPLOAD_TEMP_DIR
        if folder is None:
            self._refuse(
                "No folder for videos is set, so they cannot be uploaded. Ask the operator to set ROLLBOOK_MEDIA"
            )
        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
            super().new_file(*args, **kwargs)
        except OSError as error:
            self._refuse(f"The file could not be stored: {error.strerror}. Tell the operator")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write what has come; stop above the limit."""
        self.received += len(raw_data)
        if self.received > settings.VIDEO_LIMIT:
            limit = filesizeformat(settings.VIDEO_LIMIT)
            self._refuse(f"The file is above {limit}, which is the most. Make the video smaller or divide it")
        try:
            super().receive_data_chunk(raw_data, start)
        except OSError as error:
            self._refuse(f"The file could not be stored: {error.strerror}. Tell the operator")

    def _refuse(self, why: str) -> NoReturn:
        setattr(self.request, REFUSED, f"{why}; or give an address.")
        raise SkipFile


def refused_upload(request: HttpRequest) -> str:
    """Return why a file of this request was not taken; "" where none was refused."""
    return str(getattr(request, REFUSED, ""))
