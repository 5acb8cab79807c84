"""One request of a client, or one operation of a bulk request, and its reply."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.conf import settings
from scim2_models import ScimPolicy

from rollbook.interfaces.scim.places import places_of
from rollbook.interfaces.scim.shapes import Own, Shapes, shapes
from rollbook.people.api_tokens import ScimActor
from rollbook.people.models import UserAttribute

ROOT = "/scim/v2"
# What identity providers send beyond what Rollbook keeps is left out, and Entra's ways of PATCH are understood.
POLICY = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)
LISTED_PLACES = 100
# Core attributes stand for these two; `location` is ours.
ELSEWHERE = {"username", "employee_id", "location"}


def address(path: str) -> str:
    """Return the full address of something below the root of SCIM."""
    return f"{settings.PUBLIC_URL}{ROOT}{path}"


@dataclass
class Asked:
    """Who asks for what; `version` is what `If-Match` names, `known` what `If-None-Match` does."""

    acting: ScimActor
    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    version: str = ""
    known: str = ""

    @property
    def client(self) -> int:
        """Return the id of the client's token."""
        return self.acting.token_id

    @cached_property
    def places(self) -> dict[int, str]:
        """Return {id: name with those above it} of the locations in the client's scope."""
        return places_of(self.acting)

    @cached_property
    def own_attributes(self) -> dict[str, UserAttribute]:
        """Return {code: attribute} of those that our extension has: their codes are names that SCIM allows."""
        found = {row.code: row for row in UserAttribute.objects.order_by("position", "pk")}
        return {code: row for code, row in found.items() if code not in ELSEWHERE and code[:1].isalpha()}

    @cached_property
    def shapes(self) -> Shapes:
        """Return the models for this register and this client."""
        places = tuple(sorted(self.places.values())) if len(self.places) <= LISTED_PLACES else ()
        location = Own("location", "Location, with those above it", choices=places, required=True)
        others = (
            Own(
                code,
                row.label,
                choices=tuple(row.choices) if row.kind == UserAttribute.Kind.CHOICE else (),
                required=row.required,
                unique=row.key,
            )
            for code, row in self.own_attributes.items()
        )
        return shapes((location, *others))


@dataclass(frozen=True)
class Reply:
    """What is answered; `version` is its ETag."""

    status: int
    body: dict[str, Any] | None = None
    location: str = ""
    version: str = ""
