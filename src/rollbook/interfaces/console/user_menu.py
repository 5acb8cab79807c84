"""What an actor may do to a user: the chevron menu of the Users report and the buttons of the user's page."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.urls import reverse

from rollbook.interfaces.web.tags import MenuItem
from rollbook.people.access import Right, UserActor
from rollbook.people.models import User

# URL name, label, icon, the right, and for whom it is there.
ENTRIES: tuple[tuple[str, str, str, Right, Callable[[User], Any]], ...] = (
    ("edit_user", "Edit", "edit", Right.USERS_EDIT, lambda user: True),
    (
        "reset_lms_accounts",
        "Reset LMS Accounts",
        "unlink",
        Right.LMS_ACCOUNTS_RESET,
        lambda user: user.lms_accounts.all(),
    ),
    (
        "reset_user_training",
        "Reset Training Data",
        "rotate-clockwise",
        Right.TRAINING_RESET,
        lambda user: True,
    ),
    (
        "reset_user_in_progress",
        "Reset In-Progress Chapters",
        "refresh",
        Right.IN_PROGRESS_RESET,
        lambda user: True,
    ),
    ("merge_user", "Merge User", "git-merge", Right.USERS_MERGE, lambda user: user.is_active),
    ("deactivate_user", "Deactivate", "user-off", Right.USERS_DEACTIVATE, lambda user: user.is_active),
    ("retrieve_user", "Retrieve", "user-check", Right.USERS_RETRIEVE, lambda user: not user.is_active),
)
ANY_ID = 1234567890
DANGER = {"reset_lms_accounts", "reset_user_training", "deactivate_user"}


def within_reach(actor: UserActor, users: list[User]) -> set[int]:
    """Return the ids of those users whom the actor may change, with one query."""
    return set(
        actor.reach(User.objects.filter(pk__in=[user.pk for user in users])).values_list("pk", flat=True)
    )


@cache
def _around_id(name: str) -> tuple[str, str]:
    """Return what stands before and after the id in the address of a page; Django takes long to find each anew."""
    before, _, after = reverse(f"console:{name}", args=[ANY_ID]).partition(str(ANY_ID))
    return before, after


def _address(name: str, user: User) -> str:
    return str(user.pk).join(_around_id(name))


def page_of(user: User) -> str:
    """Return the address of the user's page."""
    return _address("user", user)


def actions_for(user: User, actor: UserActor, *, reachable: bool) -> list[MenuItem]:
    """Return what the actor may do to the user; `lms_accounts` of the user should be prefetched."""
    return [
        MenuItem(
            label,
            _address(name, user),
            icon,
            danger=name in DANGER,
            divided=name == "deactivate_user",
        )
        for name, label, icon, right, fits in ENTRIES
        if reachable
        and actor.may(right)
        and fits(user)
        and not (name == "deactivate_user" and user.pk == actor.user_id)
    ]


def menu_of(user: User, actor: UserActor, *, reachable: bool) -> list[MenuItem]:
    """Return the row's menu: the user's page first, then what may be done."""
    view = MenuItem("View", page_of(user), "eye")
    return [view, *actions_for(user, actor, reachable=reachable)]
