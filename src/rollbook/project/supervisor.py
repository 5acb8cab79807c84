"""Running several programs as one: started together, stopped together, and none left behind."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from rollbook.project.children import ending_with_us
from rollbook.project.errors import StartError

PATIENCE = 60
GRACE = 15
LOCAL = "127.0.0.1"


class Stopped(BaseException):
    """Somebody asked us to end: Ctrl-C, SIGTERM, or the terminal was closed."""


def listen_for_stop() -> None:
    """Have the signals that end a program raise `Stopped`, wherever it is."""

    def stop(signum: int, frame: FrameType | None) -> None:
        ignore_stop()  # a second Ctrl-C must not break the cleaning up
        raise Stopped

    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, stop)


def ignore_stop() -> None:
    """Let the signals that end a program pass."""
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, signal.SIG_IGN)


def check_port(port: int, setting: str) -> None:
    """Raise StartError where the port cannot be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOCAL, port))
        except OSError as error:
            raise StartError(
                f"Rollbook cannot use port {port} on {LOCAL} ({(error.strerror or '').lower()}): stop the program that"
                f" uses it, or choose another port with {setting}."
            ) from error


class Supervisor:
    """The programs that run as one; each writes to a log of its own in the folder."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, arguments: list[str], at_our_end: signal.Signals = signal.SIGKILL) -> None:
        """Start one Python program (`-m ...`). When we are killed ourselves, it gets the signal `at_our_end`."""
        with self._log(name).open("wb") as log:
            self._running[name] = subprocess.Popen(
                [sys.executable, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C reaches us alone; we stop the programs in order.
                start_new_session=True,
                preexec_fn=ending_with_us(at_our_end),  # noqa: PLW1509 - it calls nothing that a thread could hold
            )

    def wait_for_answer(self, name: str, port: int) -> None:
        """Return when the program answers on the port; raises StartError when it ends or takes too long."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self._check()
            connection = http.client.HTTPConnection(LOCAL, port, timeout=10)
            with contextlib.suppress(OSError), contextlib.closing(connection):
                connection.request("HEAD", "/")
                connection.getresponse()
                return
            time.sleep(0.1)
        raise StartError(f"{name} did not answer within {PATIENCE} seconds: {self._log(name)} says why.")

    def watch(self) -> None:
        """Return never; raises StartError when one of the programs ends by itself."""
        while True:
            self._check()
            time.sleep(0.5)

    def stop(self) -> None:
        """Ask each program to end, the last one first, and end the deaf ones."""
        for process in reversed(self._running.values()):
            process.terminate()
        deadline = time.monotonic() + GRACE
        for process in self._running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(deadline - time.monotonic(), 0))
            # What a program started itself is in its session: none of that may stay either.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._running.clear()

    def _log(self, name: str) -> Path:
        return self._logs / f"{name.lower().replace(' ', '-')}.log"

    def _check(self) -> None:
        for name, process in self._running.items():
            code = process.poll()
            if code is not None:
                lines = self._log(name).read_text(errors="replace").strip().splitlines()
                said = next((line for line in reversed(lines) if "Error" in line), f"exit code {code}")
                raise StartError(f"{name} ended by itself ({said}): the whole story is in {self._log(name)}.")
