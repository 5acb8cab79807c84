"""A folder into which another system puts files: each is taken once, and moved aside with a report beside it."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import close_old_connections
from django.utils import timezone

from rollbook.common.text import one_line
from rollbook.interfaces.cli.acting import DONE, REFUSED
from rollbook.interfaces.cli.files import HELD
from rollbook.interfaces.cli.output import complain, say

EVERY = 60
# A file is taken when nothing was added to it for so long, in seconds: it may still be on its way.
STILL = 30
# Of a name, in bytes: what is put before and behind it has room in the 255 of most file systems.
LONGEST = 220
ON_THEIR_WAY = {".part", ".partial", ".filepart", ".tmp", ".crdownload"}

# Where a file goes by its exit code, if not among those that are done.
FOLDERS = {REFUSED: "failed", HELD: "held"}

Take = Callable[[Path, Path], int]


def watch(folder: Path, take: Take, *, once: bool) -> int:
    """Take each file that is put into a folder, until stopped or, with `once`, those that are there.

    `take` is given the file and the path for its refused rows, and returns an exit code, of which the highest is
    returned. A process that is killed after a file was taken and before it was moved takes it again, which changes
    nothing.
    """
    if not folder.is_dir():
        complain(f"There is no folder {folder}. Create it, and let this account write there.")
        return REFUSED
    worst = DONE
    while True:
        for file in list(_waiting(folder)):
            worst = max(worst, _tried(file, take))
        if once:
            return worst
        close_old_connections()
        try:
            time.sleep(EVERY)
        except KeyboardInterrupt:
            return worst


def _waiting(folder: Path) -> Iterator[Path]:
    """Return the files that stand still, the oldest first."""
    oldest = time.time() - STILL
    files: list[tuple[float, Path]] = []
    for path in folder.iterdir():
        # Whoever puts it there may give it its name only now.
        with suppress(FileNotFoundError):
            if path.is_file() and not path.name.startswith(".") and path.suffix.lower() not in ON_THEIR_WAY:
                files.append((path.stat().st_mtime, path))
    yield from (path for changed, path in sorted(files) if changed <= oldest)


def _tried(file: Path, take: Take) -> int:
    """Take a file; one that cannot be read or moved stays, and keeps no other waiting."""
    try:
        return _take(file, take)
    except OSError as error:
        complain(
            f"{one_line(file.name)} stays where it is: {error.strerror}. Put that right, or take it away."
        )
        return REFUSED


def _take(file: Path, take: Take) -> int:
    name = f"{timezone.localtime():%Y-%m-%d-%H%M%S}-{os.fsdecode(os.fsencode(file.name)[-LONGEST:])}"
    # In a folder of our own: whoever puts files here could make what we write a link to what only we may write to.
    with TemporaryDirectory(prefix=".", dir=file.parent) as ours:
        report, refused = (Path(ours, f"{name}.{kind}") for kind in ("txt", "refused.csv"))
        with (
            report.open("w", encoding="utf-8", errors="backslashreplace") as out,
            redirect_stdout(out),
            redirect_stderr(out),
        ):
            code = _refuse_link(file) if file.is_symlink() else take(file, refused)
        goal = file.parent / FOLDERS.get(code, "done")
        goal.mkdir(exist_ok=True)
        report.rename(goal / report.name)
        if refused.exists():
            refused.rename(goal / refused.name)
    # Last: until then the file is one that waits.
    file.rename(goal / name)
    say(one_line(f"{file.name}: {goal.name}, see {goal / name}.txt"))
    sys.stdout.flush()
    return code


def _refuse_link(file: Path) -> int:
    """Say that a link is not followed: what it leads to would come back, in refused rows, to whoever made it."""
    complain(f"{one_line(file.name)} is a link. Put the file itself into the folder.")
    return REFUSED
