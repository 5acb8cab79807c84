"""What must always hold of LMSs, beyond what the database's own constraints hold."""

from rollbook.lms.claim_values import EMAIL
from rollbook.lms.models import LMS
from rollbook.people.models import UserAttribute


def broken_invariants() -> list[str]:
    """Return one sentence for each thing that is broken, naming the LMS and the remedy."""
    known = {EMAIL, *UserAttribute.objects.filter(key=True).values_list("code", flat=True)}
    return [
        f"{lms} matches {claim} on “{target}”, which is no Username attribute: it matches nobody. Edit its policy."
        for lms in LMS.objects.order_by("name")
        for claim, target in lms.matchers
        if target not in known
    ]
