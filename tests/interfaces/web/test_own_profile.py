"""Profile settings."""

import re

import pytest
from django.core import mail
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from rollbook.interfaces.web.email_tasks import send_email_link, send_email_notice
from rollbook.people.email_links import email_token
from rollbook.people.models import User
from rollbook.people.throttle import MAIL_TO
from tests.cast import Cast, assemble

EDIT = "/profile/edit/"
ENTERED = {
    "first_name": "Ben",
    "last_name": "Baker",
    "email": "ben.baker@example.org",
    "language": "",
    "send_notifications": "on",
}


@pytest.fixture
def cast(db: None, settings: Settings) -> Cast:
    """Return the cast, with mail."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    return assemble()


@pytest.fixture
def ben(cast: Cast) -> Client:
    """Return Ben's browser."""
    client = Client()
    client.force_login(cast.ben)
    return client


def link_in(text: str) -> str:
    found = re.search(r"http://\S+(/profile/e-mail/\S+)", text)
    assert found
    return found[1]


def test_name_language_and_notifications_are_kept(cast: Cast, ben: Client) -> None:
    """Seed: "Your profile has been successfully updated"."""
    entered = ENTERED | {"last_name": "Bäcker", "language": "de", "send_notifications": ""}
    page = ben.post(EDIT, entered, follow=True).text
    for part in ("Your profile is saved.", "Ben Bäcker", "Deutsch", "You get none"):
        assert part in page
    assert mail.outbox == []
    assert not ProcrastinateJob.objects.exists()


@pytest.mark.parametrize(("first", "last"), [("李", "X"), ("Jean-Luc 2nd", "O’Neil"), ("Ana", "")])
def test_a_name_is_of_one_character_or_more_in_any_script_and_a_last_name_may_be_empty(
    cast: Cast, ben: Client, first: str, last: str
) -> None:
    """Not as the seed has it (decision 0003).

    "First name must have atleast 2 characters. Numbers and special characters are not allowed. Last name must
    have atleast 1 characters. Numbers and special characters are not allowed."
    """
    page = ben.post(EDIT, ENTERED | {"first_name": first, "last_name": last}, follow=True).text
    assert "Your profile is saved." in page
    assert User.objects.get(pk=cast.ben.pk).full_name == f"{first} {last}".strip()


def test_a_first_name_is_wanted(cast: Cast, ben: Client) -> None:
    """Seed: "First name must have atleast 2 characters": one will do (decision 0003), none will not."""
    answer = ben.post(EDIT, ENTERED | {"first_name": " "})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["first_name"]


def test_an_address_that_is_none_is_refused_beside_its_field(cast: Cast, ben: Client) -> None:
    """Seed: "Enter a valid email"."""
    answer = ben.post(EDIT, ENTERED | {"email": "ben at example"})
    assert "“ben at example” is not an e-mail address. Give one like name@example.org" in answer.text
    assert not ProcrastinateJob.objects.exists()


def test_what_is_wrong_stands_beside_its_field(cast: Cast, ben: Client) -> None:
    answer = ben.post(EDIT, ENTERED | {"last_name": "B\u200baker\u0007", "email": "no address"})
    assert answer.status_code == 422
    assert User.objects.get(pk=cast.ben.pk).last_name == "Baker"


def test_a_new_address_counts_only_after_its_link_was_opened_and_confirmed(
    cast: Cast, ben: Client, client: Client
) -> None:
    page = ben.post(EDIT, ENTERED | {"email": "ben.new@example.org"}, follow=True).text
    assert "A link was mailed to ben.new@example.org." in page
    assert ProcrastinateJob.objects.get().args == {"user_id": cast.ben.pk, "email": "ben.new@example.org"}
    send_email_link(user_id=cast.ben.pk, email="ben.new@example.org")
    assert mail.outbox[0].to == ["ben.new@example.org"]
    link = link_in(str(mail.outbox[0].body))
    assert "Use this address" in client.get(link).text
    assert User.objects.get(pk=cast.ben.pk).email == "ben.baker@example.org"
    assert "is now the e-mail address of Ben Baker" in client.post(link).text
    assert User.objects.get(pk=cast.ben.pk).email == "ben.new@example.org"
    assert client.post(link).status_code == 409


def test_the_old_address_is_told(cast: Cast, client: Client) -> None:
    client.post(f"/profile/e-mail/{email_token(cast.ben, 'ben.new@example.org')}/")
    args = ProcrastinateJob.objects.get().args
    assert args == {"old": "ben.baker@example.org", "new": "ben.new@example.org"}
    send_email_notice(**args)
    assert mail.outbox[0].to == ["ben.baker@example.org"]
    assert "ben.new@example.org" in mail.outbox[0].body


def test_the_page_does_not_tell_whether_an_address_is_taken_but_its_mailbox_does(
    cast: Cast, ben: Client
) -> None:
    page = ben.post(EDIT, ENTERED | {"email": cast.bea.email}, follow=True).text
    assert f"A link was mailed to {cast.bea.email}." in page
    send_email_link(user_id=cast.ben.pk, email=cast.bea.email)
    (sent,) = mail.outbox
    assert "belongs to another user" in sent.body
    assert "/profile/e-mail/" not in sent.body


def test_without_mail_the_address_is_read_only_and_says_why(
    cast: Cast, ben: Client, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    assert "This Rollbook does not send e-mail" in ben.get(EDIT).text
    ben.post(EDIT, ENTERED | {"email": "ben.new@example.org", "last_name": "Bäcker"})
    assert (User.objects.get(pk=cast.ben.pk).email, User.objects.get(pk=cast.ben.pk).last_name) == (
        "ben.baker@example.org",
        "Bäcker",
    )
    assert not ProcrastinateJob.objects.exists()


def test_mails_to_one_address_are_throttled(cast: Cast, ben: Client) -> None:
    while not MAIL_TO.count("ben.new@example.org"):
        pass
    answer = ben.post(EDIT, ENTERED | {"email": "ben.new@example.org"})
    assert "Too many mails were asked for." in answer.text
    assert not ProcrastinateJob.objects.exists()


def test_a_link_that_is_no_link_or_of_somebody_inactive_changes_nothing(cast: Cast, client: Client) -> None:
    assert client.get("/profile/e-mail/made-up/").status_code == 410
    link = f"/profile/e-mail/{email_token(cast.dora, 'dora.new@example.org')}/"
    assert client.post(link).status_code == 409
    assert User.objects.get(pk=cast.dora.pk).email == "dora.dunn@example.org"
