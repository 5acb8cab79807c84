"""Columns that tables share."""

from typing import Any

import django_tables2 as tables
from django.utils.safestring import SafeString

from rollbook.interfaces.web.tags import when


class WhenColumn(tables.Column):
    """A moment as "3 minutes ago"."""

    def render(self, value: Any) -> SafeString:
        """Draw the relative time."""
        return when(value)
