"""Remove files of the media folder that no chapter and no recorded operation names; says how much that was."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from rollbook.common.text import counted
from rollbook.interfaces.cli.acting import DONE
from rollbook.interfaces.cli.output import say
from rollbook.ledger.models import Change, OperationSubject
from rollbook.training.catalogue import Chapter, Course

# An upload waits in its form, or comes slowly.
AGE = timedelta(days=1)


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--preview", action="store_true", help="say what would go, and remove nothing")


def run(args: Namespace) -> int:
    """Remove the files."""
    unused = list(_unused()) if settings.MEDIA_ROOT else []
    size = filesizeformat(sum(file.stat().st_size for file in unused))
    for file in [] if args.preview else unused:
        file.unlink()
    say(f"{counted(len(unused), 'file')} ({size}) {'would go' if args.preview else 'removed'}.")
    return DONE


def _unused() -> Iterator[Path]:
    root, named = Path(settings.MEDIA_ROOT), _named()
    oldest = (timezone.now() - AGE).timestamp()
    for file in [*root.glob("videos/*"), *root.glob("incoming/*")]:
        if str(file.relative_to(root)) not in named and file.stat().st_mtime < oldest:
            yield file


def _named() -> set[str]:
    """Return the names of the videos that chapters have, or had before some operation."""
    tables = [model._meta.db_table for model in (Chapter, Course)]
    operations = OperationSubject.objects.filter(table__in=tables).values("operation")
    changes = Change.objects.filter(operation__in=operations, table=Chapter._meta.db_table)
    recorded = changes.values_list("before__video", "after__video")
    return {
        *Chapter.objects.values_list("video", flat=True),
        *(name for pair in recorded for name in pair if name),
    }
