"""The arguments that say which users and which training are meant, for every command that takes many."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace

from rollbook.interfaces.cli.acting import NotFound
from rollbook.people.models import Location
from rollbook.people.pasted import is_id, parts_of
from rollbook.people.selection import UserSelection
from rollbook.training.catalogue import ContentRole
from rollbook.training.selection import ContentSelection


def add_user_arguments(parser: ArgumentParser, *, otherwise: str = "") -> None:
    """Declare who is meant; without `otherwise`, which says who is meant if nobody is named, somebody must be named."""
    who = parser.add_mutually_exclusive_group(required=not otherwise)
    who.add_argument(
        "--users",
        nargs="+",
        type=parts_of,
        metavar="USER",
        help=f"#ID, e-mail address or identifier; also a list with commas{otherwise}",
    )
    who.add_argument("--location", help="everybody in this location (name or #ID) or below it")


def add_content_arguments(parser: ArgumentParser) -> None:
    """Declare which training is meant."""
    for kind in ("chapters", "courses", "categories"):
        parser.add_argument(
            f"--{kind}", nargs="+", type=_numbers, default=(), metavar="ID", help=f"ID numbers of {kind}"
        )
    parser.add_argument("--roles", nargs="+", default=(), metavar="ROLE", help="content roles: #ID or name")


def users_meant(args: Namespace) -> UserSelection:
    """Return the users; everybody where the command lets nobody be named. Raises NotFound for an unknown location."""
    if args.users:
        return UserSelection(names=tuple(dict.fromkeys(name for names in args.users for name in names)))
    if args.location:
        return UserSelection(location_id=the_location(args.location).pk)
    return UserSelection(everybody=True)


def content_meant(args: Namespace) -> ContentSelection:
    """Return the training. Raises NotFound for an unknown role; unknown numbers are the operation's to refuse."""
    return ContentSelection(
        chapter_ids=_flat(args.chapters),
        course_ids=_flat(args.courses),
        category_ids=_flat(args.categories),
        content_role_ids=tuple(sorted({_role(name) for name in args.roles})),
    )


def the_location(name: str) -> Location:
    """Return the one location that is meant by name or #ID. Raises NotFound."""
    number = name.removeprefix("#")
    found = list(
        Location.objects.filter(pk=int(number))
        if name.startswith("#") and is_id(number)
        else Location.objects.filter(name=name).order_by("pk")[:10]
    )
    if len(found) > 1:
        ids = ", ".join(f"#{place.pk}" for place in found)
        raise NotFound(f"Several locations are called {name}. Name one by its ID: {ids}.")
    if not found:
        raise NotFound(f"There is no location {name}. Give its name, or # and its ID.")
    return found[0]


def _role(name: str) -> int:
    number = name.removeprefix("#")
    roles = (
        ContentRole.objects.filter(pk=int(number)) if is_id(number) else ContentRole.objects.filter(name=name)
    )
    found = roles.values_list("pk", flat=True).first()
    if found is None:
        raise NotFound(f"There is no content role {name}. Give its name, or # and its ID.")
    return found


def _numbers(text: str) -> tuple[int, ...]:
    parts = [part.removeprefix("#") for part in parts_of(text)]
    for part in parts:
        if not is_id(part):
            raise ArgumentTypeError(f"“{part}” is no ID number: give digits only.")
    return tuple(map(int, parts))


def _flat(given: tuple[tuple[int, ...], ...]) -> tuple[int, ...]:
    return tuple(sorted({number for numbers in given for number in numbers}))
