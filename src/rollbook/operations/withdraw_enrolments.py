"""Withdraw users from courses: what nobody has begun is removed, the rest becomes history."""

from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Q, QuerySet

from rollbook.common.text import counted
from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import Remove, Update
from rollbook.ledger.operation import MANY, Note, Operation, Plan
from rollbook.people.access import Right
from rollbook.people.models import User
from rollbook.people.selection import UserSelection, names_of
from rollbook.training.catalogue import RoleContent
from rollbook.training.records import Certificate, ChapterProgress, Enrolment, Status, UserCompetency
from rollbook.training.selection import ContentSelection


@dataclass(frozen=True, kw_only=True)
class WithdrawEnrolments(Operation):
    """Take the current enrolments of users on courses away.

    One without any record is removed. One with a record becomes historical: what was done stays in the transcript,
    and certificates stay.
    """

    verb = "withdraw_enrolments"
    right = Right.ENROLMENTS_EDIT

    users: UserSelection = field(default_factory=UserSelection)
    course_ids: tuple[int, ...] = ()

    def plan(self, acting: Actor) -> Plan:
        """Say what is removed and what becomes history."""
        refusals = list(ContentSelection(course_ids=self.course_ids).unknown())
        current = Enrolment.objects.filter(course__in=self.course_ids, current=True).order_by()
        within = self.users.within(acting)
        touched = within.filter(Exists(current.filter(user=OuterRef("pk"))))
        number = touched.count()
        if not refusals and not number:
            refusals.append("None of these users is on these courses: there is nothing to withdraw.")
        rows = current.filter(user__in=touched.values("pk"))
        recorded = [Exists(model.objects.filter(enrolment=OuterRef("pk"))) for model in RECORDS]
        unbegun = rows.filter(~recorded[0], ~recorded[1], ~recorded[2], status=Status.NOT_STARTED)
        begun = rows.exclude(pk__in=unbegun.values("pk"))
        return Plan(
            operation=self,
            summary=f"Withdraw {names_of(touched, number)} from courses" if number else "Withdraw enrolments",
            subjects=[touched],
            effects=[] if refusals else [Update(begun, {"current": False}), Remove(unbegun)],
            notes=[] if refusals else _notes(begun.count(), unbegun.count()),
            warnings=[] if refusals else self._still_given(touched),
            left_out=self.users.left_out(acting),
            refusals=refusals,
            live=number > MANY,
        )

    def _still_given(self, users: "QuerySet[User]") -> list[str]:
        among = Q(course__in=self.course_ids) | Q(chapter__course__in=self.course_ids)
        content = RoleContent.objects.filter(among)
        number = users.filter(role_grants__content_role__in=content.values("content_role")).distinct().count()
        if not number:
            return []
        who = "1 of them still has" if number == 1 else f"{number:,} of them still have"
        what = f"{who} a course of these, or a chapter of one, by a content role."
        return [f"{what} Take the content role away too, if that is meant."]


RECORDS = (ChapterProgress, Certificate, UserCompetency)


def _notes(begun: int, unbegun: int) -> list[Note]:
    notes = []
    if begun:
        what = f"{counted(begun, 'enrolment')} {'becomes' if begun == 1 else 'become'} historical"
        notes.append(Note(what, "what was done stays in the transcript, and certificates stay"))
    if unbegun:
        what = f"{counted(unbegun, 'enrolment')} {'is' if unbegun == 1 else 'are'} removed"
        notes.append(Note(what, "nothing was done on it" if unbegun == 1 else "nothing was done on them"))
    return notes
