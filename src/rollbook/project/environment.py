"""The settings that an operator makes, read from the environment and checked at start.

docs/operators.md lists them; a test compares the two. Nothing insecure has a default here: what the demo opens, the
demo sets (rollbook.project.demo).
"""

from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import unquote, urlsplit
from zoneinfo import available_timezones

from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvValidationError, ValidationError
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

# What follows the reason in the sentence about a missing or wrong setting.
REMEDIES = {
    "SECRET_KEY": "Give at least 50 random characters, and keep them: they sign sessions and links.",
    "DATABASE_URL": "Give the address of a PostgreSQL 15 or later, like postgresql://rollbook:password@host/rollbook.",
    "DATABASE_POOL": "Give the number of connections that each process keeps open at most, like 10; 0 keeps none.",
    "PUBLIC_URL": "Give the address under which browsers reach Rollbook, like https://rollbook.example.org.",
    "ALLOWED_HOSTS": "Give host names separated by commas, like rollbook.example.org,rollbook.example.com.",
    "TRUST_PROXY": "Give true if a proxy of yours sets X-Forwarded-Proto (and drops a visitor's own), else false.",
    "MAIL_URL": "Give smtp+starttls://user:password@host:587, smtps://..., smtp://..., file:///folder, or none:// to"
    " send no mail.",
    "MAIL_FROM": "Give the address that mail is sent from, like rollbook@example.org.",
    "TIME_ZONE": "Give a name from the time-zone database, like Europe/Dublin.",
    "ROLLBOOK_STATIC": "Give a folder for the style sheets and scripts that `rollbook migrate` gathers for browsers.",
    "ROLLBOOK_ALLOW_INSIDE_ADDRESSES": "Give true only in a demo or a test: key sets and webhooks may then be on this machine.",
    "ROLLBOOK_MEDIA": "Give a folder for uploaded videos, the same for every process, in your backups.",
    "ROLLBOOK_VIDEO_MEGABYTES": "Give the size that an uploaded video may have at most, in megabytes, like 2048.",
    "ROLLBOOK_LAUNCH_LOG_DAYS": "Give the number of days that a launch stays in the log, like 400.",
    "ROLLBOOK_WEBHOOK_LOG_DAYS": "Give the number of days for which it can be seen what webhooks were sent, like 30.",
    "ROLLBOOK_ERASED_DAYS": "Give the number of days for which erased training can be brought back, like 180.",
}

MAIL_BACKENDS = {
    "smtp": "smtp",
    "smtp+starttls": "smtp",
    "smtps": "smtp",
    "file": "filebased",
    "none": "dummy",
}
MAIL_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


@dataclass(frozen=True)
class Environment:
    """What the operator set. Each field is the setting of the same name, checked."""

    secret_key: str
    database_url: str
    database_pool: int
    public_url: str
    allowed_hosts: list[str]
    trust_proxy: bool
    mail_url: str
    mail_from: str
    time_zone: str
    static: str
    allow_inside_addresses: bool
    launch_log_days: int
    erased_days: int
    webhook_log_days: int
    media: str
    video_megabytes: int


def read_environment() -> Environment:
    """Return the checked settings; raises ImproperlyConfigured with a sentence for each that is missing or wrong."""
    env = Env(eager=False)
    made = Environment(
        secret_key=env.str("SECRET_KEY", validate=_long_enough),
        database_url=env.str("DATABASE_URL", validate=_a_database),
        database_pool=env.int("DATABASE_POOL", 10, validate=_not_negative),
        public_url=env.str("PUBLIC_URL", validate=_a_public_url),
        allowed_hosts=env.list("ALLOWED_HOSTS", []),
        trust_proxy=env.bool("TRUST_PROXY", False),
        mail_url=env.str("MAIL_URL", validate=_a_mail_server),
        mail_from=env.str("MAIL_FROM", "", validate=_an_address),
        time_zone=env.str("TIME_ZONE", "UTC", validate=_a_time_zone),
        static=env.str("ROLLBOOK_STATIC", ""),
        allow_inside_addresses=env.bool("ROLLBOOK_ALLOW_INSIDE_ADDRESSES", False),
        launch_log_days=env.int("ROLLBOOK_LAUNCH_LOG_DAYS", 400, validate=_positive),
        erased_days=env.int("ROLLBOOK_ERASED_DAYS", 180, validate=_positive),
        webhook_log_days=env.int("ROLLBOOK_WEBHOOK_LOG_DAYS", 30, validate=_positive),
        media=env.str("ROLLBOOK_MEDIA", ""),
        video_megabytes=env.int("ROLLBOOK_VIDEO_MEGABYTES", 2048, validate=_positive),
    )
    try:
        env.seal()
    except EnvValidationError as error:
        messages = cast("dict[str, list[str]]", error.error_messages)
        problems = {name: _reason(said) for name, said in messages.items()}
    else:
        problems = {}
        if not made.mail_from and made.mail_url != "none://":
            problems["MAIL_FROM"] = "is not set, though MAIL_URL is"
    if problems:
        sentences = [f"The setting {name} {reason}. {REMEDIES[name]}" for name, reason in problems.items()]
        raise ImproperlyConfigured("\n".join(sentences))
    return made


def database_settings(url: str, pool: int) -> dict[str, Any]:
    """Return the entry of Django's DATABASES for an address in libpq's form; `pool` connections, 0 for no pool."""
    parts = conninfo_to_dict(url)
    options: dict[str, Any] = {
        name: value
        for name, value in parts.items()
        if name not in {"dbname", "user", "password", "host", "port"}
    }
    if pool:
        options["pool"] = {"min_size": 1, "max_size": pool, "timeout": 10}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.get("dbname", ""),
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""),
        "PORT": parts.get("port", ""),
        # A connection from the pool is asked first, which costs 0.2 ms: else each one kept would show somebody an error
        # after a restart of the database.
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def mail_settings(url: str) -> dict[str, Any]:
    """Return Django's EMAIL_ settings for an address that `read_environment` accepts."""
    parts = urlsplit(url)
    return {
        "EMAIL_BACKEND": f"django.core.mail.backends.{MAIL_BACKENDS[parts.scheme]}.EmailBackend",
        "EMAIL_HOST": parts.hostname or "",
        "EMAIL_PORT": parts.port or MAIL_PORTS.get(parts.scheme, 0),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+starttls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_FILE_PATH": unquote(parts.path) if parts.scheme == "file" else None,
        "EMAIL_TIMEOUT": 20,
    }


def _reason(said: list[str]) -> str:
    """Turn what environs says into the end of a sentence."""
    return "is not set" if "not set" in said[0] else f"is wrong: {said[0].strip('.').lower()}"


def _long_enough(value: str) -> None:
    if len(value) < 50 or len(set(value)) < 5:
        raise ValidationError("it is too easy to guess")


def _a_database(value: str) -> None:
    try:
        parts = conninfo_to_dict(value)
    except ProgrammingError:
        raise ValidationError("it is not the address of a database") from None
    if not parts.get("dbname"):
        raise ValidationError("it names no database")


def _a_public_url(value: str) -> None:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValidationError("it is not an address that starts with https://")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValidationError("Rollbook needs an address of its own, without a path")
    if parts.scheme == "http" and parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
        raise ValidationError("only this machine itself may be reached without https")


def _a_mail_server(value: str) -> None:
    parts = urlsplit(value)
    if parts.scheme not in MAIL_BACKENDS or (parts.scheme in MAIL_PORTS and not parts.hostname):
        raise ValidationError("it is not the address of a mail server")


def _an_address(value: str) -> None:
    if value and "@" not in value:
        raise ValidationError("it is not a mail address")


def _a_time_zone(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError("no such time zone is known")


def _not_negative(value: int) -> None:
    if value < 0:
        raise ValidationError("it is below 0")


def _positive(value: int) -> None:
    if value < 1:
        raise ValidationError("it is below 1")
