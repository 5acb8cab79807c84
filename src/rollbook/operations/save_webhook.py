"""Create or edit a webhook: which events go where. Its secret is issued by the face."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from rollbook.common.origins import origin
from rollbook.common.text import listed, tidy
from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import Create, Effect, Update
from rollbook.ledger.operation import Note, Operation, Plan
from rollbook.people.access import Right
from rollbook.people.fields import text_problem
from rollbook.people.models import Location
from rollbook.people.webhooks.models import Event, Webhook

NAME_LENGTH = 100
URL_LENGTH = 500


@dataclass(frozen=True, kw_only=True)
class SaveWebhook(Operation):
    """Make webhook `webhook_id` what is given here, or create one where that is None.

    `events` are values of `Event`. With a location it is told only about users there and below.
    """

    verb = "save_webhook"
    right = Right.API_TOKENS_EDIT

    webhook_id: int | None = None
    name: str
    url: str
    events: tuple[str, ...]
    location_id: int | None = None
    enabled: bool = True

    def problems(self, acting: Actor) -> dict[str, str]:
        """Return {parameter: sentence} of what stands against it."""
        found = dict[str, str]()
        for field, problem in self._problems(acting):
            if problem:
                found.setdefault(field, problem)
        return found

    def plan(self, acting: Actor) -> Plan:
        """Say what is sent, and where."""
        problems, place = self.problems(acting), Location.objects.filter(pk=self.location_id or 0)
        before = Webhook.objects.filter(pk=self.webhook_id or 0)
        where = place.first()
        return Plan(
            operation=self,
            summary=f"{'Edit' if self.webhook_id else 'Create'} the webhook {tidy(self.name)}",
            subjects=[before],
            effects=[] if problems else self._effects(before.first(), acting),
            relies_on=[place],
            notes=[
                Note(
                    f"{tidy(self.url)} {'is told' if self.enabled else 'would be told'} of {listed(self._chosen)}",
                    f"in {where} and below" if where else "everywhere",
                ),
                Note(
                    "It is sent ids, the verb and counts", "nothing else about anybody leaves Rollbook by it"
                ),
            ],
            refusals=list(problems.values()),
        )

    @property
    def _chosen(self) -> list[str]:
        return sorted(set(self.events))

    def _problems(self, acting: Actor) -> Iterator[tuple[str, str | None]]:
        if self.webhook_id and not Webhook.objects.filter(pk=self.webhook_id).exists():
            yield "webhook_id", f"There is no webhook {self.webhook_id}."
        if acting.user_id is None:
            yield "created_by", "A machine saves no webhooks. Sign in as a super user."
        name = tidy(self.name)
        yield "name", text_problem(name, "The name", longest=NAME_LENGTH)
        if Webhook.objects.filter(name=name).exclude(pk=self.webhook_id or 0).exists():
            yield "name", f"There is a webhook “{name}” already. Give this one a name of its own."
        yield "url", self._url_problem()
        if not self.events:
            yield "events", "Choose at least one event."
        if unknown := sorted(set(self.events) - set(Event.values)):
            yield "events", f"No event is called {listed(unknown)}. There are: {listed(Event.values)}."
        place = Location.objects.filter(pk=self.location_id or 0)
        if self.location_id is not None and not acting.reach(place).exists():
            yield "location_id", "There is no such location among those that you manage. Choose another one."

    def _url_problem(self) -> str | None:
        url = tidy(self.url)
        if problem := text_problem(url, "The address", longest=URL_LENGTH):
            return problem
        where = origin(url)
        if where is None or not (where.startswith("https:") or settings.ALLOW_INSIDE_ADDRESSES):
            return "The address must start with https:// and have no user name. Copy it from the receiving system."
        return None

    def _effects(self, before: Webhook | None, acting: Actor) -> list[Effect]:
        values: dict[str, Any] = {
            "name": tidy(self.name),
            "url": tidy(self.url),
            "events": self._chosen,
            "location_id": self.location_id,
            "enabled": self.enabled,
        }
        if before is None:
            return [Create(Webhook, values | {"created_by_id": acting.user_id})]
        changed = {name: value for name, value in values.items() if getattr(before, name) != value}
        return [Update(Webhook.objects.filter(pk=before.pk), changed)] if changed else []
