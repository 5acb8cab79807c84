"""Undo: a new operation, computed from the recorded changes by one routine for every operation."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, QuerySet
from django.utils.formats import date_format
from django.utils.timezone import localtime

from rollbook.ledger.actor import Actor
from rollbook.ledger.afterwards import refusals_of
from rollbook.ledger.derived import following
from rollbook.ledger.effects import table_label
from rollbook.ledger.in_the_way import gives_way
from rollbook.ledger.make_way import MakeWay
from rollbook.ledger.models import Change, OperationRecord, OperationSubject, Purge
from rollbook.ledger.operation import MANY, Operation, Plan
from rollbook.ledger.purges import purged_of
from rollbook.ledger.recording import read_by_index
from rollbook.ledger.reverts import Revert
from rollbook.ledger.stamps import FIELD, is_stamped
from rollbook.ledger.tables import Recorded, model_of

REASONS = {
    "changed": "changed since",
    "taken": "its place is taken by another row",
    "barred": "what was done since does not allow it",
    "gone": "no longer there",
    "needed": "other rows depend on it, or it depends on a row that is gone",
}


def _gone_for_good(purge: Purge) -> str:
    what = table_label(purge.table, purge.rows)
    return (
        f"What it erased was purged for good on {date_format(localtime(purge.at), 'j F Y')} ({what}): "
        "it can no longer be undone."
    )


def standing(record: OperationRecord) -> list[int]:
    """Return the parts of an operation that were not taken back already, the last one first."""
    parts = list(record.parts.order_by("-pk").values_list("pk", flat=True))
    gone = _taken_back(parts)
    return [pk for pk in parts if pk not in gone]


def _taken_back(ids: Sequence[int]) -> set[int]:
    """Return those of the operations that an undo took back which was not taken back itself."""
    undos = OperationRecord.objects.filter(undoes__in=ids).in_bulk() if ids else {}
    gone = _taken_back(list(undos)) if undos else set()
    return {undo.undoes_id for pk, undo in undos.items() if undo.undoes_id and pk not in gone}


def conflicts_of(plan: Plan, size: int) -> "list[Conflict]":
    """Return at most `size` rows in conflict of an undo as it was previewed, and of its parts."""
    found: list[Conflict] = []
    for each in (plan.operation, *(part.operation for part in plan.planned if part.warnings)):
        if isinstance(each, Undo) and len(found) < size:
            found += each.conflicts(size - len(found))
    return found


@dataclass(frozen=True)
class Conflict:
    """One recorded row that something else stands against."""

    table: str
    row_id: int
    state: str
    change: Change
    later: OperationRecord | None

    @property
    def reason(self) -> str:
        """Return why, in plain words."""
        return REASONS[self.state]


@dataclass(frozen=True, kw_only=True)
class Undo(Operation):
    """Take operation `operation_id` back. Rows in conflict are left alone unless `include_conflicts`."""

    verb = "undo"
    right = ""

    operation_id: int
    include_conflicts: bool = False

    @cached_property
    def record(self) -> OperationRecord:
        """Return the operation to be taken back. Raises OperationRecord.DoesNotExist."""
        return OperationRecord.objects.get(pk=self.operation_id)

    @property
    def required_right(self) -> str:
        """Return the right that the operation itself needed."""
        return self.record.right

    def reverts(self, *, digested: bool = True) -> list[Revert]:
        """Return one revert for each kind, table and step that was recorded, the last step first."""
        reverts: list[Revert] = []
        reverts += [
            Revert(
                self.operation_id,
                g["step"],
                model_of(g["table"]),
                Change.Kind(g["kind"]),
                g["example_row"],
                self.include_conflicts,
                digested,
                reverts,
            )
            for g in self._groups
        ]
        return reverts

    @cached_property
    def _groups(self) -> list[Any]:
        # Read once, and not again with everything locked: the record never changes.
        return list(
            Change.objects.filter(operation_id=self.operation_id)
            .values("step", "table", "kind")
            .annotate(last=Max("id"), example_row=Max("row_id"))
            .order_by("-step", "-last")
        )

    @transaction.atomic
    def plan(self, acting: Actor) -> Plan:
        """Return what would go back now."""
        record, subjects = self.record, self._subjects()
        many = sum(rows.count() for rows in subjects) > MANY
        if many:
            read_by_index()
        # What stands against the undo of so many changes as people work; it is left alone.
        live = many and not self.include_conflicts
        reverts = self.reverts(digested=not live)
        effects: list[Revert | MakeWay] = []
        counts: dict[str, int] = {}
        for revert in reverts:
            for state, tally in revert.survey.items():
                counts[state] = counts.get(state, 0) + tally.rows
            if self.include_conflicts and gives_way(revert.model) and "taken" in revert.survey:
                effects.append(MakeWay(revert))
            effects.append(revert)
        warnings = [
            f"{rows:,} {'row' if rows == 1 else 'rows'} cannot simply go back: {REASONS[state]}."
            for state, rows in sorted(counts.items())
            if state in REASONS
        ]
        return Plan(
            operation=self,
            summary=f"Undo of operation {record.pk}: {record.summary}",
            subjects=subjects,
            effects=effects,
            parts=[
                Undo(operation_id=pk, include_conflicts=self.include_conflicts) for pk in standing(record)
            ],
            warnings=warnings,
            refusals=[*map(_gone_for_good, purged_of(record.pk)), *refusals_of(record.pk, effects)],
            settle=[partial(self._follow, {revert.model for revert in reverts})],
            undoes=record.pk,
            live=live,
        )

    def conflicts(self, size: int) -> list[Conflict]:
        """Return at most `size` rows in conflict, each with the last later operation that changed it."""
        found: list[Conflict] = []
        for revert in self.reverts():
            sql, params = revert.states()
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT row_id, state FROM ({sql}) s WHERE state = ANY(%s) ORDER BY row_id LIMIT {int(size)}",
                    (*params, list(REASONS)),
                )
                rows = dict(cursor.fetchall())
            for change in self._changes(revert.model).filter(row_id__in=rows).order_by("row_id"):
                later = OperationRecord.objects.filter(pk__in=self._last_on(revert.model, change))
                found.append(
                    Conflict(
                        change.table,
                        change.row_id,
                        rows[change.row_id],
                        change,
                        later.exclude(pk=self.operation_id).first(),
                    )
                )
        return found[:size]

    def _last_on(self, model: type[Recorded], change: Change) -> "QuerySet[Any, Any]":
        row: QuerySet[Any] = model._base_manager.filter(pk=change.row_id)
        if is_stamped(model):
            return row.values(FIELD)
        since = Change.objects.filter(table=change.table, row_id=change.row_id, id__gt=change.pk)
        return since.exclude(operation_id=self.operation_id).order_by("-id").values("operation")[:1]

    def _follow(self, models: set[type[Recorded]], _record_id: int) -> None:
        # A rule that several of these tables share runs once.
        for follow in dict.fromkeys(rule for model in models for rule in following(model)):
            follow(self.operation_id)

    def _subjects(self) -> list[QuerySet[Any]]:
        named = OperationSubject.objects.filter(operation_id=self.operation_id)
        tables = sorted(set(named.values_list("table", flat=True).distinct()))
        subjects = []
        for table in tables:
            model = model_of(table)
            ids = named.filter(table=table).values("row_id")
            # A union, because an OR over two tables would read every user.
            subjects.append(
                model._base_manager.filter(pk__in=ids.union(self._changes(model).values("row_id")))
            )
        return subjects

    def _changes(self, model: type[Recorded]) -> "QuerySet[Change]":
        return Change.objects.filter(operation_id=self.operation_id, table=model._meta.db_table)
