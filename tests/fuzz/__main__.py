"""Fuzz each reader for so many seconds, and print seed, executions and what was found.

FUZZ_SECONDS (60) for each, FUZZ_SEED, and the readers' names on the command line choose. What was found is kept in
test-results/fuzz and makes it end with 1; `python -m tests.fuzz.workbooks FILE` shows it again.
"""

import importlib.util
import os
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rollbook.project.embedded_postgres import EmbeddedPostgres

READERS = ("csv_files", "workbooks", "scim_filters")
RESULTS = Path(__file__).resolve().parents[2] / "test-results" / "fuzz"
SECONDS = int(os.environ.get("FUZZ_SECONDS", "60"))
SEED = int(os.environ.get("FUZZ_SEED", "0")) or random.randrange(1, 2**31)  # noqa: S311  # no secret
# More than any bad file may take, and what Python, Django and the fuzzer itself hold.
MEGABYTES = 200 + 400
RUNS = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
COVERED = re.compile(r"cov: (\d+)")
KEPT = re.compile(r"Test unit written to (\S+)")


def fuzz(reader: str, environment: dict[str, str]) -> bool:
    """Fuzz one reader in a process of its own, say how it went, and return whether nothing was found."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    options = [
        f"-max_total_time={SECONDS}",
        f"-seed={SEED}",
        f"-artifact_prefix={RESULTS}/{reader}-",
        f"-rss_limit_mb={MEGABYTES}",
        "-timeout=20",
        "-print_final_stats=1",
    ]
    command = [sys.executable, "-m", f"tests.fuzz.{reader}", *options]
    ran = subprocess.run(
        command, env=environment, capture_output=True, text=True, errors="replace", check=False
    )
    runs, covered, kept = RUNS.findall(ran.stderr), COVERED.findall(ran.stderr), KEPT.findall(ran.stderr)
    told = f"{int(runs[-1]):,} executions, {covered[-1]} edges" if runs and covered else "did not run"
    sys.stdout.write(f"fuzzing {reader}: {told} in {SECONDS} s, seed {SEED}: ")
    if ran.returncode == 0 and runs:
        sys.stdout.write("nothing found\n")
        sys.stdout.flush()
        return True
    sys.stdout.write(
        f"FOUND, kept in {', '.join(kept) or 'no file'}\n{ran.stdout[-3000:]}{ran.stderr[-3000:]}\n"
    )
    return False


def main(chosen: list[str]) -> int:
    """Fuzz what was chosen, or all."""
    if importlib.util.find_spec("atheris") is None:
        sys.stdout.write(
            "fuzzing: atheris is not installed, so NOTHING was fuzzed (it is for Linux on x86-64)\n"
        )
        return 0
    with (
        tempfile.TemporaryDirectory(prefix="rollbook-fuzz-") as folder,
        EmbeddedPostgres(Path(folder), fast=True) as server,
    ):
        environment = {**os.environ, "DATABASE_URL": server.dsn, "TMPDIR": folder}
        found = [reader for reader in chosen or READERS if not fuzz(reader, environment)]
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
