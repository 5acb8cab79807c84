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


def works_in(pid: int, folder: Path) -> bool:
    """Return whether the process is alive and has the folder as its own; False where the system cannot say."""
    try:
        return Path(f"/proc/{pid}/cwd").samefile(folder)
    except OSError:
        return False
