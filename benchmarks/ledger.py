"""The ledger against a bare UPDATE of the same rows: apply with the full record, and undo."""

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import Update
from rollbook.ledger.operation import Operation, Plan
from rollbook.ledger.undo import Undo
from rollbook.ledger.writer import apply, preview
from rollbook.people.access import Right, operator
from rollbook.people.models import AttributeValue, Location

ROUNDS = 2


@dataclass(frozen=True, kw_only=True)
class SetValues(Operation):
    """Set an attribute of every user: a narrow table, no index touched, where recording costs most."""

    verb = "bench_set_values"
    right = Right.USERS_EDIT

    value: str

    def plan(self, acting: Actor) -> Plan:
        """Return one effect over every value."""
        return Plan(
            operation=self,
            summary="Set an attribute of every user",
            subjects=[Location.objects.all()],
            effects=[Update(AttributeValue.objects.exclude(value=self.value), {"value": self.value})],
        )


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds that `work` took, and what it returned."""
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def bare(value: str) -> None:
    """Update the same rows in one plain statement, with the triggers off."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE rollbook_attribute_value DISABLE TRIGGER USER")
        cursor.execute("UPDATE rollbook_attribute_value SET value = %s", [value])
        cursor.execute("ALTER TABLE rollbook_attribute_value ENABLE TRIGGER USER")


def vacuum() -> None:
    """Start each measurement from a tidy table."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE rollbook_attribute_value")
        cursor.execute("VACUUM ANALYZE rollbook_change")


def run(users: int) -> None:
    """Print seconds and ratios for `users` rows, several rounds in turn."""
    print(
        f"{'round':>5} {'bare':>8} {'again':>8} {'plan':>7} {'apply':>7} {'undo plan':>9} {'undo':>7}  apply, undo / bare"
    )
    for turn in range(1, ROUNDS + 1):
        _round(turn, users)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{users:,} rows; peak memory of this process {peak:.0f} MB (budget: both ratios at most 2.5)")


def _round(turn: int, users: int) -> None:
    acting = operator("bench")
    vacuum()
    moved, _ = timed(lambda: bare("moved"))
    vacuum()
    home, _ = timed(lambda: bare("home"))
    vacuum()
    planned, plan = timed(lambda: preview(SetValues(value="moved"), acting=acting))
    applied, record = timed(lambda: apply(plan, acting=acting, reason="bench"))
    vacuum()
    undo_planned, undo = timed(lambda: preview(Undo(operation_id=record.pk), acting=acting))
    undone, _ = timed(lambda: apply(undo, acting=acting, reason="bench"))
    if not plan.rows == undo.rows == users:
        raise RuntimeError(f"{users} rows were to change, and {plan.rows} and {undo.rows} did")
    print(
        f"{turn:>5} {moved:>7.1f}s {home:>7.1f}s {planned:>6.1f}s {applied:>6.1f}s {undo_planned:>8.1f}s "
        f"{undone:>6.1f}s  {applied / moved:.2f}, {undone / home:.2f}",
        flush=True,
    )
