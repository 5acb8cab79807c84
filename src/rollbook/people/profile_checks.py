"""Whether what is given about a user may be so: the one place for every form, file, API and command."""

from collections.abc import Iterator

from django.db.models import QuerySet

from rollbook.common.text import in_sentence
from rollbook.ledger.actor import Actor
from rollbook.people.access import grantable_levels, leaves_no_super_user, seen_name
from rollbook.people.fields import NAME_LENGTH, email_problem, text_problem, value_problem
from rollbook.people.lookups import with_email
from rollbook.people.models import AccessLevel, Identifier, Location, User, UserAttribute
from rollbook.people.profile import Profile

MANAGING = (AccessLevel.LOCATION_MANAGER, AccessLevel.ADMINISTRATOR)
# Each is looked up, and more than these nobody has in a hundred years of study.
MOST_IDENTIFIERS = 100
LAST_SUPER_USER = "This would leave nobody who may do everything. Make another user super user first."

Problems = Iterator[tuple[str, str]]


class Taken(str):
    """A sentence about what belongs to another user, whom the actor may see: a face can lead there."""

    __slots__ = ("holder",)
    holder: User


def profile_problems(profile: Profile, user: User | None, acting: Actor) -> dict[str, str]:
    """Return {field: sentence} of what stands against `profile` for `user`, or for a new one if that is None.

    A field is a name in Profile, or `attributes.<code>`.
    """
    found: dict[str, str] = {}
    for check in (_names, _email, _access_level, _places, _attributes):
        for field, problem in check(profile, user, acting):
            found.setdefault(field, problem)
    return found


def managed_afterwards(profile: Profile, user: User | None) -> tuple[int, ...] | None:
    """Return the ids of the locations that the user will manage, or None where they stay as they are."""
    level = profile.access_level or (user.access_level if user else AccessLevel.LEARNER)
    if profile.managed_location_ids is None and level not in MANAGING:
        return ()
    return profile.managed_location_ids


def _names(profile: Profile, user: User | None, _acting: Actor) -> Problems:
    first = profile.first_name if user or profile.first_name is not None else ""
    if first is not None and (problem := text_problem(first, "First name", longest=NAME_LENGTH)):
        yield "first_name", problem
    # Many people have one name only.
    if problem := text_problem(profile.last_name or "", "Last name", longest=NAME_LENGTH, may_be_empty=True):
        yield "last_name", problem


def _email(profile: Profile, user: User | None, acting: Actor) -> Problems:
    address = profile.email
    if not address or (user and address == user.email):
        return
    if problem := email_problem(address):
        yield "email", problem
    elif holder := _other(with_email(address), user):
        yield "email", _taken(f"The e-mail address {address} belongs to", holder, acting, "Give another one.")
    elif holder := _other(User.objects.filter(identifiers__value__in={address, address.lower()}), user):
        yield "email", _taken(f"{address} already identifies", holder, acting, "Give another e-mail address.")


def _access_level(profile: Profile, user: User | None, acting: Actor) -> Problems:
    if profile.access_level not in AccessLevel.values:
        if profile.access_level is not None:
            yield "access_level", f"There is no access level “{profile.access_level}”."
        return
    level = AccessLevel(profile.access_level)
    if user and level == user.level:
        return
    grantable = grantable_levels(acting)
    if user and user.pk == acting.user_id:
        yield "access_level", "Nobody changes his or her own access level. Ask another super user."
    elif level not in grantable or (user and user.level not in grantable):
        yield "access_level", f"You may not give or take the access level {level.label}. Ask a super user."
    elif user and leaves_no_super_user(User.objects.filter(pk=user.pk)):
        yield "access_level", LAST_SUPER_USER


def _places(profile: Profile, user: User | None, acting: Actor) -> Problems:
    if user is None and profile.location_id is None:
        yield "location_id", "Choose a location: every user is in one."
    elif (
        profile.location_id is not None
        and not (user and user.location_id == profile.location_id)
        and not acting.reach(Location.objects.filter(pk=profile.location_id)).exists()
    ):
        yield "location_id", "There is no such location among those that you manage. Choose another one."
    managed = set(profile.managed_location_ids or ())
    if managed and (profile.access_level or (user and user.access_level)) not in MANAGING:
        yield (
            "managed_location_ids",
            "Only location managers and administrators manage locations. Leave this empty.",
        )
    if managed and user:
        managed -= set(user.managed_locations.values_list("location_id", flat=True))
    if managed and managed - set(
        acting.reach(Location.objects.filter(pk__in=managed)).values_list("pk", flat=True)
    ):
        yield (
            "managed_location_ids",
            "You may only give locations that you manage yourself. Choose other ones.",
        )


def _attributes(profile: Profile, user: User | None, acting: Actor) -> Problems:
    known = {attribute.code: attribute for attribute in UserAttribute.objects.all()}
    for code in sorted(profile.attributes.keys() - known.keys()):
        yield f"attributes.{code}", f"There is no user attribute “{code}”. Create it first."
    for code, attribute in known.items():
        values = profile.attributes.get(code, () if user is None else None)
        if values is None:
            continue
        field = f"attributes.{code}"
        if attribute.required and not values:
            yield field, f"{attribute.label} is required. Enter it."
        if len(values) > 1 and not attribute.key:
            yield field, f"{attribute.label} can have one value only; {len(values)} were given."
        if len(values) > MOST_IDENTIFIERS and len(values) > (user.identifiers.count() if user else 0):
            yield field, f"{len(values):,} values were given; {MOST_IDENTIFIERS} are the most. Give fewer."
            continue
        for value in values:
            if problem := value_problem(value, attribute.label, attribute.kind, attribute.choices):
                yield field, problem
            elif attribute.key:
                yield from (
                    (field, problem) for problem in _identifier_problems(attribute, value, user, acting)
                )


def _identifier_problems(
    attribute: UserAttribute, value: str, user: User | None, acting: Actor
) -> Iterator[str]:
    label = in_sentence(attribute.label)
    if holder := _other(
        User.objects.filter(identifiers__attribute=attribute, identifiers__value=value), user
    ):
        yield _taken(f"The {label} {value} belongs to", holder, acting, "Give another one.")
    if holder := _other(with_email(value), user):
        yield _taken(f"{value} is the e-mail address of", holder, acting, f"Give another {label}.")
    if user and user.identifiers.filter(attribute=attribute, value=value).exists():
        return
    # An ambiguous identifier signs nobody in: who may not change a user may not lock that user out.
    beyond = User.objects.exclude(access_level__in={AccessLevel.LEARNER, *grantable_levels(acting)})
    if holder := _other(beyond.filter(identifiers__value=value), user):
        yield (
            f"{_called(holder, acting)}, whose access level is not below yours, signs in with {value}. "
            f"Give another {label}, or ask a super user."
        )


def identifier_warnings(profile: Profile, user: User | None, acting: Actor) -> list[str]:
    """Return a sentence for each identifier that another user has in another attribute, which is allowed."""
    if not any(profile.attributes.values()):
        return []
    shared = Identifier.objects.none()
    for code, values in profile.attributes.items():
        shared |= Identifier.objects.filter(value__in=values).exclude(attribute__code=code)
    others = shared.exclude(user=user) if user else shared
    return [
        f"{other.value} is also the {in_sentence(other.attribute.label)} of {_called(other.user, acting)}: "
        "neither of the two can sign in with it."
        for other in others.select_related("attribute", "user").order_by("pk")
    ]


def _other(users: "QuerySet[User]", user: User | None) -> User | None:
    return (users.exclude(pk=user.pk) if user else users).first()


def _taken(what: str, holder: User, acting: Actor, remedy: str) -> str:
    said = f"{what} {_called(holder, acting)}. {remedy}"
    if seen_name(holder, acting) != holder.full_name:
        return f"{said.removesuffix('.')}, or ask somebody who sees both whether they are one person."
    taken = Taken(said)
    taken.holder = holder
    return taken


def _called(user: User, acting: Actor) -> str:
    name = seen_name(user, acting)
    return name if user.is_active or name != user.full_name else f"{name}, who is inactive"
