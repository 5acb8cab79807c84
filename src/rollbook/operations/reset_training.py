"""[203] Reset training data: erase what users did in chapters; their courses revert to Incomplete."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from procrastinate.contrib.django import app

from rollbook.common.text import counted
from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import Effect, Update
from rollbook.ledger.operation import MANY, Note, Operation, Plan, when_shown
from rollbook.ledger.recording import keep_the_order
from rollbook.people.access import Right
from rollbook.people.models import User
from rollbook.people.selection import UserSelection, names_of, takes_mail, without_any
from rollbook.training.completion import completed_at_without, started_at_without, status_without
from rollbook.training.counts import courses_in_words
from rollbook.training.records import Certificate, ChapterProgress, Enrolment, Status, UserCompetency, living
from rollbook.training.selection import ContentSelection


def mail_the_users(operation_id: int) -> None:
    """Let the worker tell the users whose training was reset."""
    app.configure_task("mail_training_reset", queue="mail").defer(operation_id=operation_id)


@dataclass(frozen=True, kw_only=True)
class ResetTraining(Operation):
    """Erase the chapter progress of users in chapters, with its attempts, from every report and from their own view.

    `revoke` also revokes the certificates and competencies of courses that are no longer completed. `notify` tells the
    users by e-mail. What is erased is kept for undo until the retention time passes (ROLLBOOK_ERASED_DAYS).
    """

    verb = "reset_training"
    right = Right.TRAINING_RESET
    needs_reason = True

    users: UserSelection = field(default_factory=UserSelection)
    content: ContentSelection = field(default_factory=ContentSelection)
    revoke: bool = False
    notify: bool = False

    def plan(self, acting: Actor) -> Plan:
        """Say what is erased of whom, and what becomes of certificates."""
        refusals = list(self.content.unknown())
        within, leaving = self.users.within(acting), self.content.among()
        touched = within.filter(Exists(living(leaving).filter(enrolment__user=OuterRef("pk"))))
        number = touched.count()
        if number > MANY:
            keep_the_order()
        # Without a join, which an UPDATE could not have: the rows would be looked for a second time.
        progress = living(leaving).filter(
            enrolment__in=Enrolment.objects.filter(user__in=within.values("pk"))
        )
        enrolments = self._enrolments(leaving, within)
        if not refusals and not number:
            refusals.append("None of these users has training in these chapters: there is nothing to reset.")
        return Plan(
            operation=self,
            summary=f"Reset training data of {names_of(touched, number)}"
            if number
            else "Reset training data",
            subjects=[touched],
            effects=[] if refusals else self._effects(leaving, enrolments, progress),
            notes=[] if refusals else when_shown(lambda: self._notes(touched, enrolments, progress)),
            left_out=when_shown(lambda: [*self.users.left_out(acting), *self._untrained(within, touched)]),
            refusals=refusals,
            live=number > MANY,
            settle=[mail_the_users] if self.notify else [],
        )

    def _notes(
        self,
        touched: "QuerySet[User]",
        enrolments: "QuerySet[Enrolment]",
        progress: "QuerySet[ChapterProgress]",
    ) -> list[Note]:
        return [
            *courses_in_words(progress),
            *self._certificate_notes(enrolments),
            *(self._mail_notes(touched) if self.notify else []),
        ]

    def _mail_notes(self, touched: "QuerySet[User]") -> list[Note]:
        told, number = takes_mail(touched).count(), touched.count()
        if told == number:
            return [Note(f"{counted(told, 'user')} {'is' if told == 1 else 'are'} told by e-mail")]
        why = "the others have no e-mail address, want no notifications, or are inactive"
        return [Note(f"{told:,} of {counted(number, 'user')} are told by e-mail", why)]

    def _untrained(self, within: "QuerySet[User]", touched: "QuerySet[User]") -> list[Note]:
        return without_any(within, touched, "no training in these chapters") if self.users.is_named else []

    def _enrolments(self, leaving: Q, within: "QuerySet[User]") -> "QuerySet[Enrolment]":
        """Return the enrolments whose status changes."""
        return (
            Enrolment.objects.filter(
                Exists(living(leaving).filter(enrolment=OuterRef("pk"))), user__in=within.values("pk")
            )
            .alias(status_then=status_without(leaving))
            .exclude(status=F("status_then"))
        )

    def _effects(
        self, leaving: Q, enrolments: "QuerySet[Enrolment]", progress: "QuerySet[ChapterProgress]"
    ) -> list[Effect]:
        # Certificates first: which ones is told by the enrolments as they are before.
        effects: list[Effect] = []
        if self.revoke:
            effects = [Update(rows, {"revoked_at": Now()}) for rows in self._earned(enrolments)]
        values: dict[str, Any] = {
            "status": status_without(leaving),
            "completed_at": completed_at_without(leaving),
            "started_at": started_at_without(leaving),
        }
        return [
            *effects,
            Update(enrolments, values),
            Update(progress, {"erased_at": Now()}),
        ]

    def _earned(self, enrolments: "QuerySet[Enrolment]") -> "list[QuerySet[Any]]":
        lost = enrolments.filter(status=Status.COMPLETED).values("pk")
        return [
            model._default_manager.filter(enrolment__in=lost, revoked_at__isnull=True)
            for model in (Certificate, UserCompetency)
        ]

    def _certificate_notes(self, enrolments: "QuerySet[Enrolment]") -> list[Note]:
        certificates, competencies = (rows.count() for rows in self._earned(enrolments))
        if not certificates and not competencies:
            return []
        parts = [counted(certificates, "certificate")] if certificates else []
        if competencies:
            parts.append(counted(competencies, "competency", "competencies"))
        what, one = " and ".join(parts), certificates + competencies == 1
        if self.revoke:
            why = "you chose to revoke what was earned by the erased training"
            return [Note(f"{what} {'is' if one else 'are'} revoked", why)]
        return [
            Note(
                f"{what} {'stays' if one else 'stay'} valid",
                "kept unless you choose to revoke what was earned",
            )
        ]
