"""Signing in and out, and the three ways to a new password."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import views
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.forms import CharField, PasswordInput, TextInput
from django.http import HttpRequest, HttpResponse
from django.utils.timesince import timeuntil

from rollbook.interfaces.web.address import client_address
from rollbook.people.throttle import SIGN_IN_AS, SIGN_IN_FROM


class SignInForm(AuthenticationForm):
    """A name and a password; slowed down per name and per address, whether or not the name exists."""

    username = CharField(
        label="E-mail address, username or ID",
        max_length=254,
        widget=TextInput(attrs={"autofocus": True, "autocomplete": "username", "autocapitalize": "none"}),
    )
    password = CharField(
        label="Password", strip=False, widget=PasswordInput(attrs={"autocomplete": "current-password"})
    )
    error_messages = {
        "invalid_login": "This name and password do not belong together. Check both; capital letters count in the"
        " password.",
        "inactive": "This account is inactive. Ask your administrator.",
    }

    def clean(self) -> dict[str, Any]:
        """Check name and password; raise ValidationError when wrong, or tried too often."""
        name, address = (
            self.cleaned_data.get("username", ""),
            client_address(self.request) if self.request else "",
        )
        if not name or not self.cleaned_data.get("password"):
            return self.cleaned_data
        # Counted before it is checked: many tries at the same moment do not slip through together.
        waits = [until for until in (SIGN_IN_AS.count(name), SIGN_IN_FROM.count(address)) if until]
        if waits:
            raise ValidationError(
                f"Too many tries. Wait {timeuntil(max(waits), depth=1)}, then try again, or set a new password by"
                " e-mail."
            )
        cleaned: dict[str, Any] = super().clean()
        SIGN_IN_AS.forget(name)
        SIGN_IN_FROM.take_back(address)
        return cleaned


class SignIn(views.LoginView):
    """The sign-in page."""

    form_class = SignInForm
    template_name = "registration/sign_in.html"
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Sign in with a fresh session: one that began in an LMS's frame could be shown in that frame."""
        self.request.session.flush()
        return super().form_valid(form)


class SignOut(views.LogoutView):
    """Ends the session; only by POST."""

    next_page = "web:sign_in"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """End the session and say so on the sign-in page."""
        response = super().post(request, *args, **kwargs)
        messages.success(request, "You are signed out.")
        return response
