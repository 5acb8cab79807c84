"""An identity provider that speaks SCIM to Rollbook, in North unless a test says otherwise."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from rollbook.people.access import Right
from rollbook.people.api_tokens import ApiToken
from tests.cast import Cast, assemble, token

RIGHTS = (
    Right.SCIM_CONNECT,
    Right.USERS_CREATE,
    Right.USERS_EDIT,
    Right.USERS_DEACTIVATE,
    Right.USERS_RETRIEVE,
    Right.CONTENT_ROLES_GRANT,
)
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
OURS = "urn:ietf:params:scim:schemas:extension:rollbook:2.0:User"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@dataclass
class Provider:
    """An identity provider with its token."""

    token: ApiToken
    secret: str

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Send a request and return the answer, whose `json()` is SCIM."""
        return Client().generic(
            method,
            f"/scim/v2{path}",
            "" if body is None else json.dumps(body),
            content_type="application/scim+json",
            headers={"Authorization": f"Bearer {self.secret}", **headers},
        )

    def get(self, path: str, **query: str) -> Any:
        """Read."""
        return Client().get(f"/scim/v2{path}", query, headers={"Authorization": f"Bearer {self.secret}"})

    def find(self, written: str) -> list[dict[str, Any]]:
        """Return the users that a filter finds."""
        found: list[dict[str, Any]] = self.get("/Users", filter=written).json()["Resources"]
        return found

    def patch(self, path: str, *operations: dict[str, Any], **headers: str) -> Any:
        """Send a PATCH."""
        return self.ask("PATCH", path, {"schemas": [PATCH_OP], "Operations": list(operations)}, **headers)

    def create(self, user_name: str, **more: Any) -> dict[str, Any]:
        """Create a user and return it."""
        answer = self.ask("POST", "/Users", person(user_name, **more))
        assert answer.status_code == 201, answer.content
        created: dict[str, Any] = answer.json()
        return created


def person(user_name: str, **more: Any) -> dict[str, Any]:
    """Return a user as it is sent to be created."""
    return {
        "schemas": [CORE],
        "userName": user_name,
        "name": {"givenName": "Nora", "familyName": "North"},
        **more,
    }


def provider(cast: Cast, *more: Right, name: str = "entra", **fields: Any) -> Provider:
    """Return an identity provider with all it needs, and `more`."""
    return Provider(*token(cast, *RIGHTS, *more, name=name, **{"location": cast.north, **fields}))


@pytest.fixture
def cast(db: None) -> Cast:
    """Return the cast."""
    return assemble()


@pytest.fixture
def entra(cast: Cast) -> Provider:
    """Return an identity provider that may not adopt."""
    return provider(cast)


@pytest.fixture
def adopting(cast: Cast) -> Provider:
    """Return an identity provider that may adopt."""
    return provider(cast, Right.SCIM_ADOPT, name="okta")
