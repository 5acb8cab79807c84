"""Enrol users on courses: what is current stays, or is begun again where that is asked for."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import reduce
from operator import or_

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.utils import timezone

from rollbook.common.text import counted
from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import CreateFrom, Effect, Update
from rollbook.ledger.operation import MANY, Note, Operation, Plan
from rollbook.people.access import Right
from rollbook.people.models import User
from rollbook.people.selection import UserSelection, names_of
from rollbook.training.catalogue import Course
from rollbook.training.records import Enrolment, Status
from rollbook.training.selection import ContentSelection


@dataclass(frozen=True, kw_only=True)
class EnrolUsers(Operation):
    """Enrol active users on open courses, due as each course says, at the end of that day.

    Whoever is on a course already is left as they are, except that who had single chapters by a content role gets the
    whole course. With `again`, a completed enrolment becomes historical and the
    user begins anew; certificates stay.
    """

    verb = "enrol_users"
    right = Right.ENROLMENTS_EDIT

    users: UserSelection = field(default_factory=UserSelection)
    course_ids: tuple[int, ...] = ()
    again: bool = False

    def plan(self, acting: Actor) -> Plan:
        """Say who is enrolled on what, and who is on it already."""
        courses = list(Course.objects.filter(pk__in=self.course_ids).order_by("title", "pk"))
        within = self.users.within(acting)
        active = within.filter(status=User.Status.ACTIVE)
        changes = [
            condition for course in courses for condition in (self._free_for(course), self._part_of(course))
        ]
        touched = active.filter(reduce(or_, changes, Q(pk__in=[])))
        refusals = self._refusals(courses)
        number = touched.count()
        if not refusals and not number:
            refusals.append(
                "None of these users can be enrolled: nobody was chosen, or all are on it already."
            )
        return Plan(
            operation=self,
            summary=f"Enrol {names_of(touched, number)} on {_titles(courses)}" if number else "Enrol users",
            subjects=[touched],
            relies_on=[Course.objects.filter(pk__in=self.course_ids)],
            effects=[] if refusals else [e for course in courses for e in self._effects(course, active)],
            notes=[] if refusals else [n for course in courses for n in self._notes(course, active)],
            left_out=[*self.users.left_out(acting), *_inactive(within)],
            refusals=refusals,
            live=number > MANY,
        )

    def _refusals(self, courses: list[Course]) -> list[str]:
        closed = [
            f"{one} is closed: learners do not see it. Open it first." for one in courses if not one.open
        ]
        return [*ContentSelection(course_ids=self.course_ids).unknown(), *closed]

    def _free_for(self, course: Course) -> Q:
        """Return the condition that a user can be enrolled; it holds before and after history is made."""
        there = Enrolment.objects.filter(user=OuterRef("pk"), course=course, current=True)
        return Q(~Exists(there.exclude(status=Status.COMPLETED) if self.again else there))

    def _part_of(self, course: Course) -> Q:
        """Return the condition that a user has single chapters of the course, which it holds of nobody afterwards."""
        return Q(pk__in=self._parts(course).values("user"))

    def _parts(self, course: Course) -> "QuerySet[Enrolment]":
        rows = Enrolment.objects.filter(course=course, current=True, whole=False).order_by()
        return rows.exclude(status=Status.COMPLETED) if self.again else rows

    def _past(self, course: Course, users: "QuerySet[User]") -> "QuerySet[Enrolment]":
        rows = Enrolment.objects.filter(course=course, current=True, status=Status.COMPLETED)
        return rows.filter(user__in=users.values("pk")) if self.again else rows.none()

    def _effects(self, course: Course, users: "QuerySet[User]") -> list[Effect]:
        columns = {
            "user": F("pk"),
            "course": Value(course.pk),
            "current": Value(value=True),
            "status": Value(Status.NOT_STARTED.value),
        }
        if due := _due(course):
            columns["due_at"] = Value(due)
        past = [Update(self._past(course, users), {"current": False})] if self.again else []
        parts = self._parts(course).filter(user__in=users.values("pk"))
        return [
            *past,
            CreateFrom(Enrolment, users.filter(self._free_for(course)), columns),
            Update(parts, {"whole": True, "due_at": _due(course)}),
        ]

    def _notes(self, course: Course, users: "QuerySet[User]") -> list[Note]:
        free, past = users.filter(self._free_for(course)).count(), self._past(course, users).count()
        parts = users.filter(self._part_of(course)).count()
        there = users.count() - free - parts
        due = _due(course)
        until = f", due by {due:%-d %B %Y}" if due else ""
        notes = [Note(f"{counted(free, 'user')} enrolled on {course}{until}")] if free else []
        if parts:
            what = f"{counted(parts, 'user')} {'gets' if parts == 1 else 'get'} the whole of {course}{until}"
            notes.append(
                Note(what, "so far by a content role with single chapters; what they have done stays")
            )
        if past:
            notes.append(
                Note(
                    f"{counted(past, 'completed enrolment')} on {course} become historical", "to begin again"
                )
            )
        if there:
            how = "in progress or not started" if self.again else "current or completed"
            notes.append(
                Note(f"{counted(there, 'user')} on {course} left as they are", f"already on it, {how}")
            )
        return notes


def _due(course: Course) -> datetime | None:
    if course.due_days is None:
        return None
    day = timezone.localdate() + timedelta(days=course.due_days)
    return timezone.make_aware(datetime.combine(day, time(23, 59, 59)))


def _titles(courses: list[Course]) -> str:
    return courses[0].title if len(courses) == 1 else counted(len(courses), "course")


def _inactive(users: "QuerySet[User]") -> list[Note]:
    number = users.exclude(status=User.Status.ACTIVE).count()
    return [Note(counted(number, "inactive user"), "retrieve them first")] if number else []
