"""How long the launch log keeps a launch: it holds what an LMS said about a person."""

from datetime import timedelta

from django.db.models import Exists, F, OuterRef, Subquery
from django.utils import timezone

from rollbook.lms.models import Launch, LMSAccount

BATCH = 5000


def purge(days: int) -> int:
    """Remove launches older than `days` and return how many.

    The last launch of an LMS account stays as long as the account: the preview of a reset says by it where the account
    would land.
    """
    of_account = {"lms": OuterRef("lms"), "subject": OuterRef("subject")}
    last = Launch.objects.filter(**of_account).order_by("-id").values("pk")[:1]
    old = (
        Launch.objects.filter(at__lt=timezone.now() - timedelta(days=days))
        .annotate(last=Subquery(last), has_account=Exists(LMSAccount.objects.filter(**of_account)))
        .exclude(has_account=True, pk=F("last"))
    )
    removed = 0
    while ids := list(old.values_list("pk", flat=True)[:BATCH]):
        Launch.objects.filter(pk__in=ids).delete()
        removed += len(ids)
    return removed
