"""The environment of the other platforms that must not share ours: made when its requirements change."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.interop.processes import ROOT

REQUIREMENTS = ROOT / "requirements" / "interop.txt"
FOLDER = ROOT / ".cache" / "interop"
INSTALL = ("install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes",
           "--only-binary", ":all:", "-r")  # fmt: skip


class InteropEnvironmentError(Exception):
    """The environment of the interoperability tests cannot be made."""


def interop_python() -> Path:
    """Return the Python of an environment that holds exactly what `requirements/interop.txt` says."""
    python, made_from = FOLDER / "bin" / "python", FOLDER / "made-from.txt"
    wanted = f"{sys.version}\n{REQUIREMENTS.read_text()}"
    if not made_from.exists() or made_from.read_text() != wanted:
        shutil.rmtree(FOLDER, ignore_errors=True)
        _run(sys.executable, "-m", "venv", "--without-pip", str(FOLDER))
        _run(*_pip(), "--python", str(python), *INSTALL, str(REQUIREMENTS))
        made_from.write_text(wanted)
    return python


def _pip() -> tuple[str, ...]:
    # An environment made without ensurepip has no pip of its own; the machine's can install into another one too.
    for python in (sys.executable, sys._base_executable):
        command = (python, "-m", "pip")
        if subprocess.run([*command, "--version"], capture_output=True, check=False).returncode == 0:
            return command
    raise InteropEnvironmentError(
        "The interoperability tests need Python's own installer, pip, and this machine has none "
        "(on Debian and Ubuntu: `apt install python3-venv`)."
    )


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise InteropEnvironmentError(
            f"The interoperability tests need an environment in {FOLDER}, and `{' '.join(command)}` failed. "
            f"It needs the network once. It said:\n{done.stderr.strip()[-2000:]}"
        )
