"""The command line: each command is a module that parses, plans, shows and applies."""

import argparse
from typing import Protocol

from rollbook.interfaces.cli import (
    create_super_user,
    import_users,
    link_users,
    merge_users,
    operations,
    remove_unused_videos,
    reset_in_progress,
    reset_lms_accounts,
    reset_training,
    rotate_keys,
    verify,
)


class Command(Protocol):
    """What a command's module has; the first line of its docstring is the help."""

    __doc__: str | None

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""

    def run(self, args: argparse.Namespace) -> int:
        """Do it, and return the exit code."""


# The name of each command, and its module.
COMMANDS: dict[str, Command] = {
    "create-super-user": create_super_user,
    "import-users": import_users,
    "link-users": link_users,
    "merge-users": merge_users,
    "operations": operations,
    "remove-unused-videos": remove_unused_videos,
    "reset-in-progress": reset_in_progress,
    "reset-lms-accounts": reset_lms_accounts,
    "reset-training": reset_training,
    "rotate-keys": rotate_keys,
    "verify": verify,
}
