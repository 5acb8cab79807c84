"""Check what must always hold; say what is broken and exit with 1."""

from argparse import ArgumentParser, Namespace

from rollbook.interfaces.cli.acting import DONE, REFUSED
from rollbook.interfaces.cli.output import complain, say, say_json
from rollbook.ledger import verify
from rollbook.lms import invariants as of_lms
from rollbook.people import invariants as of_people
from rollbook.training import invariants as of_training

CHECKS = (
    verify.broken_invariants,
    of_people.broken_invariants,
    of_lms.broken_invariants,
    of_training.broken_invariants,
)


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--json", action="store_true", help="answer in JSON, for scripts")


def run(args: Namespace) -> int:
    """Check; reads only."""
    broken = [sentence for check in CHECKS for sentence in check()]
    if args.json:
        say_json({"broken": broken})
    for sentence in [] if args.json else broken:
        complain(sentence)
    if not broken and not args.json:
        say("All is well.")
    return REFUSED if broken else DONE
