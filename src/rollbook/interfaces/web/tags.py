"""Template tags and filters of every page; built in, so that no template loads them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.contrib.humanize.templatetags.humanize import intcomma
from django.template import Context, Library
from django.templatetags.static import static
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.timesince import timesince, timeuntil
from django_tables2 import Table

from rollbook.interfaces.web.markup import markup, markup_join
from rollbook.lms.models import Launch
from rollbook.people.models import AccessLevel, User
from rollbook.training.records import Status

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
TRAINING_COLOURS = {Status.NOT_STARTED: "secondary", Status.IN_PROGRESS: "azure", Status.COMPLETED: "green"}
WAITING = {Launch.Outcome.PROOF_ASKED, Launch.Outcome.QUEUED}
ARRIVED = {Launch.Outcome.KNOWN, Launch.Outcome.MATCHED, Launch.Outcome.CREATED, Launch.Outcome.PROVED}


@dataclass(frozen=True)
class MenuItem:
    """One entry of a row's menu: a link to a page, or to a preview where it changes something."""

    label: str
    href: str
    icon: str = ""
    danger: bool = False
    divided: bool = False


@register.simple_tag
@cache
def icon(name: str, classes: str = "") -> SafeString:
    """Draw a Tabler icon of the sprite; it means nothing to a screen reader, so say it in text as well."""
    return markup(
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
        return markup('<span class="text-secondary">{}</span>', "never")
    seconds = (timezone.now() - moment).total_seconds()
    # Two clocks may differ a little.
    if -2 < seconds < 60:
        text = "just now"
    elif -60 < seconds < 0:
        text = "in less than a minute"
    elif seconds > 0:
        text = f"{timesince(moment, depth=1)} ago"
    else:
        text = f"in {timeuntil(moment, depth=1)}"
    local = timezone.localtime(moment)
    exact = f"{local:%A} {local.day} {local:%B %Y, %H:%M:%S %Z}"
    return markup('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exact, text)


@register.filter
def message_look(level: str) -> dict[str, str]:
    """Return the colour and icon of a message's level."""
    return LOOKS.get(level, {"colour": "info", "icon": "info-circle"})


@register.simple_tag
def badge(text: Any, colour: str = "") -> SafeString:
    """Draw a small label, with a dot in a Tabler colour where one is given."""
    dot = markup('<span class="status-dot bg-{}"></span>', colour) if colour else ""
    return markup('<span class="status status-lite">{}<span class="status-text">{}</span></span>', dot, text)


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


@register.filter
def training_badge(status: str) -> SafeString:
    """Draw how far a course or chapter is."""
    return badge(Status(status).label, TRAINING_COLOURS[Status(status)])


# Rows and their menus are drawn by functions: a template for every cell and menu takes longer than all the rest.
@register.simple_tag
def row_menu(row_id: Any, label: Any, items: Sequence[MenuItem]) -> SafeString:
    """Draw the chevron at the far right of a row and its menu; nothing where there is nothing to do.

    `row_id` is unique in the page, `label` says whose row it is.
    """
    if not items:
        return SafeString("")
    return markup(
        '<button type="button" class="btn btn-ghost-secondary btn-icon btn-sm" popovertarget="menu-{}"'
        ' aria-label="Actions for {}">{}</button>'
        '<div id="menu-{}" class="menu dropdown-menu text-start" popover>{}</div>',
        row_id,
        label,
        icon("chevron-down"),
        row_id,
        markup_join("", '{}<a class="dropdown-item{}" href="{}">{}{}</a>', map(_drawn, items)),
    )


def _drawn(item: MenuItem) -> tuple[str, ...]:
    return (
        SafeString('<div class="dropdown-divider"></div>') if item.divided else "",
        " text-danger" if item.danger else "",
        item.href,
        icon(item.icon) if item.icon else "",
        item.label,
    )


@register.simple_tag
def table_rows(table: Table) -> SafeString:
    """Draw the rows of a django-tables2 table; the attributes of a column's cells are the same in all of them.

    A table's method `draw_<column>(record)` is called as it is. For others django-tables2 finds out at every cell which
    arguments its `render_<column>` takes, which takes longer than the cell.
    """
    columns = [
        (
            markup('<td data-label="{}" {}>', column.header, column.attrs["td"].as_html()),
            column.name,
            getattr(table, f"draw_{column.name}", None),
        )
        for column in table.columns
    ]
    rows = (
        (
            row.attrs.as_html(),
            markup_join(
                "",
                "{}{}</td>",
                ((cell, draw(row.record) if draw else row.get_cell(name)) for cell, name, draw in columns),
            ),
        )
        for row in table.paginated_rows
    )
    return markup_join("\n", "<tr {}>{}</tr>", rows)
