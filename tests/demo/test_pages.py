"""The pages of the demo LMS, and what it keeps."""

import json
import subprocess
import sys
from html import unescape
from pathlib import Path

from demo.cast import PROFILES
from tests.demo.conftest import demo_lms
from tests.demo.launching import FORM, ask
from tests.interop.processes import ROOT, free_port


def test_everybody_can_be_chosen(lms: str) -> None:
    page = unescape(ask("GET", lms).text)
    for profile in PROFILES:
        assert f"{profile.given_name} {profile.family_name}".strip() in page


def test_a_person_s_page_shows_what_is_sent(lms: str) -> None:
    page = ask("GET", f"{lms}/valley/olga/").text
    assert 'value="734201"' in page
    assert 'value="olga.ozols@example.org"' in page


def test_whoever_comes_by_number_is_sent_to_the_name(lms: str) -> None:
    by_number = lms.replace("localhost", "127.0.0.1")
    answer = ask("GET", f"{by_number}/hillside/ben/", {"from": "here"})
    assert (answer.status, answer.location) == (302, f"{lms}/hillside/ben/?from=here")


def test_an_unknown_person_is_not_found(lms: str) -> None:
    assert ask("GET", f"{lms}/hillside/mallory/").status == 404


def test_a_change_is_remembered_until_the_profile_is_put_back(lms: str) -> None:
    ask("POST", f"{lms}/hillside/nina/launch", {**FORM, "email": "nina.new@example.edu"})
    assert "nina.new@example.edu" in ask("GET", f"{lms}/hillside/nina/").text
    assert "changed by you" in ask("GET", lms).text
    ask("POST", f"{lms}/hillside/nina/restore", {})
    assert "nina.novak@example.edu" in ask("GET", f"{lms}/hillside/nina/").text


def test_a_mistake_in_the_form_launches_nothing_and_says_where(lms: str) -> None:
    for changed, sentence in (
        ({"custom": "ward"}, "“ward” is not of the form name=value."),
        ({"other": "{"}, "This is no JSON"),
        ({"other": "[1]"}, "This is no JSON object."),
        ({"deployment_id": ""}, "This field is required."),
    ):
        answer = ask("POST", f"{lms}/hillside/bea/launch", {**FORM, **changed})
        assert (answer.status, answer.location) == (400, "")
        assert sentence in unescape(answer.text)


def test_a_second_start_finds_the_key_and_the_changes(tmp_path: Path) -> None:
    port = free_port()
    keys = []
    for _ in range(2):
        with demo_lms(tmp_path / "data", tmp_path / "log", port) as lms:
            keys.append(json.loads(ask("GET", f"{lms}/jwks").text))
            if len(keys) == 1:
                ask("POST", f"{lms}/hillside/ben/launch", {**FORM, "email": "ben.fixed@example.edu"})
            assert "ben.fixed@example.edu" in ask("GET", f"{lms}/hillside/ben/").text
    assert keys[0] == keys[1]
    assert (tmp_path / "data" / "platform-key.pem").stat().st_mode & 0o077 == 0


def test_what_hinders_the_start_is_one_clear_sentence(lms: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "platform-key.pem").write_text("no key")
    taken = lms.rsplit(":", 1)[1]
    for environment, sentence in (
        ({"DEMO_LMS_PORT": taken, "DEMO_LMS_DATA": str(tmp_path)}, f"cannot listen on 127.0.0.1:{taken}"),
        ({"DEMO_LMS_PORT": "many", "DEMO_LMS_DATA": str(tmp_path)}, "“many”, which is no port"),
        ({"DEMO_LMS_DATA": str(broken)}, "is broken. Delete it and start again"),
        ({"DEMO_LMS_DATA": str(broken / "platform-key.pem")}, "cannot"),
    ):
        ended = subprocess.run(
            [sys.executable, "-m", "demo.lms"], cwd=ROOT, env=environment, capture_output=True, text=True,
            timeout=30, check=False,
        )  # fmt: skip
        assert ended.returncode == 1
        assert sentence in ended.stderr
        assert len(ended.stderr.splitlines()) == 1
