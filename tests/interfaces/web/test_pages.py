"""What every page has, and what the files behind it are."""

import re
from hashlib import sha256
from pathlib import Path

import pytest
from django.conf import settings
from django.http import HttpRequest
from django.template import Template
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, reverse

from rollbook.interfaces.web.context import NAVIGATION, navigation_of
from rollbook.people.access import Right, actor_for
from tests.cast import Cast
from tests.interfaces.web.conftest import PASSWORD

STATIC = Path(settings.STATICFILES_DIRS[0])
TEMPLATES = sorted(Path(settings.TEMPLATES[0]["DIRS"][0]).rglob("*.html"))
OPEN = ["/sign-in/", "/sign-in/forgotten/", "/sign-in/forgotten/sent/", "/sign-in/set-password/x/y/"]


def relative(path: Path) -> str:
    return str(path.relative_to(settings.TEMPLATES[0]["DIRS"][0]))


def test_the_vendored_files_are_what_the_list_says() -> None:
    listed = dict(
        re.findall(
            r"^\| (\S+) \|.*\| ([0-9a-f]{64}) \|$", (STATIC / "vendor/VENDORED.md").read_text(), re.MULTILINE
        )
    )
    found = {
        p.name: sha256(p.read_bytes()).hexdigest() for p in (STATIC / "vendor").iterdir() if p.suffix != ".md"
    }
    assert listed == found


def test_every_icon_that_is_asked_for_is_in_the_sprite() -> None:
    sprite = (STATIC / "vendor/tabler-icons.svg").read_text()
    drawn = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    asked = {name for path in TEMPLATES for name in re.findall(r'{% icon "([^"]+)"', path.read_text())}
    code = (path.read_text() for path in Path(settings.INTERFACES).rglob("*.py"))
    asked |= {icon for text in code for icon in re.findall(r'icon="([^"]+)"', text)}
    assert asked | {icon for _, _, icon, _ in NAVIGATION} <= drawn


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_no_template_has_what_the_content_security_policy_forbids(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|hx-on|hx-vals=.js:", text)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_every_template_can_be_read(path: Path) -> None:
    assert Template(path.read_text())


@pytest.mark.parametrize("address", OPEN)
def test_the_open_pages_work_and_carry_the_policy(client: Client, db: None, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert '<main id="main"' in answer.text
    assert answer.text.count("<h1") == 1


@pytest.mark.parametrize("address", ["/profile/", "/profile/password/", "/learner/"])
def test_pages_about_a_person_ask_for_the_sign_in(client: Client, db: None, address: str) -> None:
    assert client.get(address)["Location"] == f"/sign-in/?next={address}"


@pytest.mark.parametrize("code", ["400", "403", "403_csrf", "404", "500"])
def test_error_pages_come_out_without_request_and_database(code: str) -> None:
    page = render_to_string(f"{code}.html")
    assert page.count("<h1") == 1
    assert code[:3] in page


def test_an_address_that_does_not_exist_gets_the_page_in_plain_words(client: Client, db: None) -> None:
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


def test_a_form_that_was_open_for_too_long_is_explained(cast: Cast) -> None:
    answer = Client(enforce_csrf_checks=True).post("/sign-in/", {"username": "ben", "password": PASSWORD})
    assert answer.status_code == 403
    assert "This page was open for too long" in answer.text


def test_the_first_page_leads_each_person_to_their_work(client: Client, cast: Cast) -> None:
    assert client.get("/")["Location"] == "/sign-in/"
    client.login(username="ben", password=PASSWORD)
    assert client.get("/")["Location"] == reverse("learner:home")
    client.login(username="alice", password=PASSWORD)
    assert client.get("/")["Location"] == reverse("console:users")


@pytest.mark.parametrize("name", [name for _, name, _, _ in NAVIGATION])
def test_every_entry_of_the_navigation_has_a_page(name: str) -> None:
    try:
        assert reverse(name)
    except NoReverseMatch:
        pytest.fail(f"the navigation leads to {name}, which does not exist")


def request_of(cast: Cast, who: str) -> HttpRequest:
    request = RequestFactory().get("/console/users/7/")
    request.actor = actor_for(getattr(cast, who))
    return request


def test_the_navigation_shows_what_the_access_level_allows(cast: Cast) -> None:
    labels = {
        who: [item.label for item in navigation_of(request_of(cast, who))] for who in ("ben", "lou", "alice")
    }
    assert labels["ben"] == []
    assert labels["lou"] == [
        label for label, _, _, right in NAVIGATION if cast and actor_for(cast.lou).may(right)
    ]
    assert "LMSs" not in labels["lou"]
    assert labels["alice"] == [label for label, *_ in NAVIGATION]


def test_the_navigation_marks_where_one_is(cast: Cast) -> None:
    assert [item.label for item in navigation_of(request_of(cast, "alice")) if item.current] == ["Users"]


def test_the_profile_shows_who_one_is_and_by_what_one_is_known(client: Client, cast: Cast) -> None:
    client.login(username="ben", password=PASSWORD)
    page = client.get("/profile/").text
    for part in ("Ben Baker", "ben.baker@example.org", "Student ID", "00123", "Oak"):
        assert part in page


@pytest.mark.parametrize(
    ("chosen", "kept"), [("dark", "dark"), ("light", "light"), ("auto", "auto"), ("<x>", "auto")]
)
def test_light_or_dark_is_remembered_in_the_browser(client: Client, db: None, chosen: str, kept: str) -> None:
    answer = client.post("/profile/theme/", {"theme": chosen, "next": "/sign-in/"})
    assert answer["Location"] == "/sign-in/"
    assert f'data-theme="{kept}"' in client.get("/sign-in/").text


def test_choosing_light_or_dark_leads_nowhere_else(client: Client, db: None) -> None:
    answer = client.post("/profile/theme/", {"theme": "dark", "next": "https://evil.example/"})
    assert answer["Location"] == "/"


def test_a_right_is_a_word_of_the_closed_vocabulary() -> None:
    assert {right for *_, right in NAVIGATION} <= set(Right)
