"""Template tags and filters of every page; built in, so that no template loads them."""

from datetime import datetime
from functools import cache
from typing import Any

from django.contrib.humanize.templatetags.humanize import intcomma
from django.template import Context, Library
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince, timeuntil

from rollbook.lms.models import Launch
from rollbook.people.models import AccessLevel, User

register = Library()
register.filter("intcomma", intcomma)

LOOKS = {
    "success": {"colour": "success", "icon": "circle-check"},
    "warning": {"colour": "warning", "icon": "alert-triangle"},
    "error": {"colour": "danger", "icon": "alert-circle"},
}
LEVEL_COLOURS = {
    AccessLevel.LEARNER: "",
    AccessLevel.LOCATION_MANAGER: "azure",
    AccessLevel.ADMINISTRATOR: "indigo",
    AccessLevel.SUPER_USER: "purple",
}
WAITING = {Launch.Outcome.PROOF_ASKED, Launch.Outcome.QUEUED}
ARRIVED = {Launch.Outcome.KNOWN, Launch.Outcome.MATCHED, Launch.Outcome.CREATED, Launch.Outcome.PROVED}


@register.simple_tag
@cache
def icon(name: str, classes: str = "") -> SafeString:
    """Draw a Tabler icon of the sprite; it means nothing to a screen reader, so say it in text as well."""
    return format_html(
        '<svg class="icon {}" fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round"'
        ' aria-hidden="true"><use href="{}#{}"/></svg>',
        classes,
        static("vendor/tabler-icons.svg"),
        name,
    )


@register.simple_tag(takes_context=True)
def may(context: Context, right: str) -> bool:
    """Say whether the person at this page holds `right`: `{% may "users:edit" as can_edit %}`."""
    actor = getattr(context.get("request"), "actor", None)
    return bool(actor and actor.may(right))


@register.filter
def when(moment: datetime | None) -> SafeString:
    """Return "3 minutes ago", with the exact time on hover: in UTC, or the reader's zone where scripts run."""
    if moment is None:
        return format_html('<span class="text-secondary">{}</span>', "never")
    seconds = (timezone.now() - moment).total_seconds()
    if abs(seconds) < 60:
        text = "just now"
    elif seconds > 0:
        text = f"{timesince(moment, depth=1)} ago"
    else:
        text = f"in {timeuntil(moment, depth=1)}"
    exact = date_format(timezone.localtime(moment), "l j F Y, H:i:s T")
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exact, text)


@register.filter
def message_look(level: str) -> dict[str, str]:
    """Return the colour and icon of a message's level."""
    return LOOKS.get(level, {"colour": "info", "icon": "info-circle"})


@register.simple_tag
def badge(text: Any, colour: str = "") -> SafeString:
    """Draw a small label, with a dot in a Tabler colour where one is given."""
    dot = format_html('<span class="status-dot bg-{}"></span>', colour) if colour else ""
    return format_html(
        '<span class="status status-lite">{}<span class="status-text">{}</span></span>', dot, text
    )


@register.filter
def status_badge(user: User) -> SafeString:
    """Draw a user's status: active, inactive or merged."""
    if user.merged_into_id:
        return badge("Merged", "purple")
    return badge(user.get_status_display(), "green" if user.is_active else "secondary")


@register.filter
def access_badge(user: User) -> SafeString:
    """Draw a user's access level."""
    return badge(user.get_access_level_display(), LEVEL_COLOURS[user.level])


@register.filter
def outcome_badge(launch: Launch) -> SafeString:
    """Draw what was decided for a launch: arrived, waiting or refused."""
    colour = "green" if launch.outcome in ARRIVED else "yellow" if launch.outcome in WAITING else "red"
    return badge(launch.get_outcome_display(), colour)
