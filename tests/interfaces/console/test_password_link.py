"""A help desk mails somebody the link to set a password."""

import pytest
from django.core import mail
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from rollbook.interfaces.web.tasks import send_password_mail
from tests.cast import Cast
from tests.interfaces.console.conftest import Browsers


def waiting_for() -> list[str]:
    return [job.args["email"] for job in ProcrastinateJob.objects.filter(task_name="send_password_mail")]


def test_the_worker_mails_the_link_to_the_users_own_address(cast: Cast, at: Browsers) -> None:
    where = reverse("console:mail_password_link", args=[cast.ben.pk])
    assert "Mail a link to set a password" in at.lou.get(reverse("console:user", args=[cast.ben.pk])).text
    at.lou.post(where)
    assert waiting_for() == ["ben.baker@example.org"]
    send_password_mail(email="ben.baker@example.org", welcome=True)
    (sent,) = mail.outbox
    assert sent.to == ["ben.baker@example.org"]
    assert "/set-password/" in sent.body


@pytest.mark.parametrize("who", ["dora", "carla"])
def test_nobody_inactive_and_nobody_beyond_reach_is_mailed(cast: Cast, at: Browsers, who: str) -> None:
    at.lou.post(reverse("console:mail_password_link", args=[getattr(cast, who).pk]))
    assert waiting_for() == []
