"""What the worker does for the web pages."""

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.contrib.sessions.models import Session
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from procrastinate.contrib.django import app

from rollbook.lms import launch_log, logins, proofs
from rollbook.people import throttle
from rollbook.people.lookups import with_email
from rollbook.people.models import User


def set_password_link(user: User) -> str:
    """Return the full address of the page where `user` sets a password; it works once, for PASSWORD_RESET_TIMEOUT."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    path = reverse("web:set_password", args=[uid, default_token_generator.make_token(user)])
    return f"{settings.PUBLIC_URL}{path}"


@app.task(name="send_password_mail", queue="mail")
def send_password_mail(email: str, *, welcome: bool = False) -> None:
    """Mail the link to the active user with this address, if there is one; `welcome` a user who is new."""
    user = with_email(email).filter(status=User.Status.ACTIVE).first()
    if user is None:
        return
    days = settings.PASSWORD_RESET_TIMEOUT // 86400
    context = {"user": user, "link": set_password_link(user), "days": days, "welcome": welcome}
    subject = "Welcome to Rollbook: set your password" if welcome else "Set a new password for Rollbook"
    send_mail(subject, render_to_string("registration/password_mail.txt", context), None, [user.email])


@app.periodic(cron="17 3 * * *")
@app.task(name="clear_expired_sign_in_state", pass_context=False)
def clear_expired(timestamp: int) -> None:
    """Remove what is past its time: sessions, counts, logins, proofs, launches. `timestamp`: when it was to start."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    throttle.clear_expired()
    logins.purge()
    proofs.purge()
    launch_log.purge(settings.LAUNCH_LOG_DAYS)
