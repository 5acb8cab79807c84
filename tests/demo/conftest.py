"""The demo LMS, running as it does in the demo: a process of its own."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests import run
from tests.interop.processes import free_port, serving

ROLLBOOK = "http://127.0.0.1:8000"  # nobody is there: these tests stop before Rollbook's door


@contextmanager
def demo_lms(data: Path, log: Path, port: int, rollbook: str = ROLLBOOK) -> Iterator[str]:
    """Run the demo LMS on a data folder; the value is its address."""
    environment = {"DEMO_LMS_PORT": str(port), "DEMO_LMS_DATA": str(data), "ROLLBOOK_URL": rollbook}
    with serving([sys.executable, "-m", "demo.lms"], environment=environment, port=port, log=log):
        yield f"http://localhost:{port}"


@pytest.fixture(scope="session")
def lms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a demo LMS that all tests share."""
    folder = tmp_path_factory.mktemp("demo-lms")
    with demo_lms(folder / "data", folder / "log", free_port()) as address:
        yield address


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Return how Chromium is started: the machine's own, which as root has no sandbox."""
    return {"executable_path": run.browser(), "args": ["--no-sandbox", "--disable-gpu", "--disable-quic"]}
