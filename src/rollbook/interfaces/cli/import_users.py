"""Import users: a CSV or XLSX file creates and updates; --watch does so with every file put into a folder.

Exit code 0: every row was taken, or was so already. 3: some rows were refused, the others taken. 1: nothing was done.
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from rollbook.interfaces.cli.acting import refusing
from rollbook.interfaces.cli.choosing import the_location
from rollbook.interfaces.cli.files import add_file_arguments, chosen, take
from rollbook.operations.import_users import ImportUsers
from rollbook.people.importing.missing import Limits
from rollbook.people.importing.models import ImportFile


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", type=Path, metavar="FILE")
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
        help="so many of one location at most",
    )
    parser.add_argument(
        "--most-missing-percent",
        type=int,
        default=Limits.percent,
        metavar="PERCENT",
        help="such a share at most",
    )


@refusing
def run(args: Namespace) -> int:
    """Preview or do it."""
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
