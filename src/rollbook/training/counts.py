"""How much training there is, in words."""

from django.db.models import Count, QuerySet

from rollbook.common.text import counted
from rollbook.ledger.operation import Note
from rollbook.training.records import ChapterProgress, Status

SHOWN = 50


def courses_in_words(progress: "QuerySet[ChapterProgress]") -> list[Note]:
    """Return, for each course, how many chapters of how many users are in which status; `SHOWN` courses at most."""
    rows = (
        progress.order_by()
        .values("chapter__course", "chapter__course__title", "status")
        .annotate(chapters=Count("pk"), users=Count("enrolment__user", distinct=True))
        .order_by("chapter__course__title", "chapter__course", "status")
    )
    by_course: dict[tuple[int, str], list[str]] = {}
    for row in rows:
        key = (row["chapter__course"], row["chapter__course__title"])
        label = Status(row["status"]).label.lower()
        of = f"{counted(row['chapters'], 'chapter')} {label}, of {counted(row['users'], 'user')}"
        by_course.setdefault(key, []).append(of)
    notes = [Note(f"{title}: {'; '.join(parts)}") for (_pk, title), parts in by_course.items()]
    more = len(notes) - SHOWN
    return notes[:SHOWN] + ([Note(f"and {counted(more, 'more course')}")] if more > 0 else [])
