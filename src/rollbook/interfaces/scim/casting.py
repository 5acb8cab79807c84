"""Pure translation at the border: a user of the register as SCIM shows it, and what SCIM gives as a `Profile`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from scim2_models import Context, GroupMembership, Meta, Reference, Resource

from rollbook.common.text import tidy
from rollbook.interfaces.scim.asked import address
from rollbook.interfaces.scim.shapes import Email, EnterpriseUser, Group, Member, Name, Shapes, User
from rollbook.people.profile import Profile

# What a client gives of a user: {name: value}. Names that are not there leave things as they are.
Given = dict[str | tuple[str, str], Any]
USERNAME, EMPLOYEE_ID = "username", "employee_id"


@dataclass(frozen=True)
class Person:
    """A user as a client sees him or her. `values` maps an attribute's code to its values, the oldest first."""

    id: int
    first_name: str
    last_name: str
    email: str
    active: bool
    language: str
    created_at: datetime
    modified_at: datetime
    location: str = ""
    external_id: str = ""
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    roles: tuple[tuple[int, str], ...] = ()

    @property
    def user_name(self) -> str:
        """Return the username, or for whoever has none the e-mail address, or the ID number with its sign."""
        return self._first(USERNAME) or self.email or f"#{self.id}"

    def _first(self, code: str) -> str | None:
        return next(iter(self.values.get(code, ())), None)

    def given(self) -> Given:
        """Return all that a client may give, as it is now."""
        own = {code: self._first(code) for code in self.values}
        return {
            **{("own", code): value for code, value in own.items()},
            "userName": self.user_name,
            "givenName": self.first_name,
            "familyName": self.last_name or None,
            "email": self.email or None,
            "active": self.active,
            "externalId": self.external_id or None,
            "employeeNumber": self._first(EMPLOYEE_ID),
            "location": self.location,
        }


def shown(person: Person, shapes: Shapes) -> User[Any]:
    """Return a user as SCIM shows it, without `meta`."""
    user: User[Any] = shapes.user(id=str(person.id), external_id=person.external_id or None)
    full = f"{person.first_name} {person.last_name}".strip()
    user.user_name, user.display_name, user.active = person.user_name, full, person.active
    user.name = Name(formatted=full, given_name=person.first_name, family_name=person.last_name or None)
    user.preferred_language = person.language or None
    if person.email:
        user.emails = [Email(value=person.email, type="work", primary=True)]
    user.groups = [
        GroupMembership(
            value=group_id(pk),
            display=name,
            type="direct",
            ref=Reference(address(f"/Groups/{group_id(pk)}")),
        )
        for pk, name in person.roles
    ] or None
    given = person.given()
    user[EnterpriseUser] = EnterpriseUser(employee_number=given["employeeNumber"])
    names = _names(shapes)
    own = {name: given.get(("own", code)) for code, name in names.items() if code != "location"}
    make: Any = shapes.extension  # its fields are those of this register
    user[shapes.extension] = make(**{names["location"]: person.location} | own)
    return user


def read(user: User[Any], shapes: Shapes, *, all_of_it: bool) -> Given:
    """Return what a client gives. Of a whole body only what it names counts; of a patched user `all_of_it` does."""
    found: Given = {}

    def take(name: str | tuple[str, str], of: Any, attribute: str) -> None:
        if of is not None and (all_of_it or attribute in of.model_fields_set):
            value = getattr(of, attribute)
            found[name] = (tidy(value) or None) if isinstance(value, str) else value
        elif all_of_it:
            found[name] = None

    take("userName", user, "user_name")
    take("active", user, "active")
    take("externalId", user, "external_id")
    take("givenName", user.name, "given_name")
    take("familyName", user.name, "family_name")
    if all_of_it or "emails" in user.model_fields_set:
        addresses = user.emails or []
        at_work = [each for each in addresses if each.type == "work"] or addresses
        found["email"] = (tidy(at_work[0].value or "") or None) if at_work else None
    take("employeeNumber", user[EnterpriseUser], "employee_number")
    ours = user[shapes.extension]
    for code, name in _names(shapes).items():
        take("location" if code == "location" else ("own", code), ours, name)
    return found


def profile_of(changes: Given, person: Person | None, location_id: int | None) -> Profile:
    """Return what is given as operations take it. A value takes the place of the one that was shown; aliases stay."""
    attributes: dict[str, tuple[str, ...]] = {}
    codes = {"userName": USERNAME, "employeeNumber": EMPLOYEE_ID}
    for name, value in changes.items():
        code = name[1] if isinstance(name, tuple) else codes.get(name)
        if code:
            others = person.values.get(code, ())[1:] if person else ()
            attributes[code] = (value, *others) if value else others
    return Profile(
        first_name=_text(changes, "givenName"),
        last_name=_text(changes, "familyName"),
        email=_text(changes, "email"),
        location_id=location_id,
        attributes=attributes,
    )


def group_id(role_id: int) -> str:
    """Return the id of a content role: unlike that of any user, as the standard asks."""
    return f"role-{role_id}"


def role_id(group: str) -> int | None:
    """Return the id of the content role that a group's id stands for, or None."""
    return number(group.removeprefix("role-")) if group.startswith("role-") else None


def number(text: Any) -> int | None:
    """Return a user's id as it is written in SCIM, or None for what cannot be one."""
    if not isinstance(text, str) or not text.isascii() or not text.isdecimal() or len(text) > 18:
        return None
    return int(text) if str(int(text)) == text else None


def group_shown(role: int, name: str, external_id: str, members: "list[tuple[int, str]] | None") -> Group:
    """Return a content role as SCIM shows it; `members` are ids and names, None where nobody asked for them."""
    return Group(
        id=group_id(role),
        external_id=external_id or None,
        display_name=name,
        members=[
            Member(value=str(pk), type="User", display=display, ref=Reference(address(f"/Users/{pk}")))
            for pk, display in members
        ]
        if members
        else None,
    )


def versioned(
    resource: Resource[Any],
    path: str,
    *,
    created: datetime | None = None,
    modified: datetime | None = None,
    of: object = None,
) -> Resource[Any]:
    """Add `meta`: where it is, and a version that changes with what is shown, or with `of` where that is given."""
    text = repr(of) if of else resource.model_dump_json(scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
    version = f'W/"{sha256(text.encode()).hexdigest()[:32]}"'
    kind = str(type(resource).__schema__).rpartition(":")[2]
    resource.meta = Meta(
        resource_type=kind,
        created=created,
        last_modified=modified,
        location=address(path),
        version=version,
    )
    return resource


def _names(shapes: Shapes) -> dict[str, str]:
    """Return {code: name of the field} of our extension."""
    return {
        str(info.serialization_alias): name
        for name, info in shapes.extension.model_fields.items()
        if name != "schemas"
    }


def _text(changes: Given, name: str) -> str | None:
    return (changes[name] or "") if name in changes else None
