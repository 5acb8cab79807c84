"""Users: list, read, create, edit; their identifiers and LMS accounts."""

import re
from contextlib import suppress
from hashlib import sha256
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from rollbook.common.text import tidy
from rollbook.interfaces.api.answers import READ, WRITE
from rollbook.interfaces.api.bearer import actor_of, entitled
from rollbook.interfaces.api.paging import Page, last_seen, page_of
from rollbook.interfaces.api.problems import ApiProblem, invalid, not_found
from rollbook.interfaces.api.user_shapes import (
    IdentifierIn,
    IdentifierOut,
    LMSAccountOut,
    ResetIn,
    UserFields,
    UserFilters,
    UserOut,
    shown_users,
)
from rollbook.interfaces.api.writing import Answer, done, writing
from rollbook.ledger.checks import lock
from rollbook.ledger.errors import NothingToDo
from rollbook.ledger.models import OperationSubject
from rollbook.operations.create_user import CreateUser
from rollbook.operations.edit_user import EditUser
from rollbook.operations.reset_lms_accounts import ResetLMSAccounts
from rollbook.people.access import Right
from rollbook.people.api_tokens import TokenActor
from rollbook.people.lookups import with_email
from rollbook.people.models import Identifier, User, UserAttribute
from rollbook.people.profile import Profile
from rollbook.people.search import find_users

router = Router(tags=["Users"])


@router.get("/users", response={200: Page[UserOut], **READ}, url_name="users", operation_id="list_users")
def users(request: HttpRequest, asked: Query[UserFilters]) -> Any:
    """List users, filtered. Needs `users:view`."""
    acting = entitled(request, Right.USERS_VIEW)
    rows = acting.sees_users().filter(_filters(asked, acting))
    if asked.email:
        rows = rows & with_email(asked.email)
    if asked.search:
        if not asked.search.replace("\x00", "").strip():
            raise invalid({"?search": "There is nothing in it to look for. Give a part of a name."})
        rows = find_users(asked.search, rows).users
    if asked.operation_id is not None:
        entitled(request, Right.OPERATIONS_VIEW)
        about = OperationSubject.objects.filter(operation=asked.operation_id, table=User._meta.db_table)
        # Said of both, or PostgreSQL would read for a late page all that come before it.
        rows = rows.filter(pk__in=about.filter(row_id__gt=last_seen(asked)).values("row_id"))
    return page_of(request, asked, rows, lambda found: shown_users(found, acting))


@router.post("/users", response={201: UserOut, **WRITE}, url_name="users", operation_id="create_user")
@writing
def create_user(request: HttpRequest, body: UserFields) -> Answer:
    """Create a user, always a learner; a first name and a location are needed. Needs `users:create`."""
    entitled(request, Right.USERS_CREATE)
    record = done(request, CreateUser(profile=body.profile()))
    user = User.objects.get(pk=record.created_ids(User._meta.db_table)[0])
    return _told(request, user, 201, {"Location": f"{request.path}/{user.pk}"})


@router.get(
    "/users/{int:user_id}",
    response={200: UserOut, 304: None, **READ},
    url_name="user",
    operation_id="get_user",
)
def user(request: HttpRequest, user_id: int) -> Any:
    """Read a user, with an `ETag`. Needs `users:view`."""
    entitled(request, Right.USERS_VIEW)
    told = _told(request, seen_user(request, user_id), 200)
    if _names(request.headers.get("If-None-Match", ""), told.headers["ETag"]):
        return HttpResponse(status=304, headers={"ETag": told.headers["ETag"]})
    return HttpResponse(
        told.body.model_dump_json() if told.body else "",
        content_type="application/json",
        headers=told.headers,
    )


@router.patch(
    "/users/{int:user_id}", response={200: UserOut, **WRITE}, url_name="user", operation_id="edit_user"
)
@writing
def edit_user(request: HttpRequest, user_id: int, body: UserFields) -> Answer:
    """Change what is given, and nothing else; an attribute's values are replaced. Needs `users:edit`.

    With `If-Match`, only if the user is still as the `ETag` says (else 412).
    """
    entitled(request, Right.USERS_EDIT)
    found = seen_user(request, user_id)
    lock(User.objects.filter(pk=found.pk))
    wanted = request.headers.get("If-Match", "")
    if wanted and not _names(wanted, _told(request, seen_user(request, user_id), 200).headers["ETag"]):
        detail = f"User {user_id} was changed since. Read it again, and send what you want to change with its ETag."
        raise ApiProblem(412, "changed-since", detail)
    return _edited(request, found, body.profile())


@router.get(
    "/users/{int:user_id}/identifiers",
    response={200: list[IdentifierOut], **READ},
    url_name="identifiers",
    operation_id="list_identifiers",
)
def identifiers(request: HttpRequest, user_id: int) -> Any:
    """List what identifies a user: the values of Username attributes. Needs `users:view`."""
    entitled(request, Right.USERS_VIEW)
    rows = seen_user(request, user_id).identifiers.select_related("attribute").order_by("pk")
    return [IdentifierOut(id=row.pk, attribute=row.attribute.code, value=row.value) for row in rows]


@router.post(
    "/users/{int:user_id}/identifiers",
    response={201: IdentifierOut, **WRITE},
    url_name="identifiers",
    operation_id="add_identifier",
)
@writing
def add_identifier(request: HttpRequest, user_id: int, body: IdentifierIn) -> Answer:
    """Give a user one more identifier, beside those of the same attribute. Needs `users:edit`."""
    entitled(request, Right.USERS_EDIT)
    found = seen_user(request, user_id)
    lock(User.objects.filter(pk=found.pk))
    if not UserAttribute.objects.filter(code=body.attribute, key=True).exists():
        raise invalid({"#/attribute": f"“{body.attribute}” is no Username attribute. Give the code of one."})
    held = found.identifiers.filter(attribute__code=body.attribute).order_by("pk")
    values = (*held.values_list("value", flat=True), body.value)
    _edited(request, found, Profile(attributes={body.attribute: values}))
    row = Identifier.objects.get(user=found, attribute__code=body.attribute, value=tidy(body.value))
    return Answer(201, IdentifierOut(id=row.pk, attribute=body.attribute, value=row.value))


@router.delete(
    "/users/{int:user_id}/identifiers/{int:identifier_id}",
    response={204: None, **WRITE},
    url_name="identifier",
    operation_id="remove_identifier",
)
@writing
def remove_identifier(request: HttpRequest, user_id: int, identifier_id: int) -> Answer:
    """Take an identifier away. Needs `users:edit`."""
    entitled(request, Right.USERS_EDIT)
    found = seen_user(request, user_id)
    lock(User.objects.filter(pk=found.pk))
    row = found.identifiers.select_related("attribute").filter(pk=identifier_id).first()
    if row is None:
        raise not_found(f"identifier {identifier_id} of this user")
    others = found.identifiers.filter(attribute=row.attribute).exclude(pk=row.pk).order_by("pk")
    values = tuple(others.values_list("value", flat=True))
    done(request, EditUser(user_id=found.pk, profile=Profile(attributes={row.attribute.code: values})))
    return Answer(204)


@router.get(
    "/users/{int:user_id}/lms-accounts",
    response={200: list[LMSAccountOut], **READ},
    url_name="lms_accounts",
    operation_id="list_lms_accounts",
)
def lms_accounts(request: HttpRequest, user_id: int) -> Any:
    """List a user's LMS accounts. Needs `users:view`."""
    entitled(request, Right.USERS_VIEW)
    rows = seen_user(request, user_id).lms_accounts.select_related("lms").order_by("pk")
    return [
        LMSAccountOut(
            id=row.pk,
            lms=row.lms.name,
            subject=row.subject,
            lms_user_id=row.lms_user_id,
            since=row.created_at,
        )
        for row in rows
    ]


@router.post(
    "/users/{int:user_id}/lms-accounts/reset",
    response={204: None, **WRITE},
    url_name="reset_lms_accounts",
    operation_id="reset_lms_accounts",
)
@writing
def reset_lms_accounts(request: HttpRequest, user_id: int, body: ResetIn) -> Answer:
    """Remove every LMS account of a user, in one go: to look at it first, plan the operation `reset_lms_accounts`.

    Needs `lms_accounts:reset`. The answer names the operation in `Location`.
    """
    entitled(request, Right.LMS_ACCOUNTS_RESET)
    found = seen_user(request, user_id)
    operation = ResetLMSAccounts(user_id=found.pk, declare_wrong=tuple(body.declare_wrong))
    record = done(request, operation, reason=body.reason)
    operations = re.sub(r"/users/.*", "/operations", request.path)
    return Answer(204, headers={"Location": f"{operations}/{record.pk}"})


def seen_user(request: HttpRequest, user_id: int) -> User:
    """Return a user whom the token may look at. Raises ApiProblem (404)."""
    found = actor_of(request).sees_users().filter(pk=user_id).first()
    if found is None:
        raise not_found(f"user {user_id}")
    return found


def _filters(asked: UserFilters, acting: TokenActor) -> Q:
    conditions = {"status": asked.status, "access_level": asked.access_level, "location": asked.location_id}
    given = Q(**{name: value for name, value in conditions.items() if value is not None})
    if asked.merged_into_id is not None:
        # Else it would tell, number by number, who beyond the token's location somebody was merged into.
        given &= Q(
            merged_into__in=acting.sees_users(User.objects.filter(pk=asked.merged_into_id)).values("pk")
        )
    if asked.attribute and not asked.identifier:
        raise invalid({"?attribute": "It says of which attribute the identifier is. Give `identifier` too."})
    if asked.identifier:
        named = Identifier.objects.filter(value=tidy(asked.identifier))
        if asked.attribute:
            named = named.filter(attribute__code=asked.attribute)
        given &= Q(pk__in=named.values("user"))
    return given


def _edited(request: HttpRequest, found: User, profile: Profile) -> Answer:
    """Edit a user, or leave as it is one who is so already."""
    with suppress(NothingToDo):
        done(request, EditUser(user_id=found.pk, profile=profile))
    return _told(request, User.objects.get(pk=found.pk), 200)


def _told(request: HttpRequest, user: User, status: int, headers: dict[str, str] | None = None) -> Answer:
    (body,) = shown_users([user], actor_of(request))
    tag = sha256(body.model_dump_json().encode()).hexdigest()[:32]
    return Answer(status, body, {"ETag": f'"{tag}"', **(headers or {})})


def _names(header: str, tag: str) -> bool:
    """Say whether a list of ETags names one (RFC 9110, section 13.1)."""
    return header.strip() == "*" or tag in {each.strip().removeprefix("W/") for each in header.split(",")}
