"""What the worker clears up at night."""

import os
import tempfile
from pathlib import Path

import pytest

from rollbook.common.passing import PREFIX
from rollbook.interfaces.web.tasks import clear_expired


@pytest.mark.django_db
def test_what_a_process_left_that_was_killed_while_a_file_was_sent_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left = tmp_path / f"{PREFIX}abc.upload"
    left.touch()
    os.utime(left, (0, 0))
    clear_expired.func(timestamp=0)
    assert not left.exists()
