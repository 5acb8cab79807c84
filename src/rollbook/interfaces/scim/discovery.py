"""What this service can do and which attributes it has (RFC 7644, section 4)."""

from collections.abc import Sequence
from typing import Any

from scim2_models import (
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    Context,
    ETag,
    Filter,
    Meta,
    NotFoundException,
    Patch,
    Resource,
    ResourceType,
    Schema,
    ServiceProviderConfig,
    Sort,
)

from rollbook.interfaces.scim.asked import Asked, Reply, address
from rollbook.interfaces.scim.listing import LARGEST

BULK_OPERATIONS, BULK_BYTES = 100, 1_000_000
BEARER = AuthenticationScheme(
    type=AuthenticationScheme.Type.oauthbearertoken,
    name="API token",
    description="Authorization: Bearer rollbook_..., a token with the right scim:connect",
    primary=True,
)


def config(asked: Asked) -> Reply:
    """Return what this service can do."""
    found = ServiceProviderConfig(
        patch=Patch(supported=True),
        bulk=Bulk(supported=True, max_operations=BULK_OPERATIONS, max_payload_size=BULK_BYTES),
        filter=Filter(supported=True, max_results=LARGEST),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=True),
        etag=ETag(supported=True),
        authentication_schemes=[BEARER],
        meta=Meta(resource_type="ServiceProviderConfig", location=address("/ServiceProviderConfig")),
    )
    return Reply(200, found.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE))


def schemas(asked: Asked) -> Reply:
    """List the schemas."""
    return _all(_schemas(asked))


def schema(asked: Asked, uri: str) -> Reply:
    """Read one schema."""
    return _one(_schemas(asked), uri)


def resource_types(asked: Asked) -> Reply:
    """List the kinds of resources: users and groups."""
    return _all(_types(asked))


def resource_type(asked: Asked, name: str) -> Reply:
    """Read one kind of resources."""
    return _one(_types(asked), name)


def _schemas(asked: Asked) -> list[Schema]:
    models: tuple[Any, ...] = (*asked.shapes.described, ServiceProviderConfig, ResourceType, Schema)
    found = [model.to_schema() for model in models]
    for each in found:
        each.meta = Meta(resource_type="Schema", location=address(f"/Schemas/{each.id}"))
    return found


def _types(asked: Asked) -> list[ResourceType]:
    found = list(asked.shapes.resource_types)
    for each in found:
        each.meta = Meta(resource_type="ResourceType", location=address(f"/ResourceTypes/{each.id}"))
    return found


def _dumped(resource: Resource[Any]) -> dict[str, Any]:
    found: dict[str, Any] = resource.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
    return found


def _all(resources: Sequence[Resource[Any]]) -> Reply:
    body = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": len(resources),
        "startIndex": 1,
        "itemsPerPage": len(resources),
        "Resources": [_dumped(each) for each in resources],
    }
    return Reply(200, body)


def _one(resources: Sequence[Resource[Any]], name: str) -> Reply:
    found = next((each for each in resources if str(each.id).lower() == name.lower()), None)
    if found is None:
        raise NotFoundException(detail=f"There is no {name}.")
    return Reply(200, _dumped(found))
