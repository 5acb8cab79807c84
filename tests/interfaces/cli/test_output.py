"""What the commands write."""

import pytest

from rollbook.interfaces.cli.output import complain, say, say_table


def test_a_table_is_aligned_in_any_script(capsys: pytest.CaptureFixture[str]) -> None:
    say_table(("Who", "What"), [("桜 田中", "moved"), ("Ze\u0301lie", "left"), ("x", "")])
    assert capsys.readouterr().out == "Who      What\n桜 田中  moved\nZe\u0301lie    left\nx\n"


def test_a_terminal_obeys_no_name_of_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    say("Import users from “a\x1b[2J\x9b2J.csv”:\t1 created")
    complain("b\x1b]0;title\x07")
    out, err = capsys.readouterr()
    assert out == "Import users from “a\ufffd[2J\ufffd2J.csv”:\t1 created\n"
    assert err == "b\ufffd]0;title\ufffd\n"
