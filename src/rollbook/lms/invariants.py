"""What must always hold of LMS accounts, beyond what the database's own constraints hold."""

from django.db.models import Exists, OuterRef

from rollbook.lms.models import DeclaredWrong, LMSAccount


def broken_invariants() -> list[str]:
    """Return one sentence for each thing that is broken, naming the rows."""
    wrong = DeclaredWrong.objects.filter(lms=OuterRef("lms"), subject=OuterRef("subject"), user=OuterRef("user"))
    broken = []
    if ids := list(LMSAccount.objects.filter(Exists(wrong)).values_list("pk", flat=True)[:20]):
        broken.append(f"LMS accounts that lead to a user who was declared wrong for them: {ids}.")
    return broken
