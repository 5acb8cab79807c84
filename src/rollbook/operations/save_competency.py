"""Create or rename a competency."""

from dataclasses import dataclass

from django.db.models import QuerySet

from rollbook.common.text import counted, tidy
from rollbook.ledger.actor import Actor
from rollbook.ledger.operation import Note, Operation, Plan
from rollbook.operations.saving import saved
from rollbook.people.access import Right
from rollbook.training.catalogue import Competency
from rollbook.training.catalogue_checks import name_problem
from rollbook.training.records import UserCompetency


@dataclass(frozen=True, kw_only=True)
class SaveCompetency(Operation):
    """Create a competency, or where `competency_id` is given, let it have this name."""

    verb = "save_competency"
    right = Right.CATALOGUE_EDIT

    competency_id: int | None = None
    name: str

    def problems(self, _acting: Actor) -> dict[str, str]:
        """Return {parameter: sentence} of what stands against it."""
        name, found = tidy(self.name), {}
        if self.competency_id is not None and not self._rows.exists():
            found["competency_id"] = f"There is no competency #{self.competency_id}."
        same = Competency.objects.filter(name=name).exclude(pk=self.competency_id or 0)
        if problem := name_problem(name, "The name", same):
            found["name"] = problem
        return found

    def plan(self, acting: Actor) -> Plan:
        """Say what is created or renamed."""
        problems, competency, name = self.problems(acting), self._rows.first(), tidy(self.name)
        return Plan(
            operation=self,
            summary=f"Rename the competency {competency}" if competency else f"Create the competency {name}",
            subjects=[self._rows],
            effects=[] if problems else saved(self._rows, {"name": name}),
            notes=self._notes(),
            refusals=list(problems.values()),
        )

    @property
    def _rows(self) -> "QuerySet[Competency]":
        return Competency.objects.filter(pk__in=[self.competency_id or 0])

    def _notes(self) -> list[Note]:
        holders = UserCompetency.objects.filter(competency=self.competency_id or 0)
        users = holders.values("user").distinct().count()
        return (
            [Note(f"{counted(users, 'user')} earned it", "their transcripts show the new name")]
            if users
            else []
        )
