"""`rollbook demo`: everything on this machine, with a demo LMS and a demo register, on data that stay in one folder."""

import contextlib
import importlib.util
import os
import secrets
import signal
import subprocess
import sys
from pathlib import Path
from typing import TextIO

from rollbook.project import services
from rollbook.project.embedded_postgres import EmbeddedPostgres
from rollbook.project.errors import StartError
from rollbook.project.supervisor import LOCAL, Stopped, Supervisor, check_port, ignore_stop, listen_for_stop

DEMO_LMS = ["-m", "demo.lms"]
# Loads the demo register where the register is empty, and prints who to sign in as.
DEMO_REGISTER = ["-m", "demo.register"]


def data_folder() -> Path:
    """Return where the demo keeps its data: ROLLBOOK_DATA, or `data` beside the source."""
    return Path(os.environ.get("ROLLBOOK_DATA") or Path(__file__).resolve().parents[3] / "data").absolute()


def settings_file() -> Path:
    """Return the file with the settings of the running demo, for `rollbook --demo`."""
    return data_folder() / "demo.env"


def run() -> int:
    """Run until stopped; returns the exit code, raises StartError or DatabaseServerError."""
    listen_for_stop()
    try:
        with contextlib.ExitStack() as stack:
            _run(stack)
    except Stopped:
        say("Rollbook has stopped.")
    return 0


def _run(stack: contextlib.ExitStack) -> None:
    port, lms_port = _port("ROLLBOOK_PORT", 8000), _port("DEMO_LMS_PORT", 8001)
    check_port(port, "ROLLBOOK_PORT")
    check_port(lms_port, "DEMO_LMS_PORT")
    folder = data_folder()
    database = os.environ.get("DATABASE_URL")
    if not database:
        say("Starting the database")
        database = stack.enter_context(EmbeddedPostgres(folder)).dsn
    settings = _settings(folder, database, port, lms_port)
    os.environ.update(settings)
    with _private(settings_file()) as file:
        file.writelines(f"{name}={value}\n" for name, value in settings.items())
    stack.callback(settings_file().unlink, missing_ok=True)
    say("Bringing the tables up to date")
    services.prepare_apart()
    who = _load_register()
    say("Starting Rollbook, its worker and the demo LMS")
    supervisor = Supervisor(folder / "logs")
    stack.callback(supervisor.stop)
    stack.callback(lambda: say("\nStopping"))
    stack.callback(ignore_stop)
    # Its main process has processes of its own to end.
    supervisor.start("Rollbook", services.web(port), signal.SIGTERM)
    supervisor.start("The worker", services.worker())
    supervisor.start("The demo LMS", DEMO_LMS)
    supervisor.wait_for_answer("Rollbook", port)
    supervisor.wait_for_answer("The demo LMS", lms_port)
    say(f"\nRollbook       http://{LOCAL}:{port}\nThe demo LMS   http://localhost:{lms_port}\n{who}")
    say(
        "To begin: sign in to Rollbook as alice. In another tab open the demo LMS, choose Ben Baker and launch in a\n"
        "frame: he is taken for Bea Brown. In Rollbook, find Bea among the Users and reset her LMS accounts.\n"
        "(A launch in a new window signs you out of Rollbook in this browser; one in the frame does not.)\n"
    )
    say(f"The data are in {folder} and stay there. Ctrl-C stops everything.")
    supervisor.watch()


def say(line: str) -> None:
    """Show progress as a plain line, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _port(setting: str, default: int) -> int:
    text = os.environ.get(setting, str(default))
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise StartError(
            f"The setting {setting} is wrong: {text!r} is no port. Give a number from 1 to 65535."
        )
    return int(text)


def _settings(folder: Path, database: str, port: int, lms_port: int) -> dict[str, str]:
    """Return the settings of a demo: what is open here is open to this machine alone."""
    return {
        "DJANGO_SETTINGS_MODULE": "rollbook.project.settings",
        "SECRET_KEY": _secret(folder / "secret-key"),
        "DATABASE_URL": database,
        "PUBLIC_URL": f"http://{LOCAL}:{port}",
        "ALLOWED_HOSTS": f"{LOCAL},localhost",
        "MAIL_URL": f"file://{folder / 'mail'}",
        "MAIL_FROM": "rollbook@demo.invalid",
        "ROLLBOOK_STATIC": str(folder / "static"),
        "ROLLBOOK_MEDIA": str(folder / "media"),
        "ROLLBOOK_ALLOW_INSIDE_ADDRESSES": "true",
        "ROLLBOOK_URL": f"http://{LOCAL}:{port}",
        "DEMO_LMS_PORT": str(lms_port),
        "DEMO_LMS_DATA": str(folder / "demo-lms"),
    }


def _secret(file: Path) -> str:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not file.exists():
        with _private(file) as new:
            new.write(secrets.token_urlsafe(60))
    return file.read_text()


def _private(file: Path) -> TextIO:
    """Open a file for writing that nobody else may read, from its first moment."""
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    return file.open("w")


def _load_register() -> str:
    """Return what the demo register says about who may sign in."""
    if not importlib.util.find_spec(DEMO_REGISTER[1]):
        return ""
    say("Looking after the demo register")
    done = subprocess.run([sys.executable, *DEMO_REGISTER], capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["no reason given"]
        raise StartError(f"The demo register could not be loaded: {said[-1]}")
    return done.stdout
