"""Create a user who may do everything; the first one is made this way."""

import getpass
import sys
from argparse import ArgumentParser, Namespace

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from rollbook.interfaces.cli.acting import DONE, REFUSED, NotFound, actor, refusing
from rollbook.interfaces.cli.output import complain, say_done
from rollbook.ledger.writer import apply, preview
from rollbook.operations.create_user import CreateUser
from rollbook.operations.save_location import SaveLocation
from rollbook.people.models import AccessLevel, Location, User
from rollbook.people.profile import Profile

FIRST_LOCATION = "Main location"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments. The password is none of them: others on this machine can read those."""
    parser.add_argument("--first-name", required=True)
    parser.add_argument("--last-name", default="")
    parser.add_argument("--email", required=True, help="what the user signs in with")
    parser.add_argument("--username", help="what the user can sign in with as well")
    parser.add_argument(
        "--location", help="name or #ID of the location; a new one is created at the top of the tree"
    )
    parser.add_argument("--json", action="store_true", help="answer in JSON, for scripts")


@refusing
def run(args: Namespace) -> int:
    """Ask for the password (or read one line where nobody can be asked), create the user, set the password."""
    password = _password()
    try:
        validate_password(
            password, User(first_name=args.first_name, last_name=args.last_name, email=args.email)
        )
    except ValidationError as error:
        complain(" ".join(error.messages))
        return REFUSED
    profile = Profile(
        first_name=args.first_name,
        last_name=args.last_name,
        email=args.email,
        access_level=AccessLevel.SUPER_USER.value,
        location_id=_location(args.location).pk,
        attributes={"username": (args.username,)} if args.username else {},
    )
    record = apply(preview(CreateUser(profile=profile), acting=actor()), acting=actor())
    user = User.objects.get(pk__in=record.created_ids(User._meta.db_table))
    user.set_password(password)
    # Only this column: a password is outside the register and is never recorded.
    user.save(update_fields=["password"])
    say_done(record, as_json=args.json)
    return DONE


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != password:
        raise NotFound("The two passwords differ. Nothing was changed; start again.")
    return password


def _location(name: str | None) -> Location:
    if name and name.startswith("#"):
        found = Location.objects.filter(pk=int(name[1:])) if name[1:].isdecimal() else Location.objects.none()
    elif name:
        found = Location.objects.filter(name=name)
    else:
        found = Location.objects.filter(parent=None)
    places = list(found.order_by("pk")[:10])
    if len(places) == 1 or (places and not name):
        return places[0]
    if places:
        ids = ", ".join(f"#{place.pk}" for place in places)
        raise NotFound(f"Several locations are called {name}. Name one by its ID: {ids}.")
    if name and name.startswith("#"):
        raise NotFound(f"There is no location {name}.")
    operation = SaveLocation(name=name or FIRST_LOCATION)
    record = apply(preview(operation, acting=actor()), acting=actor())
    return Location.objects.get(pk__in=record.created_ids(Location._meta.db_table))
