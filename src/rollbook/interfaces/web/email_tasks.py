"""Mails about a change of one's own e-mail address."""

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from procrastinate.contrib.django import app

from rollbook.operations.edit_own_profile import EditOwnProfile
from rollbook.people.access import oneself
from rollbook.people.email_links import email_token
from rollbook.people.models import User


@app.task(name="send_email_link", queue="mail")
def send_email_link(user_id: int, email: str) -> None:
    """Mail the link that proves a new address, or why it cannot be used: only who reads that mailbox learns that."""
    user = User.objects.filter(pk=user_id, status=User.Status.ACTIVE).first()
    if user is None:
        return
    token = email_token(user, email)
    taken = EditOwnProfile(user_id=user.pk, email_token=token).problems(oneself(user))
    link = "" if taken else f"{settings.PUBLIC_URL}{reverse('web:confirm_email', args=[token])}"
    text = render_to_string("web/email_link_mail.txt", {"user": user, "link": link})
    send_mail("Your e-mail address in Rollbook", text, None, [email])


@app.task(name="send_email_notice", queue="mail")
def send_email_notice(old: str, new: str) -> None:
    """Tell the old address that it is no longer used, so that nobody changes it unseen."""
    text = render_to_string("web/email_notice_mail.txt", {"new": new})
    send_mail("Your e-mail address in Rollbook was changed", text, None, [old])
