"""Several programs run as one: together or not at all."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rollbook.project.errors import StartError
from rollbook.project.supervisor import LOCAL, Supervisor, check_port


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    """Return a supervisor that is stopped after the test."""
    made = Supervisor(tmp_path / "logs")
    yield made
    made.stop()


def free_port() -> int:
    """Return a port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOCAL, 0))
        port: int = probe.getsockname()[1]
        return port


def test_what_is_started_answers_and_is_gone_after_the_stop(supervisor: Supervisor) -> None:
    port = free_port()
    supervisor.start("Pages", ["-m", "http.server", str(port), "--bind", LOCAL])
    supervisor.wait_for_answer("Pages", port)
    with pytest.raises(StartError, match=rf"port {port} .* ROLLBOOK_PORT"):
        check_port(port, "ROLLBOOK_PORT")
    supervisor.stop()
    check_port(port, "ROLLBOOK_PORT")


def test_one_that_ends_by_itself_is_named_with_its_reason(supervisor: Supervisor) -> None:
    supervisor.start("Pages", ["-c", "raise ValueError('no paper')"])
    with pytest.raises(StartError, match=r"Pages ended by itself \(ValueError: no paper\)"):
        supervisor.watch()


def test_a_deaf_program_and_its_children_end_too(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rollbook.project.supervisor.GRACE", 0.2)
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    child = f"{deaf} import time; print('deaf', flush=True); time.sleep(600)"
    supervisor.start(
        "Deaf", ["-c", f"{deaf} import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"]
    )
    log = tmp_path / "logs/deaf.log"
    while "deaf" not in log.read_text():
        time.sleep(0.02)
    children = subprocess.run(["pgrep", "-f", "print\\('deaf'"], capture_output=True, check=False)
    assert children.stdout
    supervisor.stop()
    assert not subprocess.run(["pgrep", "-f", "print\\('deaf'"], capture_output=True, check=False).stdout


def test_when_the_supervisor_is_killed_its_programs_end() -> None:
    port = free_port()
    code = f"""
import time
from pathlib import Path
from rollbook.project.supervisor import Supervisor
supervisor = Supervisor(Path({str(Path.cwd() / "test-results/logs")!r}))
supervisor.start("Pages", ["-m", "http.server", "{port}", "--bind", "{LOCAL}"])
supervisor.wait_for_answer("Pages", {port})
print("running", flush=True)
time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "running\n"
        process.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 5
    while True:
        try:
            check_port(port, "ROLLBOOK_PORT")
        except StartError:
            assert time.monotonic() < deadline, "the program outlived its supervisor"
            time.sleep(0.05)
        else:
            break
