"""Make a new key with which Rollbook signs; the old one stays published for two days."""

from argparse import ArgumentParser, Namespace

from rollbook.interfaces.cli.acting import DONE
from rollbook.interfaces.cli.output import say
from rollbook.lms.tool_keys import OVERLAP, rotate_keys


def add_arguments(parser: ArgumentParser) -> None:
    """Declare that there are none."""


def run(args: Namespace) -> int:
    """Make the key and retire the others."""
    made = rotate_keys()
    hours = int(OVERLAP.total_seconds() // 3600)
    say(
        f"The new key is {made.kid}. LMSs that fetch /lti/jwks.json find it beside the old ones for {hours} hours."
    )
    return DONE
