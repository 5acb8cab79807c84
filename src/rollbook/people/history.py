"""Which operations somebody may look at, and which ones touched a user."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, Max, Model, OuterRef, Q, QuerySet

from rollbook.ledger.models import Change, OperationRecord, OperationSubject
from rollbook.people.access import ClientActor, UserActor
from rollbook.people.models import Location, User


def seen_operations(actor: UserActor | ClientActor) -> QuerySet[OperationRecord]:
    """Return the operations that an actor may look at.

    All of them for one whose scope has no bounds; for others their own, and those about users and locations that are
    all in scope.
    """
    if actor.everywhere:
        return OperationRecord.objects.all()
    own = Q(actor_user=actor.user.pk) if isinstance(actor, UserActor) else Q(actor=actor.key)
    return OperationRecord.objects.filter(own | _about_reached(actor))


def beyond(actor: UserActor, records: Iterable[OperationRecord]) -> set[int]:
    """Return the ids of those operations that were about somebody, or a location, beyond the actor's scope of now.

    Nobody and nothing of them is shown to that actor, also where the actor did them.
    """
    if actor.everywhere:
        return set()
    subjects = OperationSubject.objects.filter(operation=OuterRef("pk"))
    others = User.objects.exclude(actor.scope("location")).exclude(pk=actor.user.pk)
    places = Location.objects.exclude(actor.scope("pk"))
    hidden = Q(table=User._meta.db_table, row_id__in=others.values("pk"))
    hidden |= Q(table=Location._meta.db_table, row_id__in=places.values("pk"))
    found = OperationRecord.objects.filter(
        Exists(subjects.filter(hidden)), pk__in=[row.pk for row in records]
    )
    return set(found.values_list("pk", flat=True))


def may_name(actor: UserActor, record: OperationRecord) -> bool:
    """Say whether everybody whom an operation was about is in an actor's scope now."""
    return actor.everywhere or OperationRecord.objects.filter(_about_reached(actor), pk=record.pk).exists()


def _about_reached(actor: UserActor | ClientActor) -> Q:
    subjects = OperationSubject.objects.filter(operation=OuterRef("pk"))
    within = Q(table=User._meta.db_table, row_id__in=actor.sees_users().order_by().values("pk"))
    within |= Q(table=Location._meta.db_table, row_id__in=actor.reach(Location.objects.all()).values("pk"))
    return Q(Exists(subjects) & ~Exists(subjects.exclude(within)))


def operations_on(user: User, among: QuerySet[OperationRecord]) -> QuerySet[OperationRecord]:
    """Return those operations that were about a user; of one with parts, the part that was."""
    about = OperationSubject.objects.filter(table=User._meta.db_table, row_id=user.pk)
    return among.filter(pk__in=about.values("operation"), parts=None)


def last_about(ids: Iterable[int]) -> dict[int, datetime]:
    """Return, by their ids, when the last operation was about each of some users; nothing for whom none ever was."""
    about = OperationSubject.objects.filter(table=User._meta.db_table, row_id__in=ids)
    return dict(about.order_by().values_list("row_id").annotate(Max("operation__at")))


def about_since(at: datetime, *, also_then: bool) -> Q:
    """Return the condition that an operation was about a user after a moment, or `also_then`."""
    later = OperationSubject.objects.filter(
        **{"table": User._meta.db_table, f"operation__at__{'gte' if also_then else 'gt'}": at}
    )
    return Q(pk__in=later.values("row_id"))


def merges_of(duplicates: Iterable[User], among: "QuerySet[OperationRecord]") -> dict[int, OperationRecord]:
    """Return, by the duplicates' ids, the operations that merged them as they are merged now.

    Those that are not `among` what may be looked at are left out, and so are undos that brought a merge back.
    """
    into = {user.pk: user.merged_into_id for user in duplicates}
    changes = Change.objects.filter(
        table=User._meta.db_table,
        row_id__in=into,
        after__has_key="merged_into_id",
        operation__in=among.filter(undoes=None),
    )
    return {
        change.row_id: change.operation
        for change in changes.select_related("operation").order_by("pk")
        if change.after and change.after["merged_into_id"] == into[change.row_id]
    }


def last_change_of(row: Model, column: str) -> int:
    """Return the id of the last change of a column of a row, which grows with every further one; 0 without any."""
    changes = Change.objects.filter(row_id=row.pk, table=row._meta.db_table, after__has_key=column)
    return changes.order_by("-pk").values_list("pk", flat=True).first() or 0
