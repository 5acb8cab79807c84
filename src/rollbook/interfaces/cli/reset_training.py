"""[203] Erase what users did in chapters; their courses revert to Incomplete."""

from argparse import ArgumentParser, Namespace

from rollbook.interfaces.cli.acting import add_preview_and_json, do, refusing
from rollbook.interfaces.cli.choosing import (
    add_content_arguments,
    add_user_arguments,
    content_meant,
    users_meant,
)
from rollbook.operations.reset_training import ResetTraining


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    add_user_arguments(parser)
    add_content_arguments(parser)
    parser.add_argument(
        "--revoke", action="store_true", help="also revoke certificates and competencies earned by it"
    )
    parser.add_argument("--notify", action="store_true", help="tell the users by e-mail")
    parser.add_argument("--reason", default="", help="why, for whoever reads the history later")
    add_preview_and_json(parser)


@refusing
def run(args: Namespace) -> int:
    """Preview or do it."""
    operation = ResetTraining(
        users=users_meant(args), content=content_meant(args), revoke=args.revoke, notify=args.notify
    )
    return do(operation, args, reason=args.reason)
