"""The small cast. Alice is the super user; Carla administers North, Lou manages Oak in North, Sam manages South.

Ben and Bea are learners in Oak who get cross-linked; Dora was deactivated; Mallory, a learner in South, has no
access to anything.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection

from rollbook.lms.models import LMS, Deployment, Launch, LMSAccount
from rollbook.people.api_tokens import ApiToken, issue
from rollbook.people.models import (
    AccessLevel,
    AttributeValue,
    Identifier,
    Location,
    ManagedLocation,
    User,
    UserAttribute,
)
from rollbook.people.webhooks.models import Event, Webhook
from rollbook.people.webhooks.signing import issue as sign_with


@contextmanager
def outside_the_ledger() -> Iterator[None]:
    """Switch the triggers off to set a scene up: what the tests are about goes through the ledger."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            yield
        finally:
            cursor.execute("SET session_replication_role = origin")


@dataclass
class Cast:
    """The named rows that tests speak of."""

    north: Location
    oak: Location
    south: Location
    alice: User
    carla: User
    lou: User
    sam: User
    ben: User
    bea: User
    dora: User
    mallory: User
    username: UserAttribute
    student_id: UserAttribute
    employee_id: UserAttribute
    hillside: LMS
    valley: LMS
    bens_account: LMSAccount


def user(first: str, last: str, location: Location, **fields: object) -> User:
    """Create a user outside the ledger, with an e-mail address at example.org."""
    made = unsaved(first, last, location, **fields)
    made.save(force_insert=True)
    return made


def unsaved(first: str, last: str, location: Location, **fields: object) -> User:
    """Return a user with an e-mail address at example.org, who is not stored yet."""
    return User(
        first_name=first,
        last_name=last,
        location=location,
        email=f"{first}.{last}@example.org".lower(),
        **fields,
    )


def lms(name: str, location: Location, **fields: object) -> LMS:
    """Register an LMS outside the ledger."""
    slug = name.lower()
    made = LMS.objects.create(
        name=name,
        issuer="https://lms.example.org",
        client_id=slug,
        auth_url=f"https://lms.example.org/{slug}/auth",
        key_set_url=f"https://lms.example.org/{slug}/jwks",
        location=location,
        **fields,
    )
    Deployment.objects.create(lms=made, deployment_id="1")
    return made


def token(
    cast: Cast, *rights: str, name: str = "nightly", location: Location | None = None, **fields: object
) -> tuple[ApiToken, str]:
    """Give a system a token of Alice's outside the ledger, and return it with its secret."""
    with outside_the_ledger():
        made = ApiToken.objects.create(
            name=name, rights=sorted(rights), location=location, **{"created_by": cast.alice, **fields}
        )
    return made, issue(made.pk)


def webhook(cast: Cast, *events: str, name: str = "timetable", **fields: object) -> Webhook:
    """Let Alice tell a system of all events, or of those that are named, outside the ledger."""
    given = {"url": "https://timetable.example.org/hook", "created_by": cast.alice, **fields}
    with outside_the_ledger():
        made = Webhook.objects.create(name=name, events=sorted(events or Event.values), **given)
    sign_with(made.pk)
    return made


def _people(north: Location, oak: Location, south: Location) -> dict[str, User]:
    # With as few statements as can be: most tests begin with this.
    people = {
        "alice": unsaved("Alice", "Archer", north, access_level=AccessLevel.SUPER_USER),
        "carla": unsaved("Carla", "Clark", north, access_level=AccessLevel.ADMINISTRATOR),
        "lou": unsaved("Lou", "Lane", oak, access_level=AccessLevel.LOCATION_MANAGER),
        "sam": unsaved("Sam", "South", south, access_level=AccessLevel.LOCATION_MANAGER),
        "ben": unsaved("Ben", "Baker", oak),
        "bea": unsaved("Bea", "Brown", oak),
        "dora": unsaved("Dora", "Dunn", oak, status=User.Status.INACTIVE),
        "mallory": unsaved("Mallory", "Malik", south),
    }
    User.objects.bulk_create(people.values())
    managed = {"carla": north, "lou": oak, "sam": south}
    ManagedLocation.objects.bulk_create(
        ManagedLocation(user=people[who], location=location) for who, location in managed.items()
    )
    return people


def assemble() -> Cast:
    """Put the cast on the stage. Call within a transaction or clean up afterwards."""
    with outside_the_ledger():
        north = Location.objects.create(name="North")
        oak = Location.objects.create(name="Oak", parent=north)
        south = Location.objects.create(name="South")
        people = _people(north, oak, south)
        student_id = UserAttribute.objects.create(code="student_id", label="Student ID", key=True)
        # A test that commits empties these tables too, so they may have to be made again.
        username, _ = UserAttribute.objects.get_or_create(
            code="username", defaults={"label": "Username", "system": True, "key": True, "position": 10}
        )
        employee_id, _ = UserAttribute.objects.get_or_create(
            code="employee_id", defaults={"label": "Employee ID", "system": True, "position": 20}
        )
        identifiers = [
            (student_id, "ben", "00123"),
            (student_id, "bea", "00124"),
            (student_id, "mallory", "00999"),
            *((username, who, who) for who in ("alice", "ben", "bea")),
        ]
        Identifier.objects.bulk_create(
            Identifier(attribute=attribute, user=people[who], value=value)
            for attribute, who, value in identifiers
        )
        AttributeValue.objects.create(attribute=employee_id, user=people["ben"], value="E-7")
        hillside = lms(
            "Hillside",
            north,
            policy=LMS.Policy.EMAIL,
            matchers=[["email", "email"]],
            email_domains=["example.org"],
            when_missing=LMS.WhenMissing.CREATE,
        )
        valley = lms(
            "Valley",
            north,
            policy=LMS.Policy.STUDENT_ID,
            matchers=[["lis.person_sourcedid", "student_id"]],
        )
        bens_account = LMSAccount.objects.create(
            lms=hillside, subject="h-ben", user=people["ben"], lms_user_id="LMSBEN000001"
        )
        Launch.objects.create(
            reference="AAAA-0001",
            lms=hillside,
            deployment_id="1",
            subject="h-ben",
            outcome=Launch.Outcome.KNOWN,
            user=people["ben"],
            claims={
                "sub": "h-ben",
                "email": "ben.baker@example.org",
                "given_name": "Ben",
                "family_name": "Baker",
            },
        )
    return Cast(
        north=north,
        oak=oak,
        south=south,
        username=username,
        student_id=student_id,
        employee_id=employee_id,
        hillside=hillside,
        valley=valley,
        bens_account=bens_account,
        **people,
    )
