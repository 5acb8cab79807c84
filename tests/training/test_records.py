"""The records are made for 100 million attempts: what hangs off what."""

from django.db.models import ForeignKey

from rollbook.people.models import User
from rollbook.training.records import Attempt, ChapterProgress, Enrolment


def points_at(model: type[Attempt | ChapterProgress]) -> dict[str, object]:
    return {f.name: f.related_model for f in model._meta.concrete_fields if isinstance(f, ForeignKey)}


def test_attempts_hang_off_chapter_progress_and_neither_off_the_user() -> None:
    """Issue 3: "attempts hang off chapter progress, never off the user"; DESIGN 6: both carry the enrolment's id."""
    assert points_at(Attempt) == {"enrolment": Enrolment, "progress": ChapterProgress}
    assert User not in points_at(ChapterProgress).values()
