"""Profile settings: what people change about themselves, and the link that proves a new e-mail address."""

from datetime import datetime
from http import HTTPStatus
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.timesince import timeuntil
from django.views.decorators.cache import never_cache

from rollbook.interfaces.web.address import client_address
from rollbook.interfaces.web.email_tasks import send_email_link, send_email_notice
from rollbook.ledger import writer
from rollbook.ledger.errors import LedgerError, NothingToDo
from rollbook.operations.edit_own_profile import EditOwnProfile
from rollbook.people.access import oneself
from rollbook.people.email_links import read_email_token
from rollbook.people.fields import email_problem
from rollbook.people.languages import language_choices
from rollbook.people.models import User
from rollbook.people.throttle import MAIL_FROM, MAIL_TO

NO_MAIL = "This Rollbook does not send e-mail, so a new address cannot be proved. Ask your administrator to change it."
PROVED = "A new address counts once you have opened the link that is mailed to it."


class OwnProfileForm(forms.Form):
    """What people change about themselves."""

    first_name = forms.CharField(max_length=200, strip=True)
    last_name = forms.CharField(max_length=200, required=False)
    email = forms.CharField(
        label="E-mail",
        max_length=254,
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    language = forms.ChoiceField(
        choices=[("", "As my browser says"), *language_choices()],
        required=False,
        help_text="Captions of videos are shown in it, where there are any.",
    )
    send_notifications = forms.BooleanField(label="Send notifications by e-mail", required=False)

    def __init__(self, user: User, data: QueryDict | None, *, request: HttpRequest) -> None:
        names = ("first_name", "last_name", "email", "language", "send_notifications")
        super().__init__(data, initial={name: getattr(user, name) for name in names})
        self.user, self.request = user, request
        sends = not settings.EMAIL_BACKEND.endswith("dummy.EmailBackend")
        self.fields["email"].disabled = not sends
        self.fields["email"].help_text = PROVED if sends else NO_MAIL

    def clean_email(self) -> str:
        """Refuse what is no address, and too many mails. Whether somebody else has it is told in the mail only."""
        email: str = self.cleaned_data["email"].strip()
        if email == self.user.email:
            return email
        if not email:
            raise ValidationError("An address cannot be taken away here. Ask your administrator.")
        if problem := email_problem(email):
            raise ValidationError(problem)
        waits: list[datetime] = [
            until for until in (MAIL_TO.count(email), MAIL_FROM.count(client_address(self.request))) if until
        ]
        if waits:
            raise ValidationError(f"Too many mails were asked for. Wait {timeuntil(max(waits), depth=1)}.")
        return email


@login_required
def edit(request: HttpRequest) -> HttpResponse:
    """Show the form, and keep what differs; to a new e-mail address a link is mailed."""
    user = cast("User", request.user)
    form = OwnProfileForm(user, request.POST if request.method == "POST" else None, request=request)
    if request.method == "POST" and form.is_valid() and _kept(user, form):
        email = form.cleaned_data["email"]
        if email != user.email:
            send_email_link.defer(user_id=user.pk, email=email)
            messages.info(
                request, f"A link was mailed to {email}. Open it within three days to use that address."
            )
        return redirect("web:profile")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "web/edit_profile.html", {"form": form}, status=status)


def _kept(user: User, form: OwnProfileForm) -> bool:
    given = {name: value for name, value in form.cleaned_data.items() if name != "email"}
    operation, acting = EditOwnProfile(user_id=user.pk, **given), oneself(user)
    for field, problem in operation.problems(acting).items():
        form.add_error(field if field in form.fields else None, problem)
    if form.errors:
        return False
    try:
        writer.apply(writer.preview(operation, acting=acting), acting=acting)
    except NothingToDo:
        return True
    except LedgerError as error:
        form.add_error(None, str(error))
        return False
    messages.success(form.request, "Your profile is saved.")
    return True


@never_cache
def confirm_email(request: HttpRequest, token: str) -> HttpResponse:
    """Show the address, and use it when that is confirmed: programs that look into mails open links, too."""
    change = read_email_token(token)
    user = User.objects.filter(pk=change.user_id).first() if change else None
    context: dict[str, Any] = {"change": change, "person": user, "old": "", "problem": "", "done": False}
    if change is None or user is None:
        return render(request, "web/confirm_email.html", context, status=HTTPStatus.GONE)
    context["old"] = old = user.email
    acting = oneself(user)
    operation = EditOwnProfile(user_id=user.pk, email_token=token)
    try:
        plan = writer.preview(operation, acting=acting)
        if not plan.refusals and request.method == "POST":
            writer.apply(plan, acting=acting)
            if old:
                send_email_notice.defer(old=old, new=change.new)
            context["done"] = True
    except LedgerError as error:
        context["problem"] = str(error)
    else:
        context["problem"] = " ".join(plan.refusals)
    status = HTTPStatus.CONFLICT if context["problem"] else HTTPStatus.OK
    return render(request, "web/confirm_email.html", context, status=status)
