"""Which chapters are meant: by their own ids, or by the course, category or content role that they are in."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.db.models.expressions import RawSQL

from rollbook.training.catalogue import Category, Chapter, ContentRole, Course

BELOW = """
WITH RECURSIVE below(id) AS (
  SELECT unnest(%s::bigint[])
  UNION SELECT c.id FROM rollbook_category c JOIN below b ON c.parent_id = b.id
) SELECT id FROM below
"""
KINDS: dict[str, type[Model]] = {
    "chapter": Chapter,
    "course": Course,
    "category": Category,
    "content role": ContentRole,
}


@dataclass(frozen=True, kw_only=True)
class ContentSelection:
    """Chapters, whole courses, categories with all below them, and content roles; each chapter is meant once.

    `everything` means every chapter there is, whatever else is given.
    """

    chapter_ids: tuple[int, ...] = ()
    course_ids: tuple[int, ...] = ()
    category_ids: tuple[int, ...] = ()
    content_role_ids: tuple[int, ...] = ()
    everything: bool = False

    def chapters(self) -> "QuerySet[Chapter]":
        """Return the chapters that are meant."""
        chapters = Chapter.objects.order_by()
        if self.everything:
            return chapters
        return chapters.filter(pk__in=self._ids())

    def among(self) -> Q:
        """Return the condition on chapter progress that its chapter is meant.

        It names the chapters by their ids of now: thousands at most, and the database then knows how few they are.
        """
        if self.everything:
            return Q(chapter__isnull=False)
        return Q(chapter__in=sorted(self.chapters().values_list("pk", flat=True)))

    def _ids(self) -> "QuerySet[Any, Any]":
        # A union, because an OR over joins would read every chapter, and would find some twice.
        ids = Chapter.objects.order_by().values("pk")
        roles = Q(content_roles__content_role__in=self.content_role_ids)
        role_courses = Q(course__content_roles__content_role__in=self.content_role_ids)
        below = RawSQL(BELOW, [list(self.category_ids)])  # noqa: S611  # the SQL is constant
        return ids.filter(pk__in=self.chapter_ids).union(
            ids.filter(course__in=self.course_ids),
            ids.filter(course__category__in=below),
            ids.filter(roles),
            ids.filter(role_courses),
        )

    def unknown(self) -> Iterator[str]:
        """Return a sentence for each id that is not there, or is another kind's, or for no content at all."""
        given = dict(
            zip(
                KINDS,
                (self.chapter_ids, self.course_ids, self.category_ids, self.content_role_ids),
                strict=True,
            )
        )
        if not self.everything and not any(given.values()):
            yield "Nothing was chosen. Choose chapters, courses, categories or content roles."
        for kind, ids in given.items():
            missing = sorted(set(ids) - _there(KINDS[kind], ids))
            others = {other: _there(model, missing) for other, model in KINDS.items() if missing}
            for number in missing:
                is_one = [other for other, found in others.items() if number in found]
                hint = f"#{number} is a {' and a '.join(is_one)}." if is_one else "Check the number."
                yield f"There is no {kind} #{number}. {hint}"


def _there(model: type[Model], ids: tuple[int, ...] | list[int]) -> set[int]:
    return set(model._base_manager.filter(pk__in=ids).values_list("pk", flat=True))
