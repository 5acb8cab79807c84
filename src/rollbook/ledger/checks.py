"""What the writer locks and checks around an operation: reach, what must remain, what never is."""

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import Effect, may_decide, sql_of
from rollbook.ledger.errors import NotTheSecond, OutOfScope, Refused
from rollbook.ledger.models import Change, OperationRecord, OperationSubject
from rollbook.ledger.operation import Plan
from rollbook.ledger.recorded import RegisterModel
from rollbook.ledger.tables import Recorded, model_of

Remaining = dict[type[Recorded], "tuple[QuerySet[Any], str] | None"]


def lock_all(plan: Plan) -> None:
    """Lock a plan's subjects, and whatever it relies on against changes, by table and id."""
    for rows in sorted(plan.subjects, key=_table):
        lock(rows)
    for rows in sorted(plan.relies_on, key=_table):
        _share(rows)


def lock(subjects: "QuerySet[Any]") -> None:
    """Lock rows in id order for this transaction, as `apply` does with a plan's subjects."""
    rows = subjects.model._base_manager.filter(pk__in=subjects.order_by().values("pk"))
    # Not FOR UPDATE: that would also hold up everyone who only refers to the user, such as the launch log.
    locked = rows.order_by("pk").select_for_update(no_key=True).values("pk")
    sql, params = sql_of(locked)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({sql}) s", params)


def _table(rows: "QuerySet[Any]") -> str:
    return str(rows.model._meta.db_table)


def _share(rows: "QuerySet[Any]") -> int:
    """Keep others from changing the rows, and return how many there are."""
    sql, params = sql_of(rows.order_by("pk").values("pk"))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({sql} FOR SHARE) s", params)
        return int(cursor.fetchone()[0])


def note_what_must_remain(plan: Plan, noted: Remaining) -> None:
    """Note the rows of which one must remain, with the reason, where there is one and the plan could take it.

    They are locked against others who would take another of them at the same moment. What is noted stays so.
    """
    for model in {
        effect.model for effect in plan.effects if effect.kind != Change.Kind.CREATE
    } - noted.keys():
        noted[model] = None
        if issubclass(model, RegisterModel) and model.MUST_REMAIN:
            condition, why = model.MUST_REMAIN
            rows = model._base_manager.filter(condition)
            if _share(rows):
                noted[model] = rows, why


def check_what_must_remain(noted: Remaining) -> None:
    """Refuse what took the last of the rows noted."""
    for found in noted.values():
        if found and not found[0].all().exists():
            raise Refused(found[1])


def check_what_never_is(written: Sequence[OperationRecord], effects: Sequence[Effect]) -> None:
    """Refuse what left a row as none may ever be. One query where nothing did, and none where nothing could.

    Of an operation that was applied in parts, whose effects are not at hand, every rule of its tables is asked.
    """
    rules = []
    for model in map(model_of, written[0].counts):
        never = [
            rule
            for rule in model.NEVER
            if not effects or may_decide(rule[0], model, effects, also=Change.Kind.CREATE)
        ]
        if never:
            changed = Change.objects.filter(operation__in=written, table=model._meta.db_table)
            rules.append((model._base_manager.filter(pk__in=changed.values("row_id")), never))
    asked = [rows.filter(reduce(or_, (condition for condition, _ in never))) for rows, never in rules]
    if asked and asked[0].values("pk").union(*(rows.values("pk") for rows in asked[1:]), all=True).exists():
        raise Refused(
            next(why for rows, never in rules for condition, why in never if rows.filter(condition).exists())
        )


def check_reach(subjects: "QuerySet[Any]", acting: Actor) -> None:
    """Refuse rows of which one is beyond the actor's reach."""
    one = subjects.model._base_manager.filter(pk=OuterRef("pk"))
    reached = acting.reach(one)
    # Whoever reaches everything is given the same query back. NOT IN would compare each of a million rows with each.
    if reached is not one and subjects.filter(~Exists(reached)).exists():
        raise OutOfScope


def check_second_person(plan: Plan, asking: Actor, second: Actor) -> None:
    """Refuse whoever cannot be the second person that a plan is held for: the same one, no person, or not entitled."""
    rights = {plan.operation.required_right, *(hold.right for hold in plan.holds if hold.right)}
    same = second.key == asking.key or second.user_id in {None, asking.answers_to}
    if same or not all(map(second.may, rights)):
        raise NotTheSecond
    try:
        for rows in (*plan.subjects, *(rows for hold in plan.holds for rows in hold.about)):
            check_reach(rows, second)
    except OutOfScope as error:
        raise NotTheSecond from error


def check_reach_afterwards(
    written: Sequence[OperationRecord], models: Iterable[type[Recorded]], acting: Actor
) -> None:
    """Refuse what would end beyond the actor's reach: a right widened, a user moved away, whoever's idea it was."""
    for model in models:
        table = model._meta.db_table
        touched = Change.objects.filter(operation__in=written, table=table).values("row_id")
        named = OperationSubject.objects.filter(operation__in=written, table=table).values("row_id")
        check_reach(model._base_manager.filter(pk__in=touched.union(named)), acting)
