"""A missing or wrong setting is one sentence that names it, the reason and the remedy."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import ConnectionHandler, connection

from rollbook.project.environment import REMEDIES, database_settings, mail_settings, read_environment

GOOD = {
    "SECRET_KEY": "a-secret-key-of-at-least-fifty-random-characters-0123",
    "DATABASE_URL": "postgresql://rollbook:secret@db.example.org/rollbook",
    "PUBLIC_URL": "https://rollbook.example.org",
    "MAIL_URL": "smtp+starttls://user:p%40ss@mail.example.org",
    "MAIL_FROM": "rollbook@example.org",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Set good settings, and let the test change them."""
    for name in REMEDIES:
        monkeypatch.delenv(name, raising=False)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_good_settings_are_taken(environment: pytest.MonkeyPatch) -> None:
    taken = read_environment()
    assert (taken.secret_key, taken.public_url) == (GOOD["SECRET_KEY"], GOOD["PUBLIC_URL"])
    assert not taken.allow_inside_addresses
    assert not taken.trust_proxy


@pytest.mark.parametrize("name", GOOD)
def test_a_missing_setting_is_named_with_its_remedy(environment: pytest.MonkeyPatch, name: str) -> None:
    environment.delenv(name)
    with pytest.raises(ImproperlyConfigured) as refused:
        read_environment()
    assert str(refused.value).startswith(f"The setting {name} is not set")
    assert str(refused.value).endswith(REMEDIES[name])


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("SECRET_KEY", "short", "it is too easy to guess"),
        ("SECRET_KEY", "x" * 60, "it is too easy to guess"),
        ("DATABASE_URL", "not an address", "it is not the address of a database"),
        ("DATABASE_URL", "postgresql://host/", "it names no database"),
        ("DATABASE_POOL", "many", "not a valid integer"),
        ("DATABASE_POOL", "-1", "it is below 0"),
        ("PUBLIC_URL", "rollbook.example.org", "it is not an address"),
        ("PUBLIC_URL", "http://rollbook.example.org", "without https"),
        ("PUBLIC_URL", "https://example.org/rollbook", "without a path"),
        ("TRUST_PROXY", "perhaps", "not a valid boolean"),
        ("MAIL_URL", "mail.example.org", "it is not the address of a mail server"),
        ("MAIL_URL", "smtp://", "it is not the address of a mail server"),
        ("MAIL_FROM", "nobody", "it is not a mail address"),
        ("TIME_ZONE", "Atlantis/Capital", "no such time zone"),
        ("ROLLBOOK_LAUNCH_LOG_DAYS", "0", "it is below 1"),
    ],
)
def test_a_wrong_setting_is_named_with_the_reason(
    environment: pytest.MonkeyPatch, name: str, value: str, reason: str
) -> None:
    environment.setenv(name, value)
    with pytest.raises(ImproperlyConfigured) as refused:
        read_environment()
    assert str(refused.value).startswith(f"The setting {name} is wrong: ")
    assert reason in str(refused.value)
    assert value == "short" or "x" * 60 not in str(refused.value)


def test_all_that_is_wrong_is_said_at_once(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("SECRET_KEY")
    environment.delenv("PUBLIC_URL")
    with pytest.raises(ImproperlyConfigured) as refused:
        read_environment()
    assert re.findall(r"The setting (\w+)", str(refused.value)) == ["SECRET_KEY", "PUBLIC_URL"]


def test_who_sends_no_mail_needs_no_address_to_send_from(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("MAIL_URL", "none://")
    environment.delenv("MAIL_FROM")
    assert not read_environment().mail_from


def test_the_guide_lists_every_setting() -> None:
    guide = (Path(__file__).parents[2] / "docs/operators.md").read_text()
    assert set(re.findall(r"^\| `([A-Z_]+)`", guide, re.MULTILINE)) == set(REMEDIES)


def test_an_address_of_a_database_is_taken_apart() -> None:
    entry = database_settings("postgresql://me:p%40ss@/rollbook?host=%2Fsome%20where&sslmode=require", pool=3)
    assert (entry["USER"], entry["PASSWORD"], entry["HOST"], entry["NAME"]) == (
        "me",
        "p@ss",
        "/some where",
        "rollbook",
    )
    assert entry["OPTIONS"] == {"sslmode": "require", "pool": {"min_size": 1, "max_size": 3, "timeout": 10}}


@pytest.mark.django_db
def test_a_connection_that_the_database_ended_while_nobody_used_it_is_not_handed_out() -> None:
    kept = ConnectionHandler({"default": database_settings(os.environ["DATABASE_URL"], pool=1)})["default"]
    try:
        before = _server_process(kept)
        kept.close()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [before])

        assert _server_process(kept) != before
    finally:
        kept.close()
        kept.close_pool()


def _server_process(to: Any) -> int:
    with to.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def test_an_address_of_a_mail_server_is_taken_apart() -> None:
    mail = mail_settings(GOOD["MAIL_URL"])
    assert (mail["EMAIL_HOST"], mail["EMAIL_PORT"], mail["EMAIL_USE_TLS"]) == ("mail.example.org", 587, True)
    assert mail["EMAIL_HOST_PASSWORD"] == "p@ss"
    assert mail_settings("file:///var/mail/rollbook")["EMAIL_FILE_PATH"] == "/var/mail/rollbook"
