"""Who acts at the command line, whom they mean, and how an operation is done there."""

import getpass
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from functools import wraps

from rollbook.interfaces.cli.output import complain, say_done, say_plan, tell_progress
from rollbook.ledger.errors import LedgerError
from rollbook.ledger.operation import Operation
from rollbook.ledger.writer import LARGE, apply, preview, quietly
from rollbook.people.access import MachineActor, operator
from rollbook.people.lookups import named
from rollbook.people.models import User

DONE, REFUSED = 0, 1


class NotFound(Exception):
    """What was named is not there, or is not the only one."""


def actor() -> MachineActor:
    """Return the operator under the name of the account of this machine."""
    return operator(getpass.getuser())


def the_user(name: str) -> User:
    """Return the one user that `name` means: #ID, e-mail or identifier. Raises NotFound, naming the candidates."""
    found = list(named(name).order_by("pk")[:10])
    if not found:
        raise NotFound(
            f"Nobody is named “{name}”. Give an ID number like #12, an e-mail address or an identifier."
        )
    if len(found) > 1:
        who = ", ".join(f"#{user.pk} {user.full_name}" for user in found)
        raise NotFound(f"“{name}” means several users: {who}. Give one of these ID numbers.")
    return found[0]


def refusing(run: Callable[[Namespace], int]) -> Callable[[Namespace], int]:
    """Turn a refusal into its sentence on stderr and the exit code 1."""

    @wraps(run)
    def running(args: Namespace) -> int:
        try:
            return run(args)
        except (LedgerError, NotFound) as error:
            complain(str(error))
            return REFUSED

    return running


def add_preview_and_json(parser: ArgumentParser) -> None:
    """Declare what every command has that changes something."""
    parser.add_argument("--preview", action="store_true", help="only say what would be done")
    parser.add_argument("--json", action="store_true", help="answer in JSON, for scripts")


def do(operation: Operation, args: Namespace, *, reason: str = "") -> int:
    """Preview an operation or do it, as the arguments say. Raises LedgerError."""
    plan = preview(operation, acting=actor())
    if args.preview:
        say_plan(plan, as_json=args.json)
        return REFUSED if plan.refusals else DONE
    for warning in plan.warnings:
        complain(f"Warning: {warning}")
    # It runs at once: whoever sits at a terminal sees how far it is.
    progress = tell_progress if plan.rows > LARGE else quietly
    say_done(apply(plan, acting=actor(), reason=reason, progress=progress), as_json=args.json)
    return DONE
