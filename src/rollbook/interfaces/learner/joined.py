"""The notice that accounts were joined: on the first page of the learner after the merge, once."""

from collections.abc import Callable
from typing import cast

from django.http import HttpRequest

from rollbook.people.merged import known_to_themselves, tell_once
from rollbook.people.models import User


def joined(request: HttpRequest) -> dict[str, Callable[[], str]]:
    """Return `joined_accounts` for templates: the learner's pages alone ask for it, and it is told when they do."""

    def accounts() -> str:
        user = getattr(request, "user", None)
        # Nobody sees the page of a HEAD request.
        if user is None or not user.is_authenticated or request.method == "HEAD":
            return ""
        return known_to_themselves(tell_once(cast("User", user)))

    return {"joined_accounts": accounts}
