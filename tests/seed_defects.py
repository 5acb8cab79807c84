"""Break the code on purpose, one defect at a time in a copy of it, and see that the tests notice (`make prove`).

Prints which test caught which defect. Ends with 1 where one survives or no longer fits the code, or where the tests
fail without any defect. Words on the command line choose the defects that have them in their description.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from tests.defects import DEFECTS, Defect

CHECKOUT = Path(__file__).resolve().parents[1]
COPIED = ("src", "tests", "docs", "benchmarks", "pyproject.toml")
AT_ONCE = 2
FAILED = re.compile(r"^(?:FAILED|ERROR) \S*?([^/\s]+\.py::\S+)", re.MULTILINE)


def copy_to(folder: Path) -> Path:
    """Copy what the tests need, and return the folder."""
    for name in COPIED:
        source = CHECKOUT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    return folder


def first_failure(copy: Path, tests: Sequence[str]) -> str | None:
    """Run tests in a copy; return the first that fails, or None. Raises RuntimeError where they cannot run at all."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("TEST_", "DATABASE_"))
    }
    environment |= {"PYTHONPATH": str(copy / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--tb=no", "-p", "no:cacheprovider", *tests]
    ran = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    if ran.returncode == 0:
        return None
    failed = FAILED.search(ran.stdout)
    if ran.returncode != 1 or failed is None:
        raise RuntimeError(f"pytest ended with {ran.returncode}:\n{ran.stdout[-2000:]}{ran.stderr[-2000:]}")
    return failed.group(1)


def caught_by(defect: Defect, copy: Path) -> str | None:
    """Seed one defect into a copy, run its tests, and mend the copy. Raises RuntimeError where it no longer fits."""
    file = copy / defect.file
    sound = file.read_text()
    if sound.count(defect.old) != 1:
        raise RuntimeError(f"{defect.file} reads so {sound.count(defect.old)} times: {defect.old!r}")
    try:
        file.write_text(sound.replace(defect.old, defect.new))
        return first_failure(copy, defect.tests)
    finally:
        file.write_text(sound)


def main(words: Sequence[str]) -> int:
    """Seed the defects and print the table; return 1 where anything is wrong."""
    chosen = [defect for defect in DEFECTS if all(word in defect.what for word in words)]
    begun, wrong = time.monotonic(), 0
    with tempfile.TemporaryDirectory(prefix="rollbook-defects-") as folder:
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(AT_ONCE):
            copies.put(copy_to(Path(folder, str(number))))

        def without_any(copy: Path) -> tuple[bool, str]:
            failed = first_failure(copy, sorted({test for each in chosen for test in each.tests}))
            return failed is None, failed or "all tests pass"

        def with_one(defect: Defect, copy: Path) -> tuple[bool, str]:
            caught = caught_by(defect, copy)
            return caught is not None, caught or "SURVIVED"

        def seed(defect: Defect | None) -> tuple[bool, str]:
            copy = copies.get()
            try:
                return with_one(defect, copy) if defect else without_any(copy)
            except RuntimeError as error:
                return False, str(error)
            finally:
                copies.put(copy)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            for defect, (right, said) in zip((None, *chosen), pool.map(seed, (None, *chosen)), strict=True):
                wrong += not right
                line = (
                    f"{'   ' if right else '!! '}{defect.what if defect else 'without any defect':<62} {said}"
                )
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()
    seconds = time.monotonic() - begun
    sys.stdout.write(f"{len(chosen)} defects, {wrong} wrong, in {seconds:.0f} s, {AT_ONCE} at a time\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
