"""The environment of the other platforms that must not share ours: made when its requirements change."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.interop.processes import ROOT

REQUIREMENTS = ROOT / "requirements" / "interop.txt"
FOLDER = ROOT / ".cache" / "interop"


class InteropEnvironmentError(Exception):
    """The environment of the interoperability tests cannot be made."""


def interop_python() -> Path:
    """Return the Python of an environment that holds exactly what `requirements/interop.txt` says."""
    python, made_from = FOLDER / "bin" / "python", FOLDER / "made-from.txt"
    wanted = f"{sys.version}\n{REQUIREMENTS.read_text()}"
    if not made_from.exists() or made_from.read_text() != wanted:
        shutil.rmtree(FOLDER, ignore_errors=True)
        _run(sys.executable, "-m", "venv", "--without-pip", str(FOLDER))
        _run(
            sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps",
            "--require-hashes", "--only-binary", ":all:", "--disable-pip-version-check", "-r", str(REQUIREMENTS),
        )  # fmt: skip
        made_from.write_text(wanted)
    return python


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise InteropEnvironmentError(
            f"The interoperability tests need an environment in {FOLDER}, and `{' '.join(command)}` failed. "
            f"It needs the network once. It said:\n{done.stderr.strip()[-2000:]}"
        )
