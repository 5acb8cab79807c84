"""Commands are run as `rollbook` runs them, on the cast."""

import io
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from rollbook.interfaces.cli import COMMANDS
from tests.cast import Cast, assemble


@dataclass(frozen=True)
class Answer:
    """What a command did."""

    code: int
    out: str
    err: str


Command = Callable[..., Answer]


@pytest.fixture
def cast(db: None) -> Cast:
    """Return the cast."""
    return assemble()


@pytest.fixture
def rollbook(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Return what runs a command; `typed` is what stands on its standard input."""

    def run(name: str, *arguments: object, typed: str = "") -> Answer:
        parser = ArgumentParser()
        COMMANDS[name].add_arguments(parser)
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        monkeypatch.setattr("getpass.getuser", lambda: "olive")
        code = COMMANDS[name].run(parser.parse_args([str(argument) for argument in arguments]))
        said = capsys.readouterr()
        return Answer(code, said.out, said.err)

    return run
