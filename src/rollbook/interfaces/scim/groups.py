"""Groups: content roles, whose members are the users who were given them."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Count, QuerySet, Sum
from scim2_models import (
    Context,
    InvalidPathException,
    InvalidValueException,
    NotFoundException,
    PatchOp,
    PreconditionFailedException,
    Resource,
    UniquenessException,
)
from scim2_models.path import CompareOperator, Comparison, FilterNode, LogicalExpr, LogicalOperator

from rollbook.interfaces.scim import dialects
from rollbook.interfaces.scim.asked import Asked, Reply
from rollbook.interfaces.scim.casting import group_id, group_shown, number, role_id, versioned
from rollbook.interfaces.scim.columns import group_columns
from rollbook.interfaces.scim.listing import Listing, dumped, listed, names_asked_for, of_search
from rollbook.interfaces.scim.shapes import Group
from rollbook.interfaces.scim.users import names
from rollbook.interfaces.scim.writing import Forbidden, adopt, done, use_instead
from rollbook.ledger.checks import lock
from rollbook.operations.grant_content_roles import GrantContentRoles
from rollbook.operations.remove_from_catalogue import RemoveFromCatalogue
from rollbook.operations.save_content_role import SaveContentRole
from rollbook.people.access import Right
from rollbook.people.models import User
from rollbook.people.selection import UserSelection
from rollbook.training.catalogue import ContentRole, RoleContent, RoleGrant
from rollbook.training.scim import ScimGroup

MEMBERS, NAME, EXTERNAL_ID = "members", "displayname", "externalid"


def groups(asked: Asked) -> Reply:
    """List the content roles."""
    return listed(asked, listing(asked))


def listing(asked: Asked) -> Listing:
    """Return what there is to list of content roles."""
    with_members = names_asked_for(asked.query, MEMBERS)
    return Listing(
        Group,
        _roles(asked),
        group_columns(asked),
        {"displayname": "name", "id": "pk"},
        lambda rows: _shown(asked, rows, with_members=with_members),
    )


def search_groups(asked: Asked) -> Reply:
    """List the content roles, asked for in a body."""
    asked.query = of_search(asked.body)
    return groups(asked)


def group(asked: Asked, written: str) -> Reply:
    """Read one content role."""
    return _reply(asked, _found(asked, written))


def create_group(asked: Asked) -> Reply:
    """Create a content role without content, for a client that may edit the catalogue."""
    given = Group.model_validate(asked.body, scim_ctx=Context.RESOURCE_CREATION_REQUEST)
    name = given.display_name or ""
    if not asked.acting.may(Right.CATALOGUE_EDIT):
        raise Forbidden(
            detail=f"This client creates no content roles. Create “{name}” in Rollbook first; the group is then linked to it by its name."
        )
    if ContentRole.objects.filter(name=name.strip()).exists():
        raise UniquenessException(detail=f"There is a content role “{name}” already.")
    record = done(SaveContentRole(name=name), asked.acting)
    if record is None:
        raise InvalidValueException(detail="There was nothing to create.")
    (pk,) = record.created_ids(ContentRole._meta.db_table)
    ScimGroup.objects.create(
        client_id=asked.client, content_role_id=pk, external_id=given.external_id or "", created=True
    )
    role = ContentRole.objects.get(pk=pk)
    _give(asked, role, [each.value for each in given.members or []])
    return _reply(asked, role, 201)


def replace_group(asked: Asked, written: str) -> Reply:
    """Let a content role have the members that the body names, where it names any."""
    role = _locked(asked, written)
    given = Group.model_validate(asked.body, scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST)
    _rename(asked, role, given.display_name)
    if "external_id" in given.model_fields_set:
        _call(asked, role, given.external_id)
    if MEMBERS in given.model_fields_set:
        _let_have(asked, role, [each.value for each in given.members or []])
    return _reply(asked, _found(asked, written))


def patch_group(asked: Asked, written: str) -> Reply:
    """Carry out operations on a content role. Members are changed without reading all of them."""
    role = _locked(asked, written)
    body = dialects.operations(asked.body, made_here=frozenset())
    for operation in body["Operations"]:
        # One by one, because each is looked at as the one before it has left things.
        patch = PatchOp[Group].model_validate(
            {**body, "Operations": [operation]}, scim_ctx=Context.RESOURCE_PATCH_REQUEST
        )
        for each in patch.operations or []:
            _carry_out(asked, role, each)
        role.refresh_from_db()
    return _reply(asked, _found(asked, written))


def delete_group(asked: Asked, written: str) -> Reply:
    """Take a content role from the client's users, and remove it, if the client made it and nothing else is in it."""
    role = _locked(asked, written)
    made = ScimGroup.objects.filter(client=asked.client, content_role=role)
    if not made.filter(created=True).exists():
        raise Forbidden(detail=f"“{role}” was not created by this client. Take its members out instead.")
    if RoleContent.objects.filter(content_role=role).exists():
        raise Forbidden(
            detail=f"“{role}” holds courses or chapters by now. Ask an administrator to remove it."
        )
    _let_have(asked, role, [])
    done(RemoveFromCatalogue(kind="content role", row_id=role.pk), asked.acting)
    made.delete()
    return Reply(204)


def _carry_out(asked: Asked, role: ContentRole, operation: Any) -> None:
    path = operation.path
    attribute = str(path.resolve().field_name).replace("_", "") if path and path.resolve() else ""
    removing, value = operation.op == "remove", operation.value
    if attribute == NAME:
        _rename(asked, role, value)
    elif attribute == EXTERNAL_ID:
        _call(asked, role, None if removing else value)
    elif attribute == MEMBERS:
        if path.value_filter is not None:
            chosen = _chosen(path)
        elif removing and value is None:
            chosen = [str(pk) for pk in _members(asked, role).values_list("pk", flat=True)]
        else:
            chosen = [_value_of(each) for each in (value if isinstance(value, list) else [value])]
        if removing:
            _take(asked, role, chosen)
        elif operation.op == "add":
            _give(asked, role, chosen)
        else:
            _let_have(asked, role, chosen)


def _value_of(member: Any) -> str | None:
    if isinstance(member, dict):
        value = next((value for key, value in member.items() if key.lower() == "value"), None)
    else:
        value = getattr(member, "value", None)
    if value is not None and not isinstance(value, str):
        raise InvalidValueException(detail='A member is named by its id, as {"value": "5"}.')
    return value


def _chosen(path: Any) -> list[str | None]:
    """Return the ids that a path such as `members[value eq "5"]` names."""
    node = path._as_value_path().val_filter  # noqa: SLF001  # its only way to the parsed filter
    return [_equal_to(term) for term in _terms(node)]


def _terms(node: FilterNode) -> Iterable[FilterNode]:
    if isinstance(node, LogicalExpr) and node.op == LogicalOperator.or_:
        return node.terms
    return (node,)


def _equal_to(term: FilterNode) -> str:
    if (
        isinstance(term, Comparison)
        and term.op == CompareOperator.eq
        and term.attr_path.attr.lower() == "value"
        and isinstance(term.value, str)
    ):
        return term.value
    raise InvalidPathException(detail='Members are chosen by their ids: members[value eq "5"].')


def _give(asked: Asked, role: ContentRole, written: Sequence[str | None]) -> None:
    held = set(RoleGrant.objects.filter(content_role=role).values_list("user_id", flat=True))
    ids = [user.pk for user in _users(asked, written) if user.pk not in held]
    _grant(asked, role, ids, take_away=False)


def _take(asked: Asked, role: ContentRole, written: Sequence[str | None]) -> None:
    wanted = {pk for each in written if (pk := number(each)) is not None}
    ids = list(_members(asked, role).filter(pk__in=wanted).values_list("pk", flat=True))
    _grant(asked, role, ids, take_away=True)


def _let_have(asked: Asked, role: ContentRole, written: Sequence[str | None]) -> None:
    """Let the client's users who are named have the content role, and none of its others."""
    wanted = {user.pk for user in _users(asked, written)}
    leaving = _members(asked, role).exclude(pk__in=wanted)
    _grant(asked, role, list(leaving.values_list("pk", flat=True)), take_away=True)
    _give(asked, role, written)


def _grant(asked: Asked, role: ContentRole, ids: Sequence[int], *, take_away: bool) -> None:
    if not ids:
        return
    for user in User.objects.filter(pk__in=ids).order_by("pk"):
        adopt(asked, user)
    selection = UserSelection(ids=tuple(sorted(ids)))
    done(GrantContentRoles(users=selection, content_role_ids=(role.pk,), take_away=take_away), asked.acting)


def _users(asked: Asked, written: Sequence[str | None]) -> list[User]:
    """Return the users that ids name. Raises InvalidValueException for one that the client does not see."""
    ids = {each: number(each) for each in written}
    seen = asked.acting.sees_users(User.objects.filter(pk__in=[pk for pk in ids.values() if pk is not None]))
    found = {user.pk: user for user in seen.order_by("pk")}
    for each, pk in ids.items():
        if pk not in found:
            raise InvalidValueException(detail=f"There is no user {each}, or it is not one of this client.")
        if found[pk].merged_into_id:
            raise InvalidValueException(
                detail=f"User {each} was merged into {use_instead(asked, found[pk])}."
            )
    return list(found.values())


def _members(asked: Asked, role: ContentRole) -> "QuerySet[User]":
    return asked.acting.sees_users().filter(role_grants__content_role=role)


def _rename(asked: Asked, role: ContentRole, name: Any) -> None:
    if name is None or name == role.name:
        return
    if not ScimGroup.objects.filter(client=asked.client, content_role=role, created=True).exists():
        raise Forbidden(detail=f"“{role}” was not created by this client, which cannot rename it.")
    inside = RoleContent.objects.filter(content_role=role)
    operation = SaveContentRole(
        content_role_id=role.pk,
        name=str(name),
        course_ids=tuple(inside.exclude(course=None).values_list("course_id", flat=True)),
        chapter_ids=tuple(inside.exclude(chapter=None).values_list("chapter_id", flat=True)),
    )
    done(operation, asked.acting)


def _call(asked: Asked, role: ContentRole, external_id: Any) -> None:
    if external_id is not None and (not isinstance(external_id, str) or len(external_id) > 255):
        raise InvalidValueException(detail="externalId is a text of 255 characters at most.")
    others = ScimGroup.objects.filter(client=asked.client, external_id=external_id or "").exclude(
        content_role=role
    )
    if external_id and others.exists():
        raise UniquenessException(
            detail=f"The externalId {external_id} belongs to another group of this client."
        )
    ScimGroup.objects.update_or_create(
        client_id=asked.client, content_role=role, defaults={"external_id": external_id or ""}
    )


def _roles(asked: Asked) -> "QuerySet[ContentRole]":
    may = asked.acting.may(Right.CONTENT_ROLES_GRANT)
    return ContentRole.objects.all() if may else ContentRole.objects.none()


def _found(asked: Asked, written: str) -> ContentRole:
    found = _roles(asked).filter(pk=role_id(written) or 0).first()
    if found is None:
        raise NotFoundException(detail=f"There is no group {written}.")
    return found


def _locked(asked: Asked, written: str) -> ContentRole:
    lock(ContentRole.objects.filter(pk=_found(asked, written).pk))
    found = _found(asked, written)
    if asked.version and not names(asked.version, _reply(asked, found).version):
        raise PreconditionFailedException(detail=f"Group {written} was changed since. Read it again.")
    return found


def _shown(asked: Asked, roles: Iterable[ContentRole], *, with_members: bool) -> list[Resource[Any]]:
    found = list(roles)
    ids = [role.pk for role in found]
    mine = ScimGroup.objects.filter(client=asked.client, content_role__in=ids)
    external = dict(mine.values_list("content_role_id", "external_id"))
    grants = RoleGrant.objects.filter(content_role__in=ids, user__in=asked.acting.sees_users().values("pk"))
    # The version is the same whether the members are asked for or not.
    sums = {
        role: (count, total)
        for role, count, total in grants.order_by()
        .values_list("content_role")
        .annotate(Count("pk"), Sum("pk"))
    }
    members: dict[int, list[tuple[int, str]]] = {}
    if with_members:
        for grant in grants.select_related("user").order_by("user"):
            members.setdefault(grant.content_role_id, []).append((grant.user_id, grant.user.full_name))
    return [
        versioned(
            group_shown(role.pk, role.name, external.get(role.pk, ""), members.get(role.pk)),
            f"/Groups/{group_id(role.pk)}",
            of=(role.name, external.get(role.pk), sums.get(role.pk)),
        )
        for role in found
    ]


def _reply(asked: Asked, role: ContentRole, status: int = 200) -> Reply:
    (resource,) = _shown(asked, [role], with_members=names_asked_for(asked.query, MEMBERS))
    meta: Any = resource.meta
    if asked.method == "GET" and asked.known and names(asked.known, meta.version):
        return Reply(304, version=meta.version)
    return Reply(status, dumped(resource, asked.query), meta.location, meta.version)
