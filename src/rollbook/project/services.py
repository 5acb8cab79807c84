"""The programs that Rollbook consists of: web server and worker, and the preparation they share."""

import os
import subprocess
import sys

from django.conf import settings
from django.core.management import call_command

from rollbook.project.errors import StartError


def web(port: int) -> list[str]:
    """Return the arguments of Python that start the web server on this machine's own address."""
    return [
        "-m",
        "granian",
        "--interface=wsgi",
        "--host=127.0.0.1",
        f"--port={port}",
        f"--workers={web_processes()}",
        "--blocking-threads=4",
        "--respawn-failed-workers",
        # A worker that is told to end while it starts misses it.
        "--workers-kill-timeout=5",
        "--no-ws",
        "rollbook.project.wsgi:application",
    ]


def web_processes() -> int:
    """Return how many processes serve pages: one for each processor, four at most."""
    return min(os.cpu_count() or 1, 4)


def worker() -> list[str]:
    """Return the arguments of Python that start the worker."""
    return ["-m", "rollbook.project.worker"]


def prepare() -> int:
    """Bring the tables up to date, and gather style sheets and scripts where browsers get them from."""
    call_command("migrate", interactive=False, verbosity=0)
    if settings.STATIC_ROOT:
        call_command("collectstatic", interactive=False, verbosity=0)
    return 0


def prepare_apart() -> None:
    """Do `prepare` in a process of its own, so that the supervisor stays small."""
    done = subprocess.run(
        [sys.executable, "-m", "rollbook", "migrate"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["no reason given"]
        raise StartError(f"The database could not be brought up to date: {said[-1]}")
