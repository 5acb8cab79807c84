"""Child processes that never outlive us."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

PR_SET_PDEATHSIG = 1


def ending_with_us(at_our_end: signal.Signals) -> Callable[[], None]:
    """Return what a child runs before its program, so that the kernel signals it when we die, even by kill -9.

    Linux only; elsewhere the next start finds and stops what was left. To be started from the main thread: the kernel
    watches the thread that made the child.
    """
    if sys.platform != "linux":
        return lambda: None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def before_program() -> None:
        prctl(PR_SET_PDEATHSIG, int(at_our_end))
        if os.getppid() != parent:  # we died in between
            os.kill(os.getpid(), signal.SIGKILL)

    return before_program


def working_in(folder: Path, program: str) -> list[int]:
    """Return the ids of the processes of that program whose own folder this is; none where there is no /proc."""
    return [
        int(process.name) for process in Path("/proc").glob("[0-9]*") if _works_in(process, folder, program)
    ]


def _works_in(process: Path, folder: Path, program: str) -> bool:
    try:
        return (process / "comm").read_text().strip() == program and (process / "cwd").samefile(folder)
    except OSError:  # it has ended, or is somebody else's
        return False
