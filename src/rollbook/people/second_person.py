"""Who could approve a plan that is held for a second person."""

from collections.abc import Iterator
from itertools import islice

from rollbook.ledger.actor import Actor
from rollbook.ledger.checks import check_second_person
from rollbook.ledger.errors import NotTheSecond
from rollbook.ledger.operation import Plan
from rollbook.people.access import RIGHTS, actor_for, seen_name
from rollbook.people.models import AccessLevel, User

NAMED = 3
# So many of an access level are looked at: of each it is asked whether everybody in the plan is within reach.
ASKED = 20
NOBODY = (
    "Nobody else can approve it: let a super user make somebody else an administrator of all of these locations, or do "
    "without what it is held for."
)


def who_approves(plan: Plan, asking: Actor) -> str:
    """Return a sentence: who could be the second person, or what to do where there is nobody."""
    found = list(islice(_second_persons(plan, asking), NAMED))
    if not found:
        return NOBODY
    names = [user.full_name for user in found if seen_name(user, asking) == user.full_name]
    return f"Who can approve it: {', '.join(names) or 'an administrator beyond your locations'}."


def _second_persons(plan: Plan, asking: Actor) -> Iterator[User]:
    """Yield who could, the lowest access level first: one does not trouble a super user before a colleague."""
    for level in AccessLevel:
        if plan.operation.required_right not in RIGHTS[level]:
            continue
        for user in User.objects.filter(status=User.Status.ACTIVE, access_level=level).order_by("pk")[:ASKED]:
            try:
                check_second_person(plan, asking, actor_for(user))
            except NotTheSecond:
                continue
            yield user
