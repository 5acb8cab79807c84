"""A folder into which another system puts files: each is taken once, and moved aside with a report beside it."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from django.db import close_old_connections
from django.utils import timezone

from rollbook.interfaces.cli.acting import DONE, REFUSED
from rollbook.interfaces.cli.files import HELD
from rollbook.interfaces.cli.output import complain, say

EVERY = 60
# A file is taken when nothing was added to it for so long, in seconds: it may still be on its way.
STILL = 30
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
            worst = max(worst, _take(file, take))
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
    files = [path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]
    for path in sorted(files, key=lambda path: (path.stat().st_mtime, path.name)):
        if path.suffix.lower() not in ON_THEIR_WAY and path.stat().st_mtime <= oldest:
            yield path


def _take(file: Path, take: Take) -> int:
    name = f"{timezone.localtime():%Y-%m-%d-%H%M%S}-{file.name}"
    report, refused = (file.with_name(f".{name}.{kind}") for kind in ("txt", "refused.csv"))
    with report.open("w", encoding="utf-8") as out, redirect_stdout(out), redirect_stderr(out):
        code = take(file, refused)
    goal = file.parent / FOLDERS.get(code, "done")
    goal.mkdir(exist_ok=True)
    report.rename(goal / f"{name}.txt")
    if refused.exists():
        refused.rename(goal / f"{name}.refused.csv")
    # Last: until then the file is one that waits.
    file.rename(goal / name)
    say(f"{file.name}: {goal.name}, see {goal / name}.txt")
    sys.stdout.flush()
    return code
