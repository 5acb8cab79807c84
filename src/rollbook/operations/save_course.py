"""Create or edit a course: what it is, when it is due, and what completing it brings. Its chapters are their own."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from rollbook.common.text import counted, tidy
from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import Create, Effect, Remove, Update
from rollbook.ledger.operation import Note, Operation, Plan
from rollbook.operations.saving import saved
from rollbook.people.access import Right
from rollbook.training import catalogue_checks as checks
from rollbook.training.catalogue import Category, Competency, Course, CourseCompetency
from rollbook.training.records import Enrolment


@dataclass(frozen=True, kw_only=True)
class SaveCourse(Operation):
    """Create a course, or where `course_id` is given, let that one be as given.

    `competencies` are (competency's id, level from 1 to 5, days for which it is valid or None for ever).
    """

    verb = "save_course"
    right = Right.CATALOGUE_EDIT

    course_id: int | None = None
    title: str
    category_id: int
    description: str = ""
    open: bool = True
    due_days: int | None = None
    certificate: bool = True
    certificate_days: int | None = None
    competencies: tuple[tuple[int, int, int | None], ...] = ()

    def problems(self, _acting: Actor) -> dict[str, str]:
        """Return {parameter: sentence} of what stands against it; `competency_<n>` and so on for competency n."""
        title = tidy(self.title)
        same = Course.objects.filter(category=self.category_id, title=title).exclude(pk=self.course_id or 0)
        found = {
            "title": checks.name_problem(title, "The title", same),
            "category_id": checks.missing_problem(Category, (self.category_id,)),
            "due_days": checks.days_problem(self.due_days, "The time to complete it"),
            "certificate_days": checks.days_problem(self.certificate_days, "The certificate's validity"),
        }
        if self.course_id is not None and not self._rows.exists():
            found["course_id"] = f"There is no course #{self.course_id}."
        if (length := len(self.description)) > checks.DESCRIPTION_LENGTH:
            found["description"] = (
                f"The description has {length:,} characters; {checks.DESCRIPTION_LENGTH:,} is the most."
            )
        if "\x00" in self.description:
            found["description"] = (
                "The description has a character that cannot be stored (U+0000). Type it again."
            )
        found.update(self._competency_problems())
        return {field: problem for field, problem in found.items() if problem}

    def plan(self, acting: Actor) -> Plan:
        """Say what is created or differs."""
        problems, course = self.problems(acting), self._rows.first()
        return Plan(
            operation=self,
            summary=f"Edit the course {course}" if course else f"Create the course {tidy(self.title)}",
            subjects=[self._rows],
            effects=[] if problems else list(self._effects(course)),
            notes=list(self._notes(course)) if course else [],
            refusals=list(problems.values()),
        )

    @property
    def _rows(self) -> "QuerySet[Course]":
        return Course.objects.filter(pk__in=[self.course_id or 0])

    def _competency_problems(self) -> Iterator[tuple[str, str | None]]:
        ids = [competency for competency, _, _ in self.competencies]
        for row, (competency, level, days) in enumerate(self.competencies):
            yield f"competency_{row}", checks.missing_problem(Competency, (competency,))
            if competency in ids[:row]:
                yield f"competency_{row}", "This competency is there twice. Leave one of them."
            if not 1 <= level <= checks.MOST_LEVEL:
                yield f"level_{row}", f"A level is a number from 1 to {checks.MOST_LEVEL}."
            yield f"valid_days_{row}", checks.days_problem(days, "Its validity")

    def _effects(self, course: Course | None) -> Iterator[Effect]:
        names = ("category_id", "open", "due_days", "certificate", "certificate_days")
        wanted: dict[str, Any] = {"title": tidy(self.title), "description": tidy(self.description)}
        own = saved(self._rows, wanted | {name: getattr(self, name) for name in names})
        yield from own
        there = CourseCompetency.objects.filter(course=self.course_id or 0)
        known = {row.competency_id: row for row in there}
        yield Remove(there.exclude(competency__in=[competency for competency, _, _ in self.competencies]))
        for competency, level, days in self.competencies:
            values, row = {"level": level, "valid_days": days}, known.get(competency)
            if row is None:
                yield Create(
                    CourseCompetency, {"course": course or own[0], "competency_id": competency, **values}
                )
            elif (row.level, row.valid_days) != (level, days):
                yield Update(there.filter(pk=row.pk), values)

    def _notes(self, course: Course) -> Iterator[Note]:
        enrolled = Enrolment.objects.filter(course=course, current=True).count()
        if course.open and not self.open:
            yield Note(
                "Learners no longer see the course", f"the records of {counted(enrolled, 'enrolment')} stay"
            )
        if not course.open and self.open:
            yield Note(
                "Learners see the course again", f"{counted(enrolled, 'enrolment')} go on where they were"
            )
        if course.due_days != self.due_days and enrolled:
            yield Note(
                "Whoever is enrolled already keeps their due date", "the new time counts for later enrolments"
            )
        awards = ("certificate", "certificate_days")
        if any(getattr(course, name) != getattr(self, name) for name in awards) and enrolled:
            yield Note("Certificates that were issued stay as they are", "the change counts for later ones")
