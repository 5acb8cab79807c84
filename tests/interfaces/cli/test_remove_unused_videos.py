"""`rollbook remove-unused-videos`."""

import os
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from pytest_django import Settings

from rollbook.operations.remove_from_catalogue import RemoveFromCatalogue
from rollbook.operations.save_chapter import SaveChapter
from rollbook.training.catalogue import Chapter
from rollbook.training.videos import keep_video
from tests.cast import Cast
from tests.interfaces.cli.conftest import Command
from tests.interfaces.web.test_media import FILM
from tests.operations.doing import do
from tests.training.stage import furnish


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    """Return the media folder."""
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


def kept(folder: Path) -> str:
    """Store a video as it was uploaded two days ago, and return its name."""
    name = keep_video(ContentFile(FILM))
    assert name
    aged(folder / name)
    return name


def aged(file: Path) -> None:
    """Let a file be two days old."""
    moment = file.stat().st_mtime - 2 * 24 * 60 * 60
    os.utime(file, (moment, moment))


def test_only_what_no_chapter_has_or_had_is_removed(cast: Cast, folder: Path, rollbook: Command) -> None:
    stage = furnish()
    first, second, of_removed, unused = (kept(folder) for _ in range(4))
    for name in (first, second):
        do(
            cast.alice,
            SaveChapter(course_id=stage.fire.pk, chapter_id=stage.film.pk, title="The film", video=name),
        )
    do(cast.alice, SaveChapter(course_id=stage.first_aid.pk, title="New", video=of_removed))
    do(cast.alice, RemoveFromCatalogue(kind="chapter", row_id=Chapter.objects.get(title="New").pk))
    (folder / "incoming").mkdir()
    broken_off = folder / "incoming" / "half.upload"
    broken_off.write_bytes(FILM)
    aged(broken_off)
    waiting = keep_video(ContentFile(FILM))
    assert "2 files" in rollbook("remove-unused-videos", "--preview").out
    assert broken_off.exists()
    assert "2 files" in rollbook("remove-unused-videos").out
    left = {str(file.relative_to(folder)) for file in folder.glob("*/*")}
    assert left == {first, second, of_removed, waiting}
    assert unused not in left
    assert "0 files" in rollbook("remove-unused-videos").out


def test_without_a_media_folder_there_is_nothing_to_remove(
    cast: Cast, rollbook: Command, settings: Settings
) -> None:
    settings.MEDIA_ROOT = ""
    assert "0 files" in rollbook("remove-unused-videos").out
