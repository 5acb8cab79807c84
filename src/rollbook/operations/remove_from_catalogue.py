"""Remove a category, course, chapter, content role or competency that has no records."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from rollbook.common.text import listed
from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import Remove, table_label
from rollbook.ledger.operation import Operation, Plan
from rollbook.ledger.recorded import RegisterModel
from rollbook.operations.completing import completing
from rollbook.people.access import Right
from rollbook.training.catalogue import (
    Category,
    Chapter,
    Competency,
    ContentRole,
    Course,
    CourseCompetency,
    RoleContent,
    RoleGrant,
)
from rollbook.training.completion import once_changed
from rollbook.training.records import ChapterProgress, Enrolment, UserCompetency

Rows = Callable[[int], "Sequence[QuerySet[Any]]"]


@dataclass(frozen=True)
class Kind:
    """What stands in the way of removing a row of `model`, what to do instead, and what goes along with it."""

    model: type[RegisterModel]
    in_the_way: Rows
    remedy: str
    goes_along: Rows = lambda _pk: []


KINDS = {
    "category": Kind(
        Category,
        lambda pk: [Category.objects.filter(parent=pk), Course.objects.filter(category=pk)],
        "Move them first.",
    ),
    "course": Kind(
        Course,
        lambda pk: [Enrolment.objects.filter(course=pk)],
        "Close the course instead: learners no longer see it, and its records stay.",
        lambda pk: [
            RoleContent.objects.filter(Q(course=pk) | Q(chapter__course=pk)),
            CourseCompetency.objects.filter(course=pk),
            Chapter.objects.filter(course=pk),
        ],
    ),
    "chapter": Kind(
        Chapter,
        lambda pk: [ChapterProgress.objects.filter(chapter=pk)],
        "Make it not required instead: then nobody needs it to complete the course.",
        lambda pk: [RoleContent.objects.filter(chapter=pk)],
    ),
    "content role": Kind(
        ContentRole,
        lambda pk: [RoleGrant.objects.filter(content_role=pk)],
        "Take it from its users first.",
        lambda pk: [RoleContent.objects.filter(content_role=pk)],
    ),
    "competency": Kind(
        Competency,
        lambda pk: [
            CourseCompetency.objects.filter(competency=pk),
            UserCompetency.objects.filter(competency=pk),
        ],
        "Take it off its courses; once people have earned it, it stays on their transcripts.",
    ),
}


@dataclass(frozen=True, kw_only=True)
class RemoveFromCatalogue(Operation):
    """Remove row `row_id` of the kind `kind`: a key of `KINDS`. A course goes with its chapters."""

    verb = "remove_from_catalogue"
    right = Right.CATALOGUE_EDIT

    kind: str
    row_id: int

    def plan(self, acting: Actor) -> Plan:
        """Say what goes, or which records stand against it and what to do instead."""
        kind = KINDS.get(self.kind)
        if kind is None:
            told = f"The catalogue has no “{self.kind}”. Give one of: {', '.join(KINDS)}."
            return Plan(operation=self, summary=told, subjects=[], refusals=[told])
        rows = kind.model._base_manager.filter(pk=self.row_id)
        row = rows.first()
        found = [
            table_label(of.model._meta.db_table, number)
            for of in kind.in_the_way(self.row_id)
            if (number := of.count())
        ]
        refusals = [] if row else [f"There is no {self.kind} #{self.row_id}."]
        if found:
            refusals.append(
                f"The {self.kind} {row} has {listed(found)}, and cannot be removed. {kind.remedy}"
            )
        # With its course, so that nobody enrols or adds a chapter at that moment, and an undo finds it.
        course = (
            Course.objects.filter(chapters=self.row_id) if self.kind == "chapter" else Course.objects.none()
        )
        plan = Plan(
            operation=self,
            summary=f"Remove the {self.kind} {row or f'#{self.row_id}'}",
            subjects=[rows, course],
            effects=[] if refusals else [Remove(along) for along in (*kind.goes_along(self.row_id), rows)],
            refusals=refusals,
        )
        if refusals or not isinstance(row, Chapter) or not row.required:
            return plan
        return completing(plan, row.course_id, once_changed(row.pk, required=False))
