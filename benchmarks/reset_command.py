"""`rollbook reset-training` as a whole process: 1,000 users named by their ID numbers, one course of 22 chapters."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from django.db import connection

from benchmarks.figures import cpu_seconds, parent
from benchmarks.training import CourseOfMany, clear, vacuum
from rollbook.ledger.models import OperationRecord
from rollbook.training.records import ChapterProgress

LEARNERS = 1_000
CHAPTERS = 22
# The peak is read from the system while the command runs.
LOOK_EVERY = 0.01


class Ran(NamedTuple):
    """What a command took: seconds of the wall, of its own CPU and of the database's, its peak memory in MB."""

    wall: float
    own: float
    database: float
    peak: float

    def __str__(self) -> str:
        return (
            f"{self.wall:6.2f} s, CPU of the command {self.own:5.2f} s and of the database {self.database:5.2f} s, "
            f"peak memory of the command {self.peak:4.0f} MB"
        )


def run(users: int) -> None:
    """Print what preview, reset and undo take, from the start of the process to its end."""
    clear()
    learners = min(users, LEARNERS)
    course = CourseOfMany("Command", CHAPTERS, learners).add()
    vacuum()
    people = ",".join(f"#{number}" for number in range(1, learners + 1))
    reset = ("reset-training", "--users", people, "--courses", str(course), "--reason", "bench")
    living = ChapterProgress.objects.filter(chapter__course=course, erased_at=None)
    rows = living.count()
    print(f"{learners:,} users x 1 course of {CHAPTERS} chapters: {rows:,} rows of chapter progress")
    print(f"preview {_ran(*reset, '--preview')}")
    print(f"reset   {_ran(*reset)}")
    left = living.count()
    last = str(OperationRecord.objects.latest("pk").pk)
    print(f"undo    {_ran('operations', 'undo', last, '--reason', 'bench')}")
    back = living.count()
    if (left, back) != (0, rows):
        raise RuntimeError(
            f"{left} rows were left by the reset, and {back} of {rows} were back after its undo"
        )


def _ran(*arguments: str) -> Ran:
    connection.ensure_connection()
    server = parent(connection.connection.info.backend_pid)
    begun, started = cpu_seconds(server), time.perf_counter()
    with tempfile.TemporaryFile() as said:
        command = [sys.executable, "-m", "rollbook", *arguments]
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
        peak = 0
        # Waited for by its own number, because only so its own use of the processor is told.
        while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
            peak = max(peak, _peak_memory(process.pid))
            time.sleep(LOOK_EVERY)
        wall, (_, status, used) = time.perf_counter() - started, ended
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise RuntimeError(f"rollbook {arguments[0]} ended with {status}: {said.read().decode()[-2000:]}")
    return Ran(wall, used.ru_utime + used.ru_stime, cpu_seconds(server) - begun, peak / 1024)


def _peak_memory(pid: int) -> int:
    """Return the most memory that a process has held, in kB; 0 when it is about to end."""
    for told in Path(f"/proc/{pid}/status").read_text().splitlines():
        if told.startswith("VmHWM:"):
            return int(told.split()[1])
    return 0
