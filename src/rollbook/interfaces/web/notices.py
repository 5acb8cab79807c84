"""Messages that say what changed and offer to take it back."""

from django.contrib import messages
from django.http import HttpRequest
from django.template.loader import render_to_string


def changed(request: HttpRequest, text: str, undo_href: str) -> None:
    """Say on the next page what changed, with a link to the preview of its undo."""
    # The message storages keep text that a template made safe as it is.
    messages.success(
        request, render_to_string("components/notice.html", {"text": text, "undo_href": undo_href})
    )
