"""Two LMSs that are not ours, each in a process of its own, as a test sees them."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from tests.interop.environment import interop_python
from tests.interop.http_browser import HttpBrowser, Page
from tests.interop.processes import ROOT, free_port, serving


@dataclass(frozen=True)
class Person:
    """A person as their LMS has them."""

    sub: str
    given_name: str
    family_name: str
    email: str


@dataclass(frozen=True)
class Platform:
    """An LMS's registration, and how a person launches from it.

    `begin` takes a browser, a person, and what is wrong with the launch ("", "for another tool" or "expired"). It
    goes through Rollbook's login and back, and returns the LMS's page whose form is the launch.
    """

    issuer: str
    client_id: str
    deployment_id: str
    auth_url: str
    key_set_url: str
    token_url: str
    begin: Callable[[HttpBrowser, Person, str], Page]


@contextmanager
def lti1p3platform(tool: str, folder: Path) -> Iterator[Platform]:
    """Run `lti1p3platform`, which the demo LMS is built on."""
    port = free_port()
    address = f"http://localhost:{port}"
    wrong = {
        "": {},
        "for another tool": {"other": '{"aud": "another-tool", "azp": "another-tool"}'},
        "expired": {"lifetime": "-600"},
    }

    def begin(browser: HttpBrowser, person: Person, spoil: str) -> Page:
        form = {"role": "Learner", "deployment_id": "hillside-2", "lifetime": "300", "where": "window"}
        return browser.post(f"{address}/hillside/ben/launch", {**form, **vars(person), **wrong[spoil]})

    environment = {"DEMO_LMS_PORT": str(port), "DEMO_LMS_DATA": str(folder / "data"), "ROLLBOOK_URL": tool}
    with serving([sys.executable, "-m", "demo.lms"], environment=environment, port=port, log=folder / "log"):
        yield Platform(
            issuer=address,
            client_id="rollbook-hillside",
            deployment_id="hillside-2",
            auth_url=f"{address}/auth",
            key_set_url=f"{address}/jwks",
            token_url=f"{address}/token",
            begin=begin,
        )


@contextmanager
def open_edx(tool: str, folder: Path) -> Iterator[Platform]:
    """Run the LTI 1.3 consumer of Open edX, `lti-consumer-xblock`, in its own environment."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"

    def begin(browser: HttpBrowser, person: Person, spoil: str) -> Page:
        name = f"{person.given_name} {person.family_name}"
        asked = {"sub": person.sub, "name": name, "email": person.email, "spoil": spoil}
        return browser.get(f"{address}/start?{urlencode(asked)}")

    environment = {
        "DJANGO_SETTINGS_MODULE": "tests.interop.open_edx_settings",
        "ISSUER": "https://courses.example.org",
        "PORT": str(port),
        "PYTHONPATH": str(ROOT),
        "TOOL": tool,
    }
    command = [str(interop_python()), "-m", "tests.interop.open_edx_platform"]
    with serving(command, environment=environment, port=port, log=folder / "log"):
        yield Platform(
            issuer="https://courses.example.org",
            client_id="rollbook-open-edx",
            deployment_id="1",
            auth_url=f"{address}/auth",
            key_set_url=f"{address}/keys",
            token_url=f"{address}/token",
            begin=begin,
        )


PLATFORMS = {"lti1p3platform": lti1p3platform, "lti-consumer-xblock": open_edx}
