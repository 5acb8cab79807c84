"""Filling an empty register with the cast: locations, attributes, users, LMSs, LMS accounts and some history."""

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from demo.addresses import auth_url, key_set_url, lms_url, token_url
from demo.cast import LOCATIONS, PEOPLE, PLATFORMS, PROFILES, STAFF, USERNAME_ATTRIBUTES
from demo.people import Person
from demo.people import Profile as LMSProfile
from demo.register.history import make_history
from demo.register.training import add_training
from rollbook.ledger.operation import Operation
from rollbook.ledger.writer import apply, preview
from rollbook.lms.models import LMS
from rollbook.lms.verified_launch import VerifiedLaunch
from rollbook.operations.arrive import arrive
from rollbook.operations.create_user import CreateUser
from rollbook.operations.save_attribute import SaveAttribute
from rollbook.operations.save_lms import SaveLMS
from rollbook.operations.save_location import SaveLocation
from rollbook.people.access import operator
from rollbook.people.attribute_checks import AttributeDraft
from rollbook.people.models import AccessLevel, User
from rollbook.people.profile import Profile

# For everybody with a password, and written on the screen: the demo is open to its own machine alone.
PASSWORD = "rollbook-demo"
# Learners who have to prove who they are in the stories of the demo LMS.
PROVING = ("ben", "bea")
LIS = "https://purl.imsglobal.org/spec/lti/claim/lis"


@dataclass(frozen=True)
class SignIn:
    """Somebody who can sign in to the demo."""

    name: str
    what: str
    username: str
    password: str


def main() -> str:
    """Fill the register if it is empty, and return who can sign in, as text."""
    load()
    lines = [f"  {who.username:<8}{who.name}, {who.what}" for who in sign_ins()]
    return "\n".join([f"Sign in with the password {PASSWORD} as", *lines])


def sign_ins() -> list[SignIn]:
    """Return who can sign in: the staff, and learners who have something to prove."""
    return [
        SignIn(f"{p.first_name} {p.last_name}", _what(p), p.identifiers["username"], PASSWORD)
        for p in PEOPLE
        if _has_password(p)
    ]


def load() -> None:
    """Fill the register, all of it or nothing; do nothing where it has any user."""
    with transaction.atomic():
        if User.objects.exists():
            return
        places = _locations()
        for position, (code, label) in enumerate(USERNAME_ATTRIBUTES):
            draft = AttributeDraft(code=code, label=label, key=True, position=30 + position)
            _do(SaveAttribute(draft=draft))
        _do(SaveAttribute(draft=AttributeDraft(code="start_date", label="Start date", kind="date")))
        users = {person.key: _user(person, places) for person in PEOPLE}
        _give_passwords(users)
        lmss = _lmss(places)
        for profile in PROFILES:
            if profile.linked:
                _first_launch(profile, lmss[profile.lms])
        add_training(users, _do)
        make_history(users)
        # As PostgreSQL does by itself within a minute or two: the first pages would be planned for empty tables.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def _do(operation: Operation) -> list[int]:
    """Do it as the demo's operator, and return the ids of what was created in the operation's first table."""
    acting = operator("demo")
    plan = preview(operation, acting=acting)
    record = apply(plan, acting=acting, reason="the demo register")
    return record.created_ids(plan.effects[0].model._meta.db_table)


def _locations() -> dict[str, int]:
    places: dict[str, int] = {}
    for name, parent in LOCATIONS:
        (places[name],) = _do(SaveLocation(name=name, parent_id=places[parent] if parent else None))
    return places


def _user(person: Person, places: dict[str, int]) -> User:
    profile = Profile(
        first_name=person.first_name,
        last_name=person.last_name,
        email=person.email,
        access_level=person.access_level,
        location_id=places[person.location],
        managed_location_ids=tuple(places[name] for name in person.manages),
        attributes={code: (value,) for code, value in person.identifiers.items()},
    )
    (user_id,) = _do(CreateUser(profile=profile))
    return User.objects.get(pk=user_id)


def _give_passwords(users: dict[str, User]) -> None:
    # Hashing is slow on purpose: once is enough for a password that everybody may know.
    password = make_password(PASSWORD)
    for person in PEOPLE:
        if _has_password(person):
            users[person.key].password = password
            users[person.key].save(update_fields=["password"])


def _has_password(person: Person) -> bool:
    return person in STAFF or person.key in PROVING


def _what(person: Person) -> str:
    what = AccessLevel(person.access_level).label.lower()
    return f"{what} of {', '.join(person.manages)}" if person.manages else what


def _first_launch(profile: LMSProfile, lms: LMS) -> None:
    """Let somebody arrive as they did when the LMS still had the e-mail address that Rollbook has."""
    person = next(person for person in PEOPLE if person.key == profile.person)
    claims: dict[str, object] = {
        "sub": profile.sub,
        "email": person.email,
        "given_name": profile.given_name,
        "family_name": profile.family_name,
    }
    if profile.sourcedid:
        claims[LIS] = {"person_sourcedid": profile.sourcedid}
    platform = next(platform for platform in PLATFORMS if platform.key == profile.lms)
    arrive(VerifiedLaunch(lms, platform.deployment_ids[0], profile.sub, "/", claims))


def _lmss(places: dict[str, int]) -> dict[str, LMS]:
    made = {}
    for platform in PLATFORMS:
        operation = SaveLMS(
            name=platform.name,
            issuer=lms_url(),
            client_id=platform.client_id,
            auth_url=auth_url(),
            key_set_url=key_set_url(),
            token_url=token_url(),
            deployment_ids=platform.deployment_ids,
            policy=platform.policy,
            email_domains=platform.email_domains,
            location_id=places[platform.location],
            contact=platform.contact,
        )
        (lms_id,) = _do(operation)
        made[platform.key] = LMS.objects.get(pk=lms_id)
    return made
