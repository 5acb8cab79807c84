"""Users and content roles as SCIM has them: only what Rollbook keeps is in the schemas that it publishes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any

from pydantic import Field
from scim2_models import (
    URN,
    AnyExtension,
    CaseExact,
    ComplexAttribute,
    Extension,
    GroupMembership,
    Mutability,
    Reference,
    Required,
    Resource,
    ResourceType,
    Returned,
    Schema,
    Uniqueness,
)
from scim2_models import Attribute as SchemaAttribute

OURS = "urn:ietf:params:scim:schemas:extension:rollbook:2.0:User"
ReadOnly = Mutability.read_only


class Name(ComplexAttribute):
    """The parts of a name. Rollbook asks for a first name; many people have one name only."""

    # Only where it is asked for: `displayName` says the same.
    formatted: Annotated[str | None, ReadOnly, Returned.request] = None
    given_name: Annotated[str | None, Required.true] = None
    family_name: str | None = None


class Email(ComplexAttribute):
    """The one e-mail address that Rollbook keeps."""

    value: Annotated[str | None, Required.true] = None
    type: Annotated[str | None, CaseExact.false] = Field(None, examples=["work"])
    # Only where it is asked for: there is one address, and so nothing to choose.
    primary: Annotated[bool | None, ReadOnly, Returned.request] = None


class User(Resource[AnyExtension]):
    """A learner."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Required.true, Uniqueness.server] = None
    name: Annotated[Name | None, Required.true] = None
    display_name: Annotated[str | None, ReadOnly] = None
    preferred_language: Annotated[str | None, ReadOnly] = None
    active: Annotated[bool | None, Required.true] = None
    emails: list[Email] | None = None
    groups: Annotated[list[GroupMembership] | None, ReadOnly] = None


class EnterpriseUser(Extension):
    """Of the enterprise extension, the employee number: the system attribute *Employee ID*."""

    __schema__ = URN("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User")

    employee_number: str | None = None


class Member(ComplexAttribute):
    """A user who has a content role."""

    value: Annotated[str | None, Mutability.immutable, CaseExact.true] = None
    ref: Annotated[Reference["User"] | None, Mutability.immutable] = Field(  # type: ignore[type-arg]
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    type: Annotated[str | None, Mutability.immutable] = Field(None, examples=["User"])
    display: Annotated[str | None, ReadOnly, Returned.request] = None


class Group(Resource[Any]):
    """A content role; its members are the users who were given it."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")

    display_name: Annotated[str | None, Required.true, CaseExact.true, Uniqueness.server] = None
    members: list[Member] | None = None


@dataclass(frozen=True)
class Own:
    """One attribute of the extension: its name, the texts to choose from (none: any), and whether it must be there."""

    name: str
    label: str
    choices: tuple[str, ...] = ()
    required: bool = False
    unique: bool = False


@dataclass(frozen=True)
class Shapes:
    """The models of a service, with the attributes that this register has."""

    user: type[User[Any]]
    extension: type[Extension]

    @property
    def described(self) -> tuple[type[Any], ...]:
        """Return the models that have a schema of their own."""
        return User, Group, EnterpriseUser, self.extension

    @property
    def resource_types(self) -> tuple[ResourceType, ...]:
        """Return what there is: users and groups."""
        return ResourceType.from_resource(self.user), ResourceType.from_resource(Group)


@lru_cache(maxsize=16)
def shapes(own: Sequence[Own]) -> Shapes:
    """Return the models for these attributes of our extension; made once for each set of them."""
    attributes = [
        SchemaAttribute(
            name=one.name,
            type=SchemaAttribute.Type.string,
            multi_valued=False,
            description=one.label,
            canonical_values=list(one.choices) or None,
            required=Required(one.required),
            case_exact=CaseExact.true,
            uniqueness=Uniqueness.server if one.unique else Uniqueness.none,
        )
        for one in own
    ]
    schema = Schema(id=OURS, name="RollbookUser", description="What Rollbook keeps", attributes=attributes)
    extension = Extension.from_schema(schema)
    # Required, because every user is in a location.
    needed: Any = Annotated.__class_getitem__((extension, Required.true))  # type: ignore[attr-defined]  # made here
    user: Any = User.__class_getitem__(EnterpriseUser | needed)
    return Shapes(user, extension)


@lru_cache(maxsize=64)
def made_for(generic: Any, model: type[Any]) -> Any:
    """Return a generic model of scim2-models for `model`.

    Pydantic soon forgets one, and reads source code to make another.
    """
    return generic.__class_getitem__(model)
