"""Mailing a user the link to set a password. It changes nothing of the register, so it is no operation."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect

from rollbook.interfaces.console.doors import ConsoleRequest, needs, seen_user
from rollbook.interfaces.web.tasks import send_password_mail
from rollbook.ledger.errors import OutOfScope
from rollbook.people.access import Right
from rollbook.people.models import User


@needs(Right.USERS_EDIT, methods=("POST",))
def mail_password_link(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Have the worker mail the link to an active user within the actor's reach, at the user's own address."""
    user = seen_user(request, pk)
    if not request.actor.reach(User.objects.filter(pk=pk)).exists():
        raise PermissionDenied(str(OutOfScope()))
    if user.email and user.is_active:
        send_password_mail.defer(email=user.email, welcome=user.last_login is None)
        messages.success(request, f"A mail with a link to set a password goes to {user.email}.")
    else:
        why = (
            "is inactive: retrieve the user first"
            if user.email
            else "has no e-mail address: edit the user first"
        )
        messages.error(request, f"No mail was sent: {user} {why}.")
    return redirect("console:user", pk)
