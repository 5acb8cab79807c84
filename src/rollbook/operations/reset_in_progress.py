"""[204] Reset in-progress data: In progress goes back to Not started; attempts and what is completed stay."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import Effect, Update
from rollbook.ledger.operation import MANY, Note, Operation, Plan, when_shown
from rollbook.ledger.recording import keep_the_order
from rollbook.people.access import Right, SelfActor
from rollbook.people.models import User
from rollbook.people.selection import UserSelection, names_of, without_any
from rollbook.people.tree import learners_may_reset
from rollbook.training.completion import started_at_without, status_without
from rollbook.training.counts import courses_in_words
from rollbook.training.records import ChapterProgress, Enrolment, Status, living
from rollbook.training.selection import ContentSelection


@dataclass(frozen=True, kw_only=True)
class ResetInProgress(Operation):
    """Set chapters that are in progress back to Not started, and clear their bookmarks. No attempt is erased.

    A course goes back too, unless chapters of it are completed. Learners may do it for themselves where their location
    allows it.
    """

    verb = "reset_in_progress"
    right = Right.IN_PROGRESS_RESET

    users: UserSelection = field(default_factory=lambda: UserSelection(everybody=True))
    content: ContentSelection = field(default_factory=lambda: ContentSelection(everything=True))

    def plan(self, acting: Actor) -> Plan:
        """Say what is set back, and whose."""
        refusals = [*self._not_allowed(acting), *self.content.unknown()]
        within = self.users.within(acting)
        leaving = Q(self.content.among(), status=Status.IN_PROGRESS)
        touched = within.filter(Exists(living(leaving).filter(enrolment__user=OuterRef("pk"))))
        number = touched.count()
        if number > MANY:
            keep_the_order()
        # Without a join, which an UPDATE could not have: the rows would be looked for a second time.
        progress = living(leaving).filter(
            enrolment__in=Enrolment.objects.filter(user__in=within.values("pk"))
        )
        if not refusals and not number:
            refusals.append("Nothing of this is in progress: there is nothing to reset.")
        return Plan(
            operation=self,
            summary=f"Reset in-progress data of {names_of(touched, number)}"
            if number
            else "Reset in-progress data",
            subjects=[touched],
            effects=[] if refusals else self._effects(leaving, within, progress),
            notes=[] if refusals else when_shown(lambda: courses_in_words(progress)),
            left_out=when_shown(lambda: [*self.users.left_out(acting), *self._idle(within, touched)]),
            refusals=refusals,
            live=number > MANY,
        )

    def _effects(
        self, leaving: Q, within: "QuerySet[User]", progress: "QuerySet[ChapterProgress]"
    ) -> list[Effect]:
        enrolments = (
            Enrolment.objects.filter(
                Exists(living(leaving).filter(enrolment=OuterRef("pk"))),
                user__in=within.values("pk"),
                status=Status.IN_PROGRESS,
            )
            .alias(status_then=status_without(leaving))
            .exclude(status=F("status_then"))
        )
        course: dict[str, Any] = {
            "status": status_without(leaving),
            "started_at": started_at_without(leaving),
        }
        chapter = {
            "status": Status.NOT_STARTED,
            "bookmark": 0,
            "watched": False,
            "started_at": None,
            # A page that is open elsewhere names the old number.
            "resets": F("resets") + 1,
        }
        return [Update(enrolments, course), Update(progress, chapter)]

    def _not_allowed(self, acting: Actor) -> list[str]:
        if not isinstance(acting, SelfActor) or learners_may_reset(acting.user.location_id):
            return []
        return ["Your location does not let learners do this themselves. Ask an administrator."]

    def _idle(self, within: "QuerySet[User]", touched: "QuerySet[User]") -> list[Note]:
        return without_any(within, touched, "nothing of this is in progress") if self.users.is_named else []
