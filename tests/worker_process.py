"""The worker in a process of its own, as `rollbook worker` starts it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from rollbook.project import services

PATIENCE = 60


def start_worker(mails: Path) -> "subprocess.Popen[bytes]":
    """Start a worker on the test's database that writes its mails into a folder."""
    known: dict[str, Any] = connection.settings_dict
    url = make_conninfo(
        dbname=known["NAME"], user=known["USER"], password=known["PASSWORD"], host=known["HOST"]
    )
    mail = {"MAIL_URL": f"file://{mails}", "MAIL_FROM": "rollbook@example.org"}
    command = [sys.executable, *services.worker()]
    return subprocess.Popen(command, env={**os.environ, **mail, "DATABASE_URL": url})


def wait_until(reached: Callable[[], bool]) -> None:
    """Wait for something that the worker brings about."""
    for _ in range(PATIENCE * 10):
        if reached():
            return
        time.sleep(0.1)
    pytest.fail("it took too long")
