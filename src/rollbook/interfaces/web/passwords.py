"""Changing a password, and setting one by a link in a mail."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, views
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.core.exceptions import ValidationError
from django.forms import EmailField, EmailInput, Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.timesince import timeuntil

from rollbook.interfaces.web.address import client_address
from rollbook.interfaces.web.tasks import send_password_mail
from rollbook.people.models import User
from rollbook.people.throttle import MAIL_FROM, MAIL_TO, SIGN_IN_AS


class SetForm(SetPasswordForm):  # type: ignore[type-arg]  # generic in the stubs only
    """The new password twice."""

    def save(self, commit: bool = True) -> AbstractBaseUser:  # noqa: FBT001, FBT002  # as Django's forms have it
        """Save the password column and nothing else: the rest of a user changes by operations only."""
        user: AbstractBaseUser = super().save(commit=False)
        if commit:
            user.save(update_fields=["password"])
        return user


class ChangeForm(SetForm, PasswordChangeForm):
    """The old password, and the new one twice."""


class ChangePassword(views.PasswordChangeView):
    """Changes the password of the person who is signed in; every session of theirs ends, this one too."""

    form_class = ChangeForm
    template_name = "registration/change_password.html"
    success_url = reverse_lazy("web:sign_in")

    def form_valid(self, form: Any) -> HttpResponse:
        """Save, sign out, and say so."""
        response = super().form_valid(form)
        logout(self.request)
        messages.success(self.request, "Your password is changed. Sign in with the new one.")
        return response


class MailForm(Form):
    """Where to send the link."""

    email = EmailField(
        label="E-mail address",
        max_length=254,
        widget=EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean(self) -> dict[str, Any]:
        """Refuse when asked too often for one address or from one place."""
        if email := self.cleaned_data.get("email"):
            waits = [
                until
                for until in (MAIL_TO.count(email), MAIL_FROM.count(client_address(self.request)))
                if until
            ]
            if waits:
                raise ValidationError(
                    f"Too many mails were asked for. Wait {timeuntil(max(waits), depth=1)}."
                )
        return self.cleaned_data


def forgotten_password(request: HttpRequest) -> HttpResponse:
    """Send a link to set a password; the answer is the same whether or not somebody has that address."""
    form = MailForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        # The worker looks the address up and sends, so that the time taken tells nothing either.
        send_password_mail.defer(email=form.cleaned_data["email"])
        return redirect("web:password_mail_sent")
    no_mail = settings.EMAIL_BACKEND.endswith("dummy.EmailBackend")
    return render(request, "registration/forgotten_password.html", {"form": form, "no_mail": no_mail})


class SetPassword(views.PasswordResetConfirmView):
    """The page behind the link: for a forgotten password, and for a new user's first one."""

    form_class = SetForm
    template_name = "registration/set_password.html"
    success_url = reverse_lazy("web:sign_in")

    def get_user(self, uidb64: str) -> User | None:
        """Return the link's user while active."""
        user = super().get_user(uidb64)
        return user if isinstance(user, User) and user.is_active else None

    def form_valid(self, form: Any) -> HttpResponse:
        """Save, and let the person sign in at once even if they had tried too often."""
        response = super().form_valid(form)
        SIGN_IN_AS.forget(form.user.email)
        messages.success(self.request, "Your password is set. You can sign in with it now.")
        return response
