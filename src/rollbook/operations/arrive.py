"""An arrival: decide who it is, write what follows through the ledger, log the launch."""

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

from rollbook.common.ids import reference
from rollbook.ledger.actor import Actor
from rollbook.ledger.errors import LedgerError, StalePlan
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.writer import apply, preview
from rollbook.lms.arrival import decide, kept_claims
from rollbook.lms.decision import Decision, Outcome
from rollbook.lms.models import LMS, Launch, LMSAccount
from rollbook.lms.verified_launch import VerifiedLaunch
from rollbook.operations.admit_launch import AdmitLaunch
from rollbook.people.access import lms_actor, oneself
from rollbook.people.models import User

TRIES = 3


@dataclass(frozen=True)
class Arrival:
    """A launch that was decided and logged. `user` is whom to let in, or None where nobody is.

    `account_id` is the LMS account's: a session that began from it ends when it is removed or leads to another.
    """

    launch: Launch
    decision: Decision
    user: User | None = None
    account_id: int | None = None
    operation: OperationRecord | None = None


@dataclass(frozen=True)
class _Sent:
    lms: LMS
    deployment_id: str
    subject: str
    claims: dict[str, Any]

    def log(self, decision: Decision, user_id: int | None) -> Launch:
        return Launch.objects.create(
            reference=reference(),
            lms=self.lms,
            deployment_id=self.deployment_id,
            subject=self.subject,
            outcome=decision.outcome,
            user_id=user_id,
            contradicts_id=decision.contradicts.id if decision.contradicts else None,
            evidence=decision.evidence(),
            claims=self.claims,
        )


def arrive(verified: VerifiedLaunch) -> Arrival:
    """Decide a verified launch, link or create where the rules say so, and log it, all in one transaction.

    Two queries for a known LMS account. Raises LedgerError where others change the same user again and again.
    """
    lms = verified.lms
    return _arrive(_Sent(lms, verified.deployment_id, verified.subject, kept_claims(lms, verified.claims)))


def prove(launch: Launch, user: User) -> Arrival:
    """Decide a logged launch again now that `user` has signed in to prove it (rule 3), and log it as a new launch.

    All other rules still hold: whoever became inactive or was declared wrong meanwhile is refused.
    """
    return _arrive(_Sent(launch.lms, launch.deployment_id, launch.subject, launch.claims), user)


def _arrive(sent: _Sent, proved_by: User | None = None) -> Arrival:
    for attempt in range(1, TRIES + 1):
        decision = decide(sent.lms, sent.subject, sent.claims, proved=proved_by.pk if proved_by else None)
        try:
            if decision.links:
                return _link(sent, decision, proved_by)
            about = decision.person
            launch = sent.log(decision, about.id if about else None)
            return Arrival(
                launch, decision, about.row if about and decision.admitted else None, decision.account_id
            )
        # Somebody else arrived or was changed at the same instant, or the reference is taken: decide anew.
        except (LedgerError, IntegrityError):
            if attempt == TRIES:
                raise
    raise StalePlan


def _link(sent: _Sent, decision: Decision, proved_by: User | None) -> Arrival:
    acting: Actor = lms_actor(sent.lms.name)
    if proved_by and decision.outcome == Outcome.PROVED:
        acting = oneself(proved_by)
    user_id = decision.person.id if decision.person else None
    operation = AdmitLaunch(lms_id=sent.lms.pk, subject=sent.subject, claims=sent.claims, user_id=user_id)
    with transaction.atomic():
        record = apply(preview(operation, acting=acting), acting=acting)
        account = LMSAccount.objects.select_related("user").get(lms=sent.lms, subject=sent.subject)
        launch = sent.log(decision, account.user_id)
    return Arrival(launch, decision, account.user, account.pk, record)
