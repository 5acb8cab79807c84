"""Create an API token: which rights a system gets, where and until when. Its secret is issued by the face."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from rollbook.common.text import listed, tidy
from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import Create, Effect
from rollbook.ledger.operation import Note, Operation, Plan
from rollbook.people.access import OF_NO_LOCATION, TOKEN_RIGHTS, Right
from rollbook.people.api_tokens import ApiToken
from rollbook.people.fields import text_problem
from rollbook.people.models import Location

NAME_LENGTH = 100


# What identity providers do to users.
PROVISIONING = {Right.USERS_CREATE, Right.USERS_EDIT, Right.USERS_DEACTIVATE, Right.USERS_RETRIEVE}


@dataclass(frozen=True, kw_only=True)
class CreateApiToken(Operation):
    """Give a system the rights that are named, in a location and below it, or everywhere.

    It works to the end of the day `expires_on` (as 2027-01-31), or until it is revoked where that is empty. The secret
    is no part of this: it is issued afterwards, shown once, and never recorded.
    """

    verb = "create_api_token"
    right = Right.API_TOKENS_EDIT

    name: str
    rights: tuple[str, ...]
    location_id: int | None = None
    expires_on: str = ""

    def problems(self, acting: Actor) -> dict[str, str]:
        """Return {parameter: sentence} of what stands against it."""
        return dict(self._problems(acting))

    def plan(self, acting: Actor) -> Plan:
        """Say what the token may do."""
        problems, place = self.problems(acting), Location.objects.filter(pk=self.location_id or 0)
        where = place.first() or "everywhere"
        return Plan(
            operation=self,
            summary=f"Create the API token {tidy(self.name)}",
            subjects=[ApiToken.objects.none()],
            effects=[] if problems else [self._effect(acting)],
            relies_on=[place],
            notes=[
                Note(
                    f"It may {listed(sorted(self.rights))}",
                    f"in {where} and below" if where != "everywhere" else "everywhere",
                ),
                Note("It changes learners only", "no system reaches users above learner"),
                Note(
                    f"It works {self._until()}",
                    "and no longer than its creator is active and may do the same",
                ),
            ],
            warnings=self._warnings(),
            refusals=list(problems.values()),
        )

    def _warnings(self) -> list[str]:
        lacking = sorted(PROVISIONING - set(self.rights))
        if Right.SCIM_CONNECT not in self.rights or not lacking:
            return []
        why = "it creates, edits, deactivates and retrieves learners"
        return [f"Without {listed(lacking)} some of what an identity provider sends is refused: {why}."]

    def _problems(self, acting: Actor) -> Iterator[tuple[str, str]]:
        if acting.user_id is None:
            yield "created_by", "A machine creates no API tokens. Sign in as a super user."
        if problem := self._name_problem():
            yield "name", problem
        if problem := self._rights_problem(acting):
            yield "rights", problem
        if problem := self._place_problem(acting):
            yield "location_id", problem
        if problem := self._date_problem():
            yield "expires_on", problem

    def _name_problem(self) -> str | None:
        name = tidy(self.name)
        if problem := text_problem(name, "The name", longest=NAME_LENGTH):
            return problem
        if not ApiToken.objects.filter(name=name).exists():
            return None
        why = "what a token did is recorded under it"
        return f"There is an API token “{name}”, now or in the history. Give another name: {why}."

    def _rights_problem(self, acting: Actor) -> str | None:
        if not self.rights:
            return "Choose at least one right."
        if unknown := sorted(set(self.rights) - TOKEN_RIGHTS):
            return f"No API token may {listed(unknown)}."
        if foreign := sorted(right for right in self.rights if not acting.may(right)):
            return f"You may not {listed(foreign)} yourself."
        return None

    def _place_problem(self, acting: Actor) -> str | None:
        if self.location_id is None:
            return None
        if not acting.reach(Location.objects.filter(pk=self.location_id)).exists():
            return "There is no such location among those that you manage. Choose another one."
        if wide := sorted(OF_NO_LOCATION & set(self.rights)):
            return f"To {listed(wide)} concerns no location: leave the location empty."
        return None

    def _date_problem(self) -> str | None:
        if not self.expires_on:
            return None
        try:
            day = date.fromisoformat(self.expires_on)
        except ValueError:
            return f"“{self.expires_on}” is not a date. Write year, month, day like 2027-01-31."
        if day < timezone.localdate() or day.year > 9000:
            return f"The day {self.expires_on} is over, or not to come. Give a later one, or none."
        return None

    def _until(self) -> str:
        return f"to the end of {self.expires_on}" if self.expires_on else "until it is revoked"

    def _effect(self, acting: Actor) -> Effect:
        expires_at = None
        if self.expires_on:
            day = date.fromisoformat(self.expires_on) + timedelta(days=1)
            expires_at = timezone.make_aware(datetime.combine(day, time.min))
        return Create(
            ApiToken,
            {
                "name": tidy(self.name),
                "rights": sorted(set(self.rights)),
                "location_id": self.location_id,
                "created_by_id": acting.user_id,
                "expires_at": expires_at,
            },
        )
