"""Award a completion: the certificate and the competencies of a course that a learner has completed."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.manager import JobManager
from procrastinate.tasks import configure_task
from procrastinate.types import JSONDict

from rollbook.common.ids import grouped_code
from rollbook.common.text import counted
from rollbook.ledger import writer
from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import Create
from rollbook.ledger.errors import Refused
from rollbook.ledger.operation import Note, Operation, Plan
from rollbook.people.access import Right, oneself, rollbook_itself
from rollbook.people.models import User
from rollbook.training.records import Certificate, Enrolment, Status, UserCompetency

# Completions awarded by one job of the worker.
BATCH = 100
FOLLOWING = "The course was completed by another operation, not by the learner’s own activity."


@dataclass(frozen=True, kw_only=True)
class AwardCompletion(Operation):
    """Issue what a completed current enrolment earns and does not have since it was completed.

    Dates run from the completion. What an earlier completion earned is kept beside it. `code` opens the public page
    that verifies the certificate; it is chosen before planning, so that planning twice says the same.
    """

    verb = "award_completion"
    right = Right.COMPLETION_AWARD

    enrolment_id: int
    code: str = field(default_factory=lambda: grouped_code(4))

    def plan(self, acting: Actor) -> Plan:
        """Say what is issued."""
        enrolment = Enrolment.objects.select_related("course", "user").filter(pk=self.enrolment_id).first()
        if enrolment is None:
            missing = f"There is no enrolment #{self.enrolment_id}. It may have been withdrawn."
            return Plan(operation=self, summary="Award a completion", subjects=[], refusals=[missing])
        refusals, effects = [], []
        if enrolment.status != Status.COMPLETED or not enrolment.completed_at:
            refusals.append(f"{enrolment} is not completed. Complete its required chapters first.")
        elif not enrolment.current:
            refusals.append(f"{enrolment} is historical. Only the current enrolment earns anything.")
        else:
            effects = self._effects(enrolment, enrolment.completed_at)
        competencies = sum(effect.model is UserCompetency for effect in effects)
        notes = []
        if len(effects) > competencies:
            notes.append(Note("1 certificate is issued"))
        if competencies:
            notes.append(Note(f"{counted(competencies, 'competency', 'competencies')} awarded"))
        return Plan(
            operation=self,
            summary=f"Award the completion of {enrolment.course} to {enrolment.user}",
            subjects=[User.objects.filter(pk=enrolment.user_id)],
            relies_on=[Enrolment.objects.filter(pk=enrolment.pk)],
            effects=effects,
            notes=notes,
            refusals=refusals,
        )

    def _effects(self, enrolment: Enrolment, at: datetime) -> list[Create]:
        course, effects = enrolment.course, []
        of = {"user_id": enrolment.user_id, "enrolment_id": enrolment.pk}
        if course.certificate and not _since(Certificate.objects.filter(enrolment=enrolment), issued_at=at):
            expires = _after(at, course.certificate_days)
            values = {"course_id": course.pk, "code": self.code, "issued_at": at, "expires_at": expires}
            effects.append(Create(Certificate, {**of, **values}))
        earned = UserCompetency.objects.filter(enrolment=enrolment)
        for award in course.competencies.order_by("pk"):
            if not _since(earned.filter(competency=award.competency_id), earned_at=at):
                expires = _after(at, award.valid_days)
                values = {"competency_id": award.competency_id, "level": award.level, "earned_at": at}
                effects.append(Create(UserCompetency, {**of, **values, "expires_at": expires}))
        return effects


def award(enrolment_id: int, user: User) -> bool:
    """Award `user` what their completed enrolment earns, in the caller's transaction; False where nothing is missing.

    Raises OutOfScope where the enrolment is another user's, and Refused where it is not completed.
    """
    return _award(enrolment_id, oneself(user))


def award_later(enrolment_ids: Sequence[int]) -> None:
    """Let the worker award what these enrolments earn, once the caller's transaction is committed."""
    if not enrolment_ids:
        return
    jobs: list[JSONDict] = [
        {"enrolment_ids": list(enrolment_ids[at : at + BATCH])} for at in range(0, len(enrolment_ids), BATCH)
    ]
    # By Django's connection, also in the worker, so that they are there if and only if the transaction is committed.
    manager = JobManager(DjangoConnector())
    # A large operation that somebody waits for goes first.
    task = configure_task(name="award_completions", job_manager=manager, queue="operations", priority=-1)
    task.batch_defer(*jobs)


def award_all(enrolment_ids: list[int]) -> None:
    """Award what completed enrolments earn and do not have yet; leave out those that were set back meanwhile."""
    for enrolment_id in enrolment_ids:
        with suppress(Refused):
            _award(enrolment_id, rollbook_itself(), FOLLOWING)


def _award(enrolment_id: int, acting: Actor, reason: str = "") -> bool:
    plan = writer.preview(AwardCompletion(enrolment_id=enrolment_id), acting=acting)
    if not plan.rows and not plan.refusals:
        return False
    writer.apply(plan, acting=acting, reason=reason)
    return True


def _since(rows: "QuerySet[Any]", **at: datetime) -> bool:
    ((name, moment),) = at.items()
    return rows.filter(revoked_at__isnull=True, **{f"{name}__gte": moment}).exists()


def _after(at: datetime, days: int | None) -> datetime | None:
    return None if days is None else at + timedelta(days=days)
