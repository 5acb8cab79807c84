"""What was entered for a user belongs to somebody else: the sentence with the ways from there."""

import re

from django.urls import reverse
from django.utils.html import format_html, format_html_join

from rollbook.interfaces.console.user_menu import page_of, within_reach
from rollbook.people.access import Right, UserActor
from rollbook.people.models import User
from rollbook.people.profile_checks import Taken


def with_ways(problem: str, actor: UserActor, user: User | None = None) -> str:
    """Return a problem as it is, or with links: to whom it belongs to, and to a merge of `user` with them."""
    if not isinstance(problem, Taken):
        return problem
    holder = problem.holder
    ways = [(page_of(holder), f"Look at {holder.full_name}")]
    if user and _may_merge(actor, user, holder):
        merge = f"{reverse('console:merge_user', args=[user.pk])}?user={holder.pk}"
        ways.append((merge, f"One person? Merge {holder.full_name} into {user.full_name}"))
    return format_html(
        '{} <span class="ways">{}</span>', problem, format_html_join(" ", '<a href="{}">{}</a>', ways)
    )


def with_people(problem: str) -> str:
    """Return a problem in which the number of each user, like (#12), leads to that one: for those who see everybody."""
    parts: list[str] = re.split(r"(?<=\()#([0-9]+)(?=\))", problem)
    parts[1::2] = [
        format_html('<a href="{}">#{}</a>', reverse("console:user", args=[pk]), pk) for pk in parts[1::2]
    ]
    return format_html_join("", "{}", ((part,) for part in parts))


def _may_merge(actor: UserActor, user: User, holder: User) -> bool:
    both = [user, holder]
    return (
        actor.may(Right.USERS_MERGE)
        and all(one.is_active for one in both)
        and len(within_reach(actor, both)) == len(both)
    )
