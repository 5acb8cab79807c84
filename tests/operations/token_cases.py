"""Scenes of the operations on API tokens."""

from collections.abc import Callable

from rollbook.ledger.operation import Operation
from rollbook.operations.create_api_token import CreateApiToken
from rollbook.operations.revoke_api_token import RevokeApiToken
from rollbook.people.access import actor_for
from rollbook.people.api_tokens import ApiToken
from tests.cast import Cast, outside_the_ledger, token
from tests.operations.scene import Scene


def token_created(cast: Cast) -> Scene:
    def take_the_name() -> None:
        token(cast, name="HR export")

    operation = CreateApiToken(
        name="HR export",
        rights=("users:view", "users:edit"),
        location_id=cast.oak.pk,
        expires_on="2999-12-31",
    )
    return Scene(operation, actor_for(cast.alice), None, take_the_name)


def token_revoked(cast: Cast) -> Scene:
    made, _ = token(cast)

    def rename() -> None:
        with outside_the_ledger():
            ApiToken.objects.filter(pk=made.pk).update(name="Payroll")

    return Scene(RevokeApiToken(token_id=made.pk), actor_for(cast.alice), None, rename)


TOKEN_SCENES: dict[type[Operation], list[Callable[[Cast], Scene]]] = {
    CreateApiToken: [token_created],
    RevokeApiToken: [token_revoked],
}
