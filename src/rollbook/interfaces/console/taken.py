"""What was entered for a user belongs to somebody else: the sentence with the ways from there."""

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


def _may_merge(actor: UserActor, user: User, holder: User) -> bool:
    both = [user, holder]
    return (
        actor.may(Right.USERS_MERGE)
        and all(one.is_active for one in both)
        and len(within_reach(actor, both)) == len(both)
    )
