"""What the demo knows of a person: once as Rollbook has them, once as an LMS has them."""

from dataclasses import dataclass, field
from typing import Literal

AccessLevel = Literal["learner", "location_manager", "administrator", "super_user"]


@dataclass(frozen=True)
class Person:
    """One user of the demo register, as Rollbook knows them.

    `identifiers` is `{code of a Username attribute: value}`; `location` and `manages` are names of locations.
    """

    key: str
    first_name: str
    last_name: str
    email: str
    location: str
    identifiers: dict[str, str] = field(default_factory=dict)
    access_level: AccessLevel = "learner"
    manages: tuple[str, ...] = ()
    active: bool = True


@dataclass(frozen=True)
class Profile:
    """One person of an LMS: what that LMS would say of them at a launch.

    `person` is the key of the `Person` who they really are, whether or not that one is in the register.
    `linked` says that they have launched before: the demo register starts with their LMS account.
    Empty texts are not sent.
    """

    lms: str
    person: str
    sub: str
    email: str
    given_name: str
    family_name: str
    sourcedid: str = ""
    custom: dict[str, str] = field(default_factory=dict)
    instructor: bool = False
    linked: bool = False
    story: str = ""


@dataclass(frozen=True)
class Platform:
    """One LMS of the demo, as it is registered in Rollbook. `key` is its part of the demo LMS's addresses.

    `matchers` and `email_domains` are as in `rollbook.lms.models.LMS`.
    """

    key: str
    name: str
    client_id: str
    deployment_ids: tuple[str, ...]
    policy: Literal["email", "student_id", "explicit"]
    matchers: tuple[tuple[str, str], ...]
    email_domains: tuple[str, ...]
    when_missing: Literal["create", "refuse"]
    location: str
    contact: str
    explanation: str
