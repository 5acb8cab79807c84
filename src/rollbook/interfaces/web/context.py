"""What every template may use without its view passing it."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from rollbook.interfaces.web.theme import CHOICES, theme_of
from rollbook.people.access import Right


@dataclass(frozen=True)
class Item:
    """One entry of the console's navigation."""

    label: str
    href: str
    icon: str
    current: bool
    # Pages that belong to it, below it and without an icon.
    below: "tuple[Item, ...]" = ()


# Label, URL name, icon, the right that opens it.
NAVIGATION = (
    ("Users", "console:users", "users", Right.USERS_VIEW),
    ("Reports", "console:course_report", "list-details", Right.TRAINING_VIEW),
    ("Courses", "console:courses", "book", Right.CATALOGUE_VIEW),
    ("Launches", "console:launches", "login-2", Right.LAUNCHES_VIEW),
    ("Queue", "console:queue", "inbox", Right.QUEUE_DECIDE),
    ("LMSs", "console:lmss", "school", Right.LMS_VIEW),
    ("Locations", "console:locations", "sitemap", Right.LOCATIONS_VIEW),
    ("Attributes", "console:attributes", "id", Right.ATTRIBUTES_VIEW),
    ("Operations", "console:operations", "history", Right.OPERATIONS_VIEW),
    ("API tokens", "console:api_tokens", "key", Right.API_TOKENS_EDIT),
)
# What belongs to an entry: its URL name -> entries below it.
BELOW = {
    "console:api_tokens": (("Webhooks", "console:webhooks", Right.API_TOKENS_EDIT),),
    "console:courses": (
        ("Categories", "console:categories", Right.CATALOGUE_VIEW),
        ("Content roles", "console:content_roles", Right.CATALOGUE_VIEW),
        ("Competencies", "console:competencies", Right.CATALOGUE_VIEW),
    ),
    "console:users": (
        ("Import users", "console:import_users", Right.USERS_IMPORT),
        ("Link users", "console:link_users", Right.USERS_IMPORT),
        ("Enrol users", "console:enrol_users", Right.ENROLMENTS_EDIT),
        ("Withdraw users", "console:withdraw_enrolments", Right.ENROLMENTS_EDIT),
        ("Content roles of users", "console:grant_content_roles", Right.CONTENT_ROLES_GRANT),
        ("Reset Training Data [203]", "console:reset_training", Right.TRAINING_RESET),
        ("Reset In-Progress Data [204]", "console:reset_in_progress", Right.IN_PROGRESS_RESET),
    ),
}


def navigation_of(request: HttpRequest) -> list[Item]:
    """Return what the person may open in the console; nothing for a learner or someone not signed in."""
    actor = getattr(request, "actor", None)
    if not actor:
        return []

    def item(label: str, name: str, icon: str = "", below: tuple[Item, ...] = ()) -> Item:
        href = reverse(name)
        return Item(label, href, icon, request.path.startswith(href), below)

    def below(name: str) -> tuple[Item, ...]:
        entries = BELOW.get(name, ())
        return tuple(item(label, page_name) for label, page_name, right in entries if actor.may(right))

    return [
        item(label, name, icon, below(name)) for label, name, icon, right in NAVIGATION if actor.may(right)
    ]


def page(request: HttpRequest) -> dict[str, Any]:
    """Return the theme and the navigation, for TEMPLATES' context processors."""
    return {"theme": theme_of(request), "theme_choices": CHOICES, "navigation": navigation_of(request)}
