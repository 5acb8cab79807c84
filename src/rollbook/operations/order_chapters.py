"""Put the chapters of a course into another order."""

from dataclasses import dataclass

from django.db.models import Case, F, Value, When

from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import Update
from rollbook.ledger.operation import Operation, Plan
from rollbook.people.access import Right
from rollbook.training.catalogue import Chapter, Course


@dataclass(frozen=True, kw_only=True)
class OrderChapters(Operation):
    """Let the chapters of a course come in the order of `chapter_ids`, which names each of them once."""

    verb = "order_chapters"
    right = Right.CATALOGUE_EDIT

    course_id: int
    chapter_ids: tuple[int, ...]

    def plan(self, acting: Actor) -> Plan:
        """Say which chapters change their place."""
        courses, chapters = (
            Course.objects.filter(pk=self.course_id),
            Chapter.objects.filter(course=self.course_id),
        )
        course, refusals = courses.first(), []
        if course is None:
            refusals.append(f"There is no course #{self.course_id}.")
        elif sorted(chapters.values_list("pk", flat=True)) != sorted(self.chapter_ids):
            refusals.append(
                "The course has other chapters than these by now. Look at the course and order it again."
            )
        # A position where there is none keeps the expression typed for a course without chapters.
        places = [When(pk=pk, then=Value(place)) for place, pk in enumerate(self.chapter_ids, 1)]
        position = Case(*places, default=F("position"), output_field=Chapter._meta.get_field("position"))
        return Plan(
            operation=self,
            summary=f"Order the chapters of {course or 'a course'}",
            subjects=[courses, chapters],
            effects=[] if refusals else [Update(chapters.exclude(position=position), {"position": position})],
            refusals=refusals,
        )
