"""The guides name what is there: codes, decisions, addresses, screens."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.template.loader import get_template
from django.urls import resolve

from rollbook.interfaces.console.api_tokens import LETS
from rollbook.interfaces.console.lms_forms import LMSForm
from rollbook.interfaces.lti.landing import CUSTOM, KINDS
from rollbook.lms import claim_refusals, login_refusals, token_refusals
from rollbook.lms.models import LMS, Launch
from rollbook.lms.refusal import LaunchRefused
from rollbook.project.main import command_line

DOCS = Path(__file__).parents[1] / "docs"
PAGES = (DOCS.parent / "README.md", *sorted(DOCS.glob("*.md")))
INTEGRATORS = (DOCS / "integrators.md").read_text()
ADMINISTRATORS = (DOCS / "administrators.md").read_text()


def codes() -> Iterator[str]:
    for module in (claim_refusals, login_refusals, token_refusals):
        for one in vars(module).values():
            if isinstance(one, type) and issubclass(one, LaunchRefused) and one is not LaunchRefused:
                yield one().code


def test_every_code_in_the_guide_for_integrators_is_one() -> None:
    table = INTEGRATORS.split("| code |")[1]
    named = re.findall(r"`([a-z-]+)`", " ".join(row.split("|")[1] for row in table.strip().splitlines()[2:]))
    assert len(named) > 10
    assert set(named) <= set(codes())


def test_the_decisions_and_policies_are_called_as_on_the_screens() -> None:
    table = INTEGRATORS.split("| decision |")[1].split("\n\n")[0]
    named = [part for row in table.splitlines()[2:] for part in row.split("|")[1].strip().split("; ")]
    assert set(named) <= set(Launch.Outcome.labels)
    assert all(f"| {label} |" in INTEGRATORS for label in LMS.Policy.labels)


def test_the_fields_of_a_registration_are_called_as_on_the_screen() -> None:
    for name in (
        "issuer",
        "client_id",
        "deployment_ids",
        "auth_url",
        "key_set_url",
        "token_url",
        "location_id",
    ):
        assert f"| {LMSForm.base_fields[name].label} |" in INTEGRATORS


def test_the_addresses_lead_somewhere() -> None:
    paths = re.findall(r"https://rollbook\.example\.org(/[^`\s]*)", INTEGRATORS)
    assert len(paths) > 5
    for path in paths:
        resolve(path)
    assert CUSTOM in INTEGRATORS
    assert all(f"`{kind}=" in INTEGRATORS for kind in KINDS)


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("console/queue.html", ["Link to somebody else", "It is not", "Possible cross-links"]),
        ("console/user_lms_accounts.html", ["Link to another user", "Remove just this one", "Withdraw"]),
        ("console/reset_in_progress.html", ["Only some users"]),
        ("console/undo.html", ["What stands against it"]),
        ("console/merge_people.html", ["Are they the same person?", "Swap Primary and duplicate"]),
        ("console/users.html", ["Merge many"]),
        ("console/merge_many_form.html", ["Download a template"]),
        ("console/user_profile.html", ["Merged into this account"]),
    ],
)
def test_the_guide_for_administrators_speaks_in_the_words_of_the_screens(
    template: str, words: list[str]
) -> None:
    source = get_template(template).template.source
    for word in words:
        assert word in source
        assert word in ADMINISTRATORS


def test_links_between_the_guides_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def command_lines(page: Path) -> list[str]:
    """Return what follows `rollbook` in each command line of a page, in blocks and in backticks."""
    text = page.read_text()
    blocks = re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    lines = [part for block in blocks for part in re.split(r"\n|&&", block.replace("\\\n", " "))]
    typed = re.compile(r"(?:ExecStart=)?(?:\S*/)?rollbook (.+)")
    return [found[1] for line in (*lines, *spans) if (found := typed.fullmatch(line.strip()))]


def test_every_command_line_of_the_guides_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    found = {(page.name, line) for page in PAGES for line in command_lines(page)}
    for page, line in sorted(found):
        words = shlex.split(line.replace("COMMAND", "verify"), comments=True)
        # A command that is only named may need more than its name.
        named = ["--help"] if len(words) == 1 else []
        try:
            command_line().parse_args([*words, *named])
        except SystemExit as ended:
            if ended.code:
                pytest.fail(f"{page}: rollbook {line}\n{capsys.readouterr().err}")
    assert len(found) > 20
    assert {page for page, _ in found} >= {"README.md", "operators.md", "spreadsheets.md", "merging.md"}


def test_every_right_that_the_guides_name_is_one_that_a_token_may_be_given() -> None:
    named = {
        (page.name, right)
        for page in PAGES
        for right in re.findall(r"[`*]([a-z_]+:[a-z_]+)[`*]", page.read_text())
    }
    assert {right for _, right in named} >= {"users:view", "scim:connect", "scim:adopt"}
    assert {(page, right) for page, right in named if right not in LETS} == set()
