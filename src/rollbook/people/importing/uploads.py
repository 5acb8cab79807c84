"""Files that are sent to the console: kept until they are read, read, and checked; small ones at once.

Until it is read a large file lies in the database, in parts: the process that takes it and the worker that reads it
need not share a disk, and nothing of it is left over when its row goes.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from rollbook.common.passing import passing_file
from rollbook.common.sheets.bad_file import BadFile
from rollbook.ledger.actor import Actor
from rollbook.ledger.jobs import BROKEN
from rollbook.ledger.operation import PreparedOperation
from rollbook.people.importing.models import Upload, UploadPart
from rollbook.people.importing.staging import Choice, Told, discard, stage, with_columns

PART = 1 << 20
# What is larger is read by the worker, and checked by it.
SMALL_BYTES = 1_000_000
SMALL_ROWS = 15_000
State = Upload.State
ActorOf = Callable[[str], Actor]
OperationOf = Callable[[Upload], PreparedOperation]


def uploads_of(acting: Actor) -> "QuerySet[Upload]":
    """Return what somebody sent, newest first. Nobody sees what another one sent."""
    return Upload.objects.filter(actor=acting.key).select_related("file").order_by("-pk")


def is_small(upload: Upload) -> bool:
    """Say whether a file that was read is checked at once."""
    return upload.file is not None and upload.file.rows <= SMALL_ROWS


def receive(path: Path, kind: str, name: str, *, acting: Actor, start: Callable[[int], None]) -> Upload:
    """Take a file: read a small one, and keep a large one, for which `start` is called with the id of its upload.

    Raises BadFile for a small one that cannot be read; nothing of it is kept then.
    """
    with transaction.atomic():
        if path.stat().st_size <= SMALL_BYTES:
            file = stage(path, kind, acting=acting, choice=None, name=name)
            return Upload.objects.create(
                kind=kind, name=file.name, actor=acting.key, state=State.READ, file=file, rows=file.rows
            )
        upload = Upload.objects.create(kind=kind, name=name[:200], actor=acting.key)
        with path.open("rb") as content:
            for position, part in enumerate(iter(lambda: content.read(PART), b"")):
                UploadPart.objects.create(upload=upload, position=position, content=part)
        start(upload.pk)
    return upload


def read(upload_id: int, *, actor_of: ActorOf) -> None:
    """Read a large file that was kept; what was sent goes, also when it cannot be read. Done again, it begins anew."""
    mine = Upload.objects.filter(pk=upload_id)
    if not mine.filter(state__in=(State.WAITING, State.READING), file=None).update(
        state=State.READING, rows=0
    ):
        return
    upload = mine.get()
    try:
        with _written(upload) as path, _noting(upload_id) as told, transaction.atomic():
            acting = actor_of(upload.actor)
            file = stage(path, upload.kind, acting=acting, choice=None, name=upload.name, told=told)
            if not mine.update(state=State.READ, file=file, rows=file.rows):
                discard(file)  # it was removed meanwhile
            upload.parts.all().delete()
    except BadFile as error:
        _fail(upload, str(error))
    except Exception:
        _fail(upload, BROKEN)
        raise


def ask_for(upload: Upload, choice: Choice, options: dict[str, object]) -> None:
    """Keep what somebody said of a file that was read: what its columns mean, and the options of its operation."""
    upload.choice = {"columns": choice.columns, "by": choice.by, "to_set": choice.to_set}
    upload.options = options
    upload.state, upload.message = State.WAITING, ""
    upload.save(update_fields=["choice", "options", "state", "message"])


def check(upload_id: int, *, operation_of: OperationOf, actor_of: ActorOf) -> None:
    """Find out what would become of each row of a file, as was asked for. Done again, it finds what is so then."""
    mine = Upload.objects.filter(pk=upload_id).exclude(file=None)
    if not mine.filter(state__in=(State.WAITING, State.CHECKING)).update(state=State.CHECKING):
        return
    try:
        with transaction.atomic():
            upload = mine.select_for_update(of=("self",)).select_related("file").get()
            if upload.file is None:
                return
            acting = actor_of(upload.actor)
            upload.file = with_columns(upload.file, Choice(**upload.choice))
            operation_of(upload).prepare(acting)
            mine.update(state=State.CHECKED, file=upload.file, checked_at=Now())
    except BadFile as error:
        mine.update(state=State.READ, message=str(error))
    except Exception:
        mine.update(state=State.READ, message=BROKEN)
        raise


def remove(upload: Upload) -> None:
    """Remove a file and its rows; what was taken from it stays."""
    with transaction.atomic():
        if upload.file:
            discard(upload.file)
        upload.delete()


def _fail(upload: Upload, message: str) -> None:
    with transaction.atomic():
        Upload.objects.filter(pk=upload.pk).update(state=State.FAILED, message=message)
        upload.parts.all().delete()


@contextmanager
def _written(upload: Upload) -> Iterator[Path]:
    """Put the parts of a file together on disk, for as long as it is read."""
    with passing_file(".upload") as file:
        positions = list(upload.parts.order_by("position").values_list("position", flat=True))
        for position in positions:
            file.write(upload.parts.get(position=position).content)
        file.flush()
        yield Path(file.name)


@contextmanager
def _noting(upload_id: int) -> Iterator[Told]:
    """Note progress over a second connection: what the first one writes is seen by nobody before it is all done."""
    second = connection.copy()

    def note(rows: int) -> None:
        with second.cursor() as cursor:
            cursor.execute("UPDATE rollbook_import_upload SET rows = %s WHERE id = %s", (rows, upload_id))

    try:
        yield note
    finally:
        second.close()
