"""[204] Set what is in progress back to Not started; attempts and what is completed stay."""

from argparse import ArgumentParser, Namespace

from rollbook.interfaces.cli.acting import add_preview_and_json, do, refusing
from rollbook.interfaces.cli.choosing import (
    add_content_arguments,
    add_user_arguments,
    content_meant,
    users_meant,
)
from rollbook.operations.reset_in_progress import ResetInProgress


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    add_user_arguments(parser, otherwise="; without it and --location, everybody")
    add_content_arguments(parser)
    parser.add_argument("--reason", default="", help="why, for whoever reads the history later")
    add_preview_and_json(parser)


@refusing
def run(args: Namespace) -> int:
    """Preview or do it."""
    operation = ResetInProgress(users=users_meant(args), content=content_meant(args))
    return do(operation, args, reason=args.reason)
