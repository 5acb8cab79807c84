"""Files in the folder for temporary files that go by themselves, unless the process is killed; then they go later."""

import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

PREFIX = "rollbook-passing-"
# Longer than anything is received, read or sent.
SECONDS = 86_400


def passing_file(suffix: str) -> Any:
    """Return a file open for writing that goes when it is closed; `name` is its path."""
    return tempfile.NamedTemporaryFile(prefix=PREFIX, suffix=suffix)


def remove_left_over() -> int:
    """Remove what processes left that were killed a day ago or earlier, on this machine; return how many."""
    removed, before = 0, time.time() - SECONDS
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            if path.lstat().st_mtime > before:
                continue
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        except OSError:
            # Another process has just removed it, or it is another account's.
            continue
        removed += 1
    return removed
