"""Users: list, read, create, replace, change, and deactivate, which is what DELETE does."""

from collections.abc import Mapping
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Lower, NullIf
from django.utils import timezone
from scim2_models import (
    Context,
    InvalidValueException,
    NotFoundException,
    PatchOp,
    PreconditionFailedException,
    UniquenessException,
)

from rollbook.interfaces.scim import dialects
from rollbook.interfaces.scim.asked import Asked, Reply
from rollbook.interfaces.scim.casting import (
    USERNAME,
    Given,
    Person,
    number,
    profile_of,
    read,
    shown,
    versioned,
)
from rollbook.interfaces.scim.columns import user_columns
from rollbook.interfaces.scim.listing import Listing, dumped, listed, of_search
from rollbook.interfaces.scim.people import called, persons
from rollbook.interfaces.scim.places import place_called, usual_place
from rollbook.interfaces.scim.shapes import OURS, made_for
from rollbook.interfaces.scim.shapes import User as UserShape
from rollbook.interfaces.scim.writing import Forbidden, adopt, done, refuse_merged, use_instead
from rollbook.ledger.checks import lock
from rollbook.operations.create_user import CreateUser
from rollbook.operations.deactivate_users import DeactivateUsers
from rollbook.operations.edit_user import EditUser
from rollbook.operations.retrieve_users import RetrieveUsers
from rollbook.people.models import Identifier, User
from rollbook.people.profile import Profile
from rollbook.people.scim import ScimUser

NOWHERE = f"Say in which location the user is, in {OURS}:location, or bind the API token to one."
_username = Identifier.objects.filter(user=OuterRef("pk"), attribute__code=USERNAME).order_by("pk")
ORDERS: dict[str, Any] = {
    "username": Lower(Coalesce(Subquery(_username.values("value")[:1]), F("email"))),
    "id": "pk",
    "name.givenname": Lower("first_name"),
    "name.familyname": NullIf(Lower("last_name"), Value("")),
    "emails": NullIf(Lower("email"), Value("")),
    "emails.value": NullIf(Lower("email"), Value("")),
    "meta.created": "created_at",
}


def users(asked: Asked) -> Reply:
    """List the client's users."""
    return listed(asked, listing(asked))


def listing(asked: Asked) -> Listing:
    """Return what there is to list of users."""
    return Listing(
        asked.shapes.user,
        asked.acting.sees_users(),
        user_columns(asked),
        ORDERS,
        lambda rows: [_versioned(asked, person) for person in persons(asked, rows)],
    )


def search_users(asked: Asked) -> Reply:
    """List the client's users, asked for in a body."""
    asked.query = of_search(asked.body)
    return users(asked)


def user(asked: Asked, written: str) -> Reply:
    """Read one user."""
    return _reply(asked, _person(asked, _found(asked, written).pk))


def create_user(asked: Asked) -> Reply:
    """Create a learner, or bring back one whom this client has deleted: a person keeps one record."""
    standing = {"active": True, "name": None, "location": usual_place(asked.acting, asked.places)}
    given = _read(asked, dialects.whole(asked.body, standing, OURS), Context.RESOURCE_CREATION_REQUEST)
    _is_a_name(given["userName"])
    holder = called(str(given["userName"])).select_related("merged_into").first()
    if holder:
        return _again(asked, holder, given)
    _external_id_is_free(asked, given, 0)
    profile = profile_of(given, None, _place(asked, given))
    record = done(CreateUser(profile=profile), asked.acting.to_create())
    if record is None:
        raise InvalidValueException(detail="There was nothing to create.")
    (user_id,) = record.created_ids(User._meta.db_table)
    ScimUser.objects.create(
        client_id=asked.client, user_id=user_id, external_id=given.get("externalId") or ""
    )
    if given["active"] is False:
        done(DeactivateUsers(user_ids=(user_id,)), asked.acting)
    return _reply(asked, _person(asked, user_id), 201)


def replace_user(asked: Asked, written: str) -> Reply:
    """Let a user be as the body says; what the body does not name stays as it is."""
    found = _locked(asked, written)
    person = _person(asked, found.pk)
    now = person.given()
    standing = {
        "active": person.active,
        "name": {"givenName": person.first_name},
        "location": person.location,
    }
    given = _read(asked, dialects.whole(asked.body, standing, OURS), Context.RESOURCE_REPLACEMENT_REQUEST)
    _change(asked, found, person, {name: value for name, value in given.items() if value != now.get(name)})
    return _reply(asked, _person(asked, found.pk))


def patch_user(asked: Asked, written: str) -> Reply:
    """Carry out the operations on a user."""
    found = _locked(asked, written)
    person, shapes = _person(asked, found.pk), asked.shapes
    resource = shown(person, shapes)
    operations = dialects.operations(asked.body)
    if operations["Operations"]:
        patch = made_for(PatchOp, shapes.user).model_validate(
            operations, scim_ctx=Context.RESOURCE_PATCH_REQUEST
        )
        patch.patch(resource)
    given, now = read(resource, shapes, all_of_it=True), person.given()
    _change(asked, found, person, {name: value for name, value in given.items() if value != now.get(name)})
    return _reply(asked, _person(asked, found.pk))


def delete_user(asked: Asked, written: str) -> Reply:
    """Deactivate a user, who is then not there any more for this client."""
    found = _locked(asked, written)
    held = ScimUser.objects.filter(client=asked.client, user=found, ended_at=None)
    if not held.exists():
        raise Forbidden(detail=f"User {found.pk} was neither created by this client nor given to it.")
    adopt(asked, found)
    done(DeactivateUsers(user_ids=(found.pk,)), asked.acting)
    held.update(ended_at=timezone.now(), external_id="")
    return Reply(204)


def _again(asked: Asked, holder: User, given: Given) -> Reply:
    """Bring a user back whom this client has deleted; refuse a userName that is taken otherwise."""
    ended = ScimUser.objects.filter(client=asked.client, user=holder).exclude(ended_at=None)
    if not ended.exists() or holder.merged_into_id or asked.acting.is_held_elsewhere(holder):
        raise _taken(asked, given["userName"], holder)
    lock(User.objects.filter(pk=holder.pk))
    ended.update(ended_at=None)
    found = _found(asked, str(holder.pk))
    person = _person(asked, found.pk)
    now = person.given()
    _change(asked, found, person, {name: value for name, value in given.items() if value != now.get(name)})
    return _reply(asked, _person(asked, found.pk), 201)


def _taken(asked: Asked, name: str, holder: User) -> UniquenessException:
    if holder.merged_into_id:
        return UniquenessException(
            detail=f"The userName {name} was merged into {use_instead(asked, holder)}."
        )
    seen = persons(asked, asked.acting.sees_users(User.objects.filter(pk=holder.pk)))
    who = (
        f"user {seen[0].id} (userName {seen[0].user_name}). Change"
        if seen
        else "a user whom this client does not manage. Ask an administrator of Rollbook, or give"
    )
    return UniquenessException(
        detail=f"The userName {name} belongs to {who} {'that one' if seen else 'another'}."
    )


def _is_a_name(user_name: str | None) -> None:
    if not user_name:
        raise InvalidValueException(detail="userName is empty. Give one: it is what the user is found by.")


def _change(asked: Asked, found: User, person: Person, changes: Given) -> None:
    if not changes:
        return
    refuse_merged(asked, found)
    adopt(asked, found)
    if "userName" in changes:
        _is_a_name(changes["userName"])
        # Identifiers are compared exactly, and userNames whatever their case.
        if holder := called(changes["userName"]).exclude(pk=found.pk).select_related("merged_into").first():
            raise _taken(asked, changes["userName"], holder)
    if "externalId" in changes:
        _external_id_is_free(asked, changes, found.pk)
        mine = ScimUser.objects.filter(client=asked.client, user=found)
        mine.update(external_id=changes["externalId"] or "")
    if changes.get("active"):
        done(RetrieveUsers(user_ids=(found.pk,)), asked.acting)
    profile = profile_of(changes, person, _place(asked, changes) if "location" in changes else None)
    if profile != Profile():
        done(EditUser(user_id=found.pk, profile=profile), asked.acting)
    if changes.get("active") is False:
        done(DeactivateUsers(user_ids=(found.pk,)), asked.acting)


def _external_id_is_free(asked: Asked, changes: Given, user_id: int) -> None:
    external_id = changes.get("externalId") or ""
    if len(external_id) > 255:
        raise InvalidValueException(detail="externalId has 255 characters at most.")
    others = ScimUser.objects.filter(client=asked.client, external_id=external_id, ended_at=None)
    if external_id and others.exclude(user=user_id).exists():
        raise UniquenessException(
            detail=f"The externalId {external_id} belongs to another user of this client."
        )


def _place(asked: Asked, given: Mapping[Any, Any]) -> int:
    name = given.get("location")
    if not name:
        raise InvalidValueException(detail=NOWHERE)
    place = place_called(str(name), asked.places)
    if place is None:
        raise InvalidValueException(detail=f"There is no location “{name}” among those of this client.")
    return place


def _read(asked: Asked, body: dict[str, Any], context: Context) -> Given:
    if not dialects.says_where(body, OURS):
        raise InvalidValueException(detail=NOWHERE)
    resource: UserShape[Any] = asked.shapes.user.model_validate(body, scim_ctx=context)
    return read(resource, asked.shapes, all_of_it=False)


def _found(asked: Asked, written: str) -> User:
    pk = number(written)
    rows: QuerySet[User] = asked.acting.sees_users(User.objects.filter(pk=pk or 0))
    found = rows.select_related("merged_into").first()
    if found is None:
        raise NotFoundException(detail=f"There is no user {written}, or it is not one of this client.")
    return found


def _locked(asked: Asked, written: str) -> User:
    """Return a user who stands still from now on, if it is as `If-Match` says."""
    lock(User.objects.filter(pk=_found(asked, written).pk))
    found = _found(asked, written)
    if asked.version and not names(asked.version, _reply(asked, _person(asked, found.pk)).version):
        raise PreconditionFailedException(
            detail=f"User {found.pk} was changed since. Read it again, and send what is still to change."
        )
    return found


def names(header: str, version: str) -> bool:
    """Say whether a list of ETags names a version (RFC 9110, section 13.1). All of ours are weak."""
    plain = {each.strip().removeprefix("W/") for each in header.split(",")}
    return header.strip() == "*" or version.removeprefix("W/") in plain


def _person(asked: Asked, pk: int) -> Person:
    (person,) = persons(asked, User.objects.filter(pk=pk))
    return person


def _versioned(asked: Asked, person: Person) -> Any:
    resource, path = shown(person, asked.shapes), f"/Users/{person.id}"
    return versioned(resource, path, created=person.created_at, modified=person.modified_at)


def _reply(asked: Asked, person: Person, status: int = 200) -> Reply:
    resource = _versioned(asked, person)
    version = resource.meta.version
    if asked.method == "GET" and asked.known and names(asked.known, version):
        return Reply(304, version=version)
    return Reply(status, dumped(resource, asked.query), resource.meta.location, version)
