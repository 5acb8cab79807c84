"""What goes wrong before a command can do anything is one sentence."""

import pytest
from django.db import ProgrammingError, connection

from rollbook.project.main import main


@pytest.mark.django_db
@pytest.mark.parametrize(
    "command", ["operations list", "verify", "reset-lms-accounts ben --reason x", "rotate-keys"]
)
def test_a_database_that_was_never_migrated_is_named_with_the_remedy(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path TO pg_catalog")  # where none of our tables is
    assert main(command.split()) == 1
    said = capsys.readouterr()
    assert (
        said.err == "The database lacks tables that this version of Rollbook needs. Run `rollbook migrate`.\n"
    )
    assert not said.out


@pytest.mark.django_db
def test_another_mistake_in_a_statement_is_not_taken_for_a_missing_table(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def mistaken(*_: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELEKT 1")

    monkeypatch.setattr("rollbook.interfaces.cli.operations.say_table", mistaken)
    with pytest.raises(ProgrammingError, match="SELEKT"):
        main(["operations", "list"])
