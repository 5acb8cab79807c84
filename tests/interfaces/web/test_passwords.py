"""Changing a password, and setting one by a link in a mail."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.utils.html import escape
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from rollbook.interfaces.web.tasks import send_password_mail, set_password_link
from rollbook.people.throttle import MAIL_TO, SIGN_IN_AS
from tests.cast import Cast, outside_the_ledger
from tests.interfaces.web.conftest import PASSWORD

NEW = "a rather new passphrase"
FORGOTTEN = "/sign-in/forgotten/"


@pytest.fixture(autouse=True)
def _post_box(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def follow(client: Client, link: str) -> str:
    """Open a link of a mail and return the address of its form."""
    return client.get(link.removeprefix("http://localhost"), follow=True).redirect_chain[-1][0]


def set_new(client: Client, form: str) -> int:
    return client.post(form, {"new_password1": NEW, "new_password2": NEW}).status_code


def test_changing_the_password_ends_every_session(client: Client, cast: Cast) -> None:
    """Seed: "Changing your password will log you out immediately. Use the new password to log back in"."""
    elsewhere = Client()
    for each in (client, elsewhere):
        each.login(username="ben", password=PASSWORD)
    fields = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert "signs you out" in client.get("/profile/password/").text
    answer = client.post("/profile/password/", fields, follow=True)
    assert answer.redirect_chain[-1][0] == "/sign-in/"
    assert "Sign in with the new one." in answer.text
    assert [each.get("/profile/").status_code for each in (client, elsewhere)] == [302, 302]
    assert not Client().login(username="ben", password=PASSWORD)
    assert Client().login(username="ben", password=NEW)


def test_changing_the_password_writes_that_column_only(client: Client, cast: Cast) -> None:
    client.login(username="ben", password=PASSWORD)
    fields = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    page = client.get("/profile/password/")
    assert page.status_code == 200
    # Somebody renames Ben while his form is open: a save of the whole row would be refused, or undo it.
    with outside_the_ledger():
        type(cast.ben).objects.filter(pk=cast.ben.pk).update(first_name="Benjamin")
    assert client.post("/profile/password/", fields).status_code == 302
    cast.ben.refresh_from_db()
    assert cast.ben.first_name == "Benjamin"
    assert cast.ben.check_password(NEW)


@pytest.mark.parametrize("address", ["ben.baker@example.org", "nobody@example.org", "dora.dunn@example.org"])
def test_asking_for_a_mail_tells_nobody_whether_the_address_is_known(
    client: Client, cast: Cast, address: str
) -> None:
    answer = client.post(FORGOTTEN, {"email": address})
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/forgotten/sent/")
    assert ProcrastinateJob.objects.get().args == {"email": address}


@pytest.mark.parametrize("address", ["nobody@example.org", "dora.dunn@example.org", ""])
def test_nobody_without_an_active_user_gets_a_mail(cast: Cast, address: str) -> None:
    send_password_mail(email=address)
    assert mail.outbox == []


def test_the_link_of_the_mail_sets_the_password_once(client: Client, cast: Cast) -> None:
    send_password_mail(email="BEN.baker@example.org")
    (sent,) = mail.outbox
    assert sent.to == ["ben.baker@example.org"]
    (link,) = re.findall(r"http://localhost/\S+", str(sent.body))
    form = follow(client, link)
    assert set_new(client, form) == 302
    assert Client().login(username="ben", password=NEW)
    assert "This link does not work any more" in Client().get(link.removeprefix("http://localhost")).text


def test_a_new_user_without_a_password_sets_the_first_one(client: Client, cast: Cast) -> None:
    send_password_mail(email=cast.bea.email, welcome=True)
    assert "Welcome to Rollbook" in mail.outbox[0].subject
    assert set_new(client, follow(client, set_password_link(cast.bea))) == 302
    assert Client().login(username="bea", password=NEW)


def test_the_link_of_a_user_who_was_deactivated_since_is_refused(client: Client, cast: Cast) -> None:
    link = set_password_link(cast.ben).removeprefix("http://localhost")
    with outside_the_ledger():
        type(cast.ben).objects.filter(pk=cast.ben.pk).update(status="inactive")
    assert "This link does not work any more" in client.get(link, follow=True).text


def test_a_new_password_lets_one_in_at_once_after_too_many_tries(client: Client, cast: Cast) -> None:
    for _ in range(SIGN_IN_AS.most + 1):
        SIGN_IN_AS.count(cast.ben.email)
    set_new(client, follow(client, set_password_link(cast.ben)))
    answer = client.post("/sign-in/", {"username": cast.ben.email, "password": NEW})
    assert answer.status_code == 302


def test_mails_to_one_address_are_throttled(client: Client, cast: Cast) -> None:
    for _ in range(MAIL_TO.most):
        assert client.post(FORGOTTEN, {"email": cast.ben.email}).status_code == 302
    assert "Too many mails were asked for." in client.post(FORGOTTEN, {"email": cast.ben.email}).text
    assert ProcrastinateJob.objects.count() == MAIL_TO.most


def test_a_rollbook_without_mail_says_so(client: Client, settings: Settings, db: None) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    assert "does not send e-mail" in client.get(FORGOTTEN).text


@pytest.mark.parametrize(
    ("old", "new"),
    [("not mine", NEW), (PASSWORD, "short"), (PASSWORD, "")],
    ids=["another's", "easy to guess", "empty"],
)
def test_a_password_that_is_not_valid_is_refused_beside_its_field(
    client: Client, cast: Cast, old: str, new: str
) -> None:
    """Seed: "Enter a valid password"."""
    client.login(username="ben", password=PASSWORD)
    fields = {"old_password": old, "new_password1": new, "new_password2": new}
    page = client.post("/profile/password/", fields)
    assert page.status_code == 200
    problems = [problem for found in page.context["form"].errors.values() for problem in found]
    assert problems
    assert all(escape(problem) in page.text for problem in problems)
    cast.ben.refresh_from_db()
    assert cast.ben.check_password(PASSWORD)


@pytest.mark.parametrize("weak", ["short", "ben.baker@example.org", "qwertyuiop12"])
def test_a_password_that_is_easy_to_guess_is_refused(client: Client, cast: Cast, weak: str) -> None:
    form = follow(client, set_password_link(cast.ben))
    assert client.post(form, {"new_password1": weak, "new_password2": weak}).status_code == 200
    cast.ben.refresh_from_db()
    assert cast.ben.check_password(PASSWORD)
