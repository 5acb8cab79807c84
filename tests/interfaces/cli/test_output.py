"""What the commands write."""

import pytest

from rollbook.interfaces.cli.output import say_table


def test_a_table_is_aligned_in_any_script(capsys: pytest.CaptureFixture[str]) -> None:
    say_table(("Who", "What"), [("桜 田中", "moved"), ("Ze\u0301lie", "left"), ("x", "")])
    assert capsys.readouterr().out == "Who      What\n桜 田中  moved\nZe\u0301lie    left\nx\n"
