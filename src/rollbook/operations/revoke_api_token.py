"""Revoke an API token: it opens nothing from now on."""

from dataclasses import dataclass

from django.db.models.functions import Now

from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import Update
from rollbook.ledger.operation import Note, Operation, Plan
from rollbook.people.access import Right
from rollbook.people.api_tokens import ApiToken


@dataclass(frozen=True, kw_only=True)
class RevokeApiToken(Operation):
    """Revoke one token, for good: its secret is forgotten, so that an undo shows it again but opens nothing."""

    verb = "revoke_api_token"
    right = Right.API_TOKENS_EDIT

    token_id: int

    def plan(self, acting: Actor) -> Plan:
        """Say which token."""
        rows = ApiToken.objects.filter(pk=self.token_id)
        token = rows.first()
        refusals = [] if token else [f"There is no API token {self.token_id}."]
        if token and token.revoked_at:
            refusals.append(f"{token} is revoked already.")
        return Plan(
            operation=self,
            summary=f"Revoke the API token {token or self.token_id}",
            subjects=[rows],
            effects=[Update(rows.filter(revoked_at=None), {"revoked_at": Now(), "secret_hash": ""})],
            notes=[
                Note(
                    "Whatever acts with it is refused from now on",
                    "its secret is forgotten: not even an undo makes it work again",
                )
            ],
            refusals=refusals,
        )
