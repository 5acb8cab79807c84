"""One user's page: attributes, LMS accounts, launches, and the operations that touched the user."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from rollbook.interfaces.console.doors import ConsoleRequest, needs, seen_user
from rollbook.interfaces.console.launch_tables import listed_launches
from rollbook.interfaces.console.merged_accounts import merge_of, merged_accounts
from rollbook.interfaces.console.operations import listed_operations
from rollbook.interfaces.console.user_menu import actions_for, within_reach
from rollbook.lms.models import DeclaredWrong, Launch, LMSAccount
from rollbook.lms.queue import possible_cross_links, visible_launches
from rollbook.people.access import Right
from rollbook.people.history import operations_on, seen_operations
from rollbook.people.merged import merged_away
from rollbook.people.models import User, UserAttribute

TABS = (
    ("user", "Attributes", Right.USERS_VIEW),
    ("user_training", "Training", Right.TRAINING_VIEW),
    ("user_lms_accounts", "LMS accounts", Right.USERS_VIEW),
    ("user_launches", "Launches", Right.LAUNCHES_VIEW),
    ("user_preference", "Preference", Right.USERS_VIEW),
    ("user_operations", "Operations", Right.OPERATIONS_VIEW),
)


def about(request: ConsoleRequest, user: User, tab: str) -> dict[str, Any]:
    """Return what every tab shows: who it is, what may be done, what is unusual."""
    reachable = bool(within_reach(request.actor, [user]))
    return {
        "person": user,
        "reachable": reachable,
        "actions": actions_for(user, request.actor, reachable=reachable),
        "tab": tab,
        "tabs": [
            (name, label, reverse(f"console:{name}", args=[user.pk]))
            for name, label, right in TABS
            if request.actor.may(right)
        ],
        "crossed": list(_crossed(user).select_related("lms", "contradicts")),
        "breadcrumbs": [("Users", reverse("console:users"))],
        "seen": set(_seen_ids(request, user)),
        "merge": merge_of(request.actor, user),
    }


def _crossed(user: User) -> "QuerySet[Launch]":
    return possible_cross_links(Launch.objects.filter(user=user))


def _seen_ids(request: ConsoleRequest, user: User) -> list[int]:
    """Return which of the users whom the page names the actor may look at."""
    named = _crossed(user).order_by().values("contradicts")
    ids = request.actor.sees_users(User.objects.filter(pk__in=named)).values_list("pk", flat=True)
    merged = request.actor.sees_users(User.objects.filter(duplicates=user)).values_list("pk", flat=True)
    return [*ids, *merged]


@needs(Right.USERS_VIEW)
def profile(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Show the user's attributes (a key marks those that identify), and what a manager manages."""
    user = seen_user(request, pk)
    identifiers = _by_attribute(user.identifiers.order_by("pk").values_list("attribute_id", "value"))
    values = _by_attribute(user.attribute_values.values_list("attribute_id", "value"))
    context = about(request, user, "user")
    context["attributes"] = [
        (attribute, identifiers.get(attribute.pk, []) if attribute.key else values.get(attribute.pk, []))
        for attribute in UserAttribute.objects.all()
    ]
    context["may_mail"] = bool(
        user.email and user.is_active and context["reachable"] and request.actor.may(Right.USERS_EDIT)
    )
    context["merged"] = merged_accounts(request.actor, user)
    context["managed"] = user.managed_locations.select_related("location").order_by("location__name")
    return render(request, "console/user_profile.html", context)


def _by_attribute(rows: Any) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for attribute_id, value in rows:
        found.setdefault(attribute_id, []).append(value)
    return found


@needs(Right.USERS_VIEW)
def lms_accounts(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Show from which LMSs the user came, under which ids, and which pairs were declared wrong."""
    user = seen_user(request, pk)
    last = Launch.objects.filter(lms=OuterRef("lms"), subject=OuterRef("subject")).order_by("-id")
    accounts = LMSAccount.objects.filter(user=user).select_related("lms").order_by("lms__name", "pk")
    context = about(request, user, "user_lms_accounts")
    context["accounts"] = accounts.annotate(last_launch=Subquery(last.values("at")[:1]))
    context["declared"] = (
        DeclaredWrong.objects.filter(user=user).select_related("lms").order_by("lms__name", "pk")
    )
    return render(request, "console/user_lms_accounts.html", context)


@needs(Right.LAUNCHES_VIEW)
def launches(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Show the user's launches, newest first, also those with accounts that were merged into this one."""
    user = seen_user(request, pk)
    context = about(request, user, "user_launches")
    # A launch stays its duplicate's in the log: it says who arrived then.
    ids = [user.pk, *merged_away(user.pk).values_list("pk", flat=True)]
    theirs = visible_launches(request.actor).filter(user__in=ids)
    context["table"] = listed_launches(theirs, request, primary=user)
    return render(request, "console/user_launches.html", context)


@needs(Right.OPERATIONS_VIEW)
def operations(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Show what was done to the user, newest first."""
    user = seen_user(request, pk)
    context = about(request, user, "user_operations")
    context["table"] = listed_operations(operations_on(user, seen_operations(request.actor)), request)
    return render(request, "console/user_operations.html", context)
