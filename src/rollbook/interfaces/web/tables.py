"""The chevron menu at the far right of a table's row, and other columns that tables share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import django_tables2 as tables
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from rollbook.interfaces.web.tags import when


@dataclass(frozen=True)
class MenuItem:
    """One entry of a row's menu: a link to a page, or to a preview where it changes something."""

    label: str
    href: str
    icon: str = ""
    danger: bool = False
    divided: bool = False


class MenuColumn(tables.Column):
    """The last column: a chevron that opens what may be done to the row. `items` lists it for a record."""

    attrs = {"td": {"class": "actions"}, "th": {"class": "actions"}}

    def __init__(self, items: Callable[[Any], Sequence[MenuItem]]) -> None:
        super().__init__(verbose_name="", orderable=False, empty_values=(), accessor="pk")
        self.items = items

    def render(self, record: Any) -> SafeString:
        """Draw the chevron and its menu; nothing where there is nothing to do."""
        context = {"id": record.pk, "label": str(record), "items": self.items(record)}
        return render_to_string("components/row_menu.html", context)


class WhenColumn(tables.Column):
    """A moment as "3 minutes ago"."""

    def render(self, value: Any) -> SafeString:
        """Draw the relative time."""
        return when(value)
