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


# Label, URL name, icon, the right that opens it.
NAVIGATION = (
    ("Users", "console:users", "users", Right.USERS_VIEW),
    ("Launches", "console:launches", "login-2", Right.LAUNCHES_VIEW),
    ("Queue", "console:queue", "inbox", Right.QUEUE_DECIDE),
    ("LMSs", "console:lmss", "school", Right.LMS_VIEW),
    ("Locations", "console:locations", "sitemap", Right.LOCATIONS_VIEW),
    ("Attributes", "console:attributes", "id", Right.ATTRIBUTES_VIEW),
    ("Operations", "console:operations", "history", Right.OPERATIONS_VIEW),
)


def navigation_of(request: HttpRequest) -> list[Item]:
    """Return what the person may open in the console; nothing for a learner or someone not signed in."""
    actor = getattr(request, "actor", None)
    if not actor:
        return []
    items = [(label, reverse(name), icon) for label, name, icon, right in NAVIGATION if actor.may(right)]
    return [Item(label, href, icon, request.path.startswith(href)) for label, href, icon in items]


def page(request: HttpRequest) -> dict[str, Any]:
    """Return the theme and the navigation, for TEMPLATES' context processors."""
    return {"theme": theme_of(request), "theme_choices": CHOICES, "navigation": navigation_of(request)}
