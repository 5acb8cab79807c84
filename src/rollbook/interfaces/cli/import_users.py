"""Import users: a CSV or XLSX file creates and updates; --watch does so with every file put into a folder.

Exit code 0: every row was taken, or was so already. 3: some rows were refused, the others taken. 1: nothing was done.
4: nothing was done yet, a second administrator must approve it in the console.
With --watch: the highest of the files.
"""

from argparse import ArgumentParser, Namespace
from functools import partial
from pathlib import Path

from rollbook.interfaces.cli.acting import NotFound, refusing
from rollbook.interfaces.cli.choosing import the_location
from rollbook.interfaces.cli.files import add_file_arguments, chosen, take
from rollbook.interfaces.cli.watched import watch
from rollbook.operations.import_users import ImportUsers
from rollbook.people.importing.missing import Limits
from rollbook.people.importing.models import ImportFile


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("file", nargs="?", type=Path, metavar="FILE")
    what.add_argument(
        "--watch",
        type=Path,
        metavar="FOLDER",
        help="take each file that is put into this folder, until stopped",
    )
    parser.add_argument("--once", action="store_true", help="with --watch: take what is there, and end")
    add_file_arguments(parser)
    parser.add_argument(
        "--location", help="where users are created whose row names no location (name or #ID)"
    )
    parser.add_argument("--empty-clears", action="store_true", help="empty cells clear what is there")
    parser.add_argument(
        "--deactivate-missing",
        action="store_true",
        help="make learners inactive who are in no row of the file",
    )
    parser.add_argument("--missing-in", metavar="LOCATION", help="only those in this location or below it")
    parser.add_argument(
        "--most-missing",
        type=int,
        default=Limits.users,
        metavar="USERS",
        help="so many of one location at most, else a second administrator must approve it",
    )
    parser.add_argument(
        "--most-missing-percent",
        type=int,
        default=Limits.percent,
        metavar="PERCENT",
        help="such a share at most, else a second administrator must approve it",
    )


@refusing
def run(args: Namespace) -> int:
    """Preview or do it."""
    if args.watch and (args.preview or args.refused):
        raise NotFound(
            "--watch goes without --preview and --refused: refused rows are written beside each file."
        )
    return watch(args.watch, partial(_put, args), once=args.once) if args.watch else _take(args)


def _put(args: Namespace, file: Path, refused: Path) -> int:
    return refusing(_take)(Namespace(**{**vars(args), "file": file, "refused": refused}))


def _take(args: Namespace) -> int:
    return take(args.file, ImportFile.Kind.IMPORT, chosen(args), lambda file: operation_of(file, args), args)


def operation_of(file: ImportFile, args: Namespace) -> ImportUsers:
    """Return the operation that the arguments ask for. Raises NotFound for an unknown location."""
    return ImportUsers(
        file_id=file.pk,
        empty_clears=args.empty_clears,
        location_id=the_location(args.location).pk if args.location else None,
        deactivate_missing=args.deactivate_missing,
        missing_in=the_location(args.missing_in).pk if args.missing_in else None,
        limits=Limits(users=args.most_missing, percent=args.most_missing_percent),
    )
