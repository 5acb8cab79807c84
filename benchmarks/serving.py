"""A running server, as an operator starts it, and what it and the machine spend."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple


class Server(NamedTuple):
    """Where it listens, and its process."""

    port: int
    pid: int


@contextmanager
def serving() -> Iterator[Server]:
    """Run the server with two processes while inside `with`."""
    port = _free_port()
    environment = os.environ | {"PUBLIC_URL": f"http://127.0.0.1:{port}"}
    process = subprocess.Popen(
        [sys.executable, "-m", "granian", "--interface=wsgi", "--host=127.0.0.1", f"--port={port}", "--workers=2",
         "--blocking-threads=4", "--no-ws", "--log-level=warning", "rollbook.project.wsgi:application"],
        env=environment,
    )  # fmt: skip
    try:
        _wait_for(port)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait()


def machine_cpu() -> float:
    """Return the seconds of CPU that the whole machine has used (user, nice, system)."""
    first = Path("/proc/stat").read_text().split("\n")[0].split()
    return sum(map(int, first[1:4])) / os.sysconf("SC_CLK_TCK")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(f"the server did not start on port {port}")
