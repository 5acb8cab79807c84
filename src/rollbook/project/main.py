"""The command `rollbook`."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

import django
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, ProgrammingError
from psycopg.errors import UndefinedColumn, UndefinedFunction, UndefinedTable

from rollbook.project import demo, services
from rollbook.project.errors import StartError
from rollbook.project.postgres_server import DatabaseServerError

NOT_MIGRATED = (UndefinedTable, UndefinedColumn, UndefinedFunction)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; what goes wrong on the way is one sentence, not a traceback."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if given == ["demo"]:
            return demo.run()
        if given[:1] == ["--demo"]:
            given = given[1:]
            _use_settings_of_the_demo()
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rollbook.project.settings")
        django.setup()
        args = command_line().parse_args(given)
        code: int = args.run(args)
    except (StartError, DatabaseServerError, ImproperlyConfigured) as error:
        return _fail(str(error))
    except OperationalError as error:
        return _fail(
            f"The database cannot be used: {str(error).strip()}. Check that it runs, and DATABASE_URL."
        )
    except ProgrammingError as error:
        if not isinstance(error.__cause__, NOT_MIGRATED):
            raise
        return _fail("The database lacks tables that this version of Rollbook needs. Run `rollbook migrate`.")
    except OSError as error:
        return _fail(
            f"{error.filename or 'A file or connection'} cannot be used: {error.strerror}. Let this account use it."
        )
    return code


def _fail(sentence: str) -> int:
    sys.stderr.write(sentence + "\n")
    return 1


def command_line() -> argparse.ArgumentParser:
    """Return what reads the arguments of `rollbook`, with all its commands."""
    parser = argparse.ArgumentParser(
        prog="rollbook", description="The learner register that can be rolled back."
    )
    parser.add_argument(
        "--demo", action="store_true", help="use the settings of the demo that is running (goes first)"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("demo", help="run everything here, with a demo LMS and a demo register (goes alone)")
    web = commands.add_parser("web", help="serve pages on 127.0.0.1")
    web.add_argument("--port", type=int, default=8000)
    web.set_defaults(run=lambda args: _become(services.web(args.port)))
    worker = commands.add_parser("worker", help="do what is done in the background")
    worker.set_defaults(run=lambda args: _become(services.worker()))
    migrate = commands.add_parser("migrate", help="bring tables, style sheets and scripts up to date")
    migrate.set_defaults(run=lambda args: services.prepare())
    # Its modules import models, which exist only after django.setup().
    for name, module in importlib.import_module("rollbook.interfaces.cli").COMMANDS.items():
        command = commands.add_parser(name, help=(module.__doc__ or "").strip().split("\n")[0])
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return parser


def _become(arguments: list[str]) -> int:
    """Go on as another Python program, which then gets our signals."""
    os.execv(sys.executable, [sys.executable, *arguments])


def _use_settings_of_the_demo() -> None:
    file = demo.settings_file()
    if not file.exists():
        raise StartError(f"No demo is running on {file.parent}: start one with `make demo`.")
    for line in file.read_text().splitlines():
        name, _, value = line.partition("=")
        os.environ[name] = value
