"""Link users: a CSV or XLSX file says by what each user is found and which ID to set.

Exit code 0: every row was taken, or was so already. 3: some rows were refused, the others taken. 1: nothing was done.
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from rollbook.interfaces.cli.acting import refusing
from rollbook.interfaces.cli.files import add_file_arguments, chosen, take
from rollbook.operations.link_users import LinkUsers
from rollbook.people.importing.models import ImportFile


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--set", default="", metavar="FIELD", help="the Username attribute to set")
    add_file_arguments(parser)


@refusing
def run(args: Namespace) -> int:
    """Preview or do it."""
    choice = chosen(args, to_set=args.set)
    return take(args.file, ImportFile.Kind.LINK, choice, lambda file: LinkUsers(file_id=file.pk), args)
