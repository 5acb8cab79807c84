"""What waits for an administrator: derived from the launch log, never stored."""

from typing import TypeVar

from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet

from rollbook.lms.models import DeclaredWrong, Launch, LMSAccount
from rollbook.people.access import ClientActor, Right, UserActor
from rollbook.people.models import User

M = TypeVar("M", bound=Model)


def waiting(launches: QuerySet[Launch] | None = None) -> QuerySet[Launch]:
    """Return the last queued launch of each (LMS, LMS's id) about which nobody has decided yet, newest first.

    Decided is: it has an LMS account by now, or was declared not to be the user it waits for.
    """
    rows = Launch.objects.all() if launches is None else launches
    queued = rows.filter(outcome=Launch.Outcome.QUEUED)
    account = _same_id(LMSAccount.objects.all())
    wrong = _same_id(DeclaredWrong.objects.filter(user=OuterRef("user")))
    later = _same_id(Launch.objects.filter(outcome=Launch.Outcome.QUEUED, id__gt=OuterRef("id")))
    return queued.filter(~Exists(account), ~Exists(wrong), ~Exists(later)).order_by("-id")


def possible_cross_links(launches: QuerySet[Launch] | None = None) -> QuerySet[Launch]:
    """Return the last launch of each LMS account whose own claims name another user (rule 6), newest first.

    A pair that was looked at and declared wrong is settled, and so is one that was merged.
    """
    rows = Launch.objects.all() if launches is None else launches
    flagged = rows.filter(contradicts__isnull=False).exclude(contradicts__merged_into=F("user"))
    account = _same_id(LMSAccount.objects.filter(user=OuterRef("user")))
    settled = _same_id(DeclaredWrong.objects.filter(user=OuterRef("contradicts")))
    later = _same_id(Launch.objects.filter(id__gt=OuterRef("id")))
    return flagged.filter(Exists(account), ~Exists(settled), ~Exists(later)).order_by("-id")


def cross_linked_users() -> QuerySet[User]:
    """Return the users who hold an LMS account that is a possible cross-link."""
    return User.objects.filter(pk__in=possible_cross_links().order_by().values("user"))


def visible_launches(actor: UserActor | ClientActor) -> QuerySet[Launch]:
    """Return the launches that the actor may look at: of users in scope; of nobody, by LMSs in scope."""
    if not actor.may(Right.LAUNCHES_VIEW):
        return Launch.objects.none()
    if actor.everywhere:
        return Launch.objects.all()
    # A user whom an undo has removed since counts as nobody.
    nobody = Q(user__location__isnull=True) & actor.scope("lms__location")
    return Launch.objects.filter(actor.scope("user__location") | nobody)


def _same_id(rows: QuerySet[M]) -> QuerySet[M]:
    return rows.filter(lms=OuterRef("lms"), subject=OuterRef("subject"))
