"""Operations: plan -> preview as data -> apply with the plan's fingerprint and key -> undo.

Each operation of the list has its two addresses, with the body that its own definition asks for.
"""

import re
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field, StrictBool, create_model

from rollbook.interfaces.api.answers import READ, WRITE
from rollbook.interfaces.api.bearer import actor_of, entitled
from rollbook.interfaces.api.body import Body, exactly
from rollbook.interfaces.api.operation_shapes import (
    Confirmed,
    JobOut,
    OperationOut,
    PlanOut,
    shown_job,
    shown_operation,
    shown_plan,
)
from rollbook.interfaces.api.paging import Id, Page, Paging, page_of
from rollbook.interfaces.api.problems import not_found
from rollbook.interfaces.api.users import seen_user
from rollbook.interfaces.api.writing import Answer, writing
from rollbook.interfaces.web.large import becomes_a_job, handed_over, to_be_applied
from rollbook.ledger import writer
from rollbook.ledger.errors import AlreadyApplied, OutOfScope
from rollbook.ledger.models import OperationJob, OperationRecord
from rollbook.ledger.operation import Operation, PreparedOperation
from rollbook.ledger.undo import Undo, conflicts_of
from rollbook.operations import OPERATIONS
from rollbook.people.access import TOKEN_RIGHTS, Right
from rollbook.people.api_tokens import TokenActor
from rollbook.people.history import operations_on, seen_operations

router = Router(tags=["Operations"])
CONFLICTS = 20
# Those that no token may do have no address.
OFFERED = tuple(operation for operation in OPERATIONS if operation.right in TOKEN_RIGHTS)
# Parameters that name users by their ids. Whoever is chosen otherwise (`UserSelection`) is left out, not refused.
USERS = ("user_id", "user_ids", "primary_id", "duplicate_ids")
APPLIED = {201: OperationOut, 200: OperationOut, 202: JobOut}


class OperationFilters(Paging):
    """Which operations. What is not given does not matter."""

    verb: str = Field("", max_length=60)
    user_id: Id | None = Field(None, description="only those about this user")


class UndoPlan(Body):
    """Whether rows that were changed since go back as well; what was done to them since is lost."""

    include_conflicts: StrictBool = False


class UndoConfirmed(UndoPlan, Confirmed):
    """Exactly the undo that was looked at."""


@router.get(
    "/operations",
    response={200: Page[OperationOut], **READ},
    url_name="operations",
    operation_id="list_operations",
)
def operations(request: HttpRequest, asked: Query[OperationFilters]) -> Any:
    """List the operations whose users and locations are all in scope, the newest first. Needs `operations:view`."""
    acting = entitled(request, Right.OPERATIONS_VIEW)
    rows = seen_operations(acting).prefetch_related("undone_by")
    if asked.verb:
        rows = rows.filter(verb=asked.verb)
    if asked.user_id is not None:
        rows = operations_on(seen_user(request, asked.user_id), rows)
    return page_of(
        request, asked, rows, lambda found: [shown_operation(row, acting) for row in found], newest_first=True
    )


@router.get(
    "/operations/{int:operation_id}",
    response={200: OperationOut, **READ},
    url_name="operation",
    operation_id="get_operation",
)
def operation(request: HttpRequest, operation_id: int) -> Any:
    """Read an operation: who, when, why and what. Needs `operations:view`."""
    acting = entitled(request, Right.OPERATIONS_VIEW)
    return shown_operation(_seen(request, operation_id), acting)


@router.get(
    "/jobs/{int:job_id}",
    response={200: JobOut, **READ},
    url_name="job",
    operation_id="get_job",
    tags=["Jobs"],
)
def job(request: HttpRequest, job_id: int) -> Any:
    """Say how far a large operation is that this token applied."""
    return shown_job(_job(request, job_id))


@router.post(
    "/operations/{int:operation_id}/undo/plan",
    response={200: PlanOut, **WRITE},
    url_name="plan_undo",
    operation_id="plan_undo",
)
def plan_undo(request: HttpRequest, operation_id: int, body: UndoPlan) -> Any:
    """Say what would go back, and what stands against it. Needs `operations:view`, and the operation's own right."""
    return _planned(request, _undo(request, operation_id, body))


@router.post(
    "/operations/{int:operation_id}/undo/apply",
    response={**APPLIED, **WRITE},
    url_name="apply_undo",
    operation_id="apply_undo",
)
@writing
def apply_undo(request: HttpRequest, operation_id: int, body: UndoConfirmed) -> Answer:
    """Take an operation back, which is an operation too."""
    return _applied(request, _undo(request, operation_id, body), body)


def offer(definition: type[Operation]) -> None:
    """Give an operation its addresses. The bodies come from its own definition, which is validated as it is rebuilt."""
    verb, name = definition.verb, definition.__name__
    told = (definition.__doc__ or "").strip()
    params: Any = (exactly(definition), ...)
    plan_body = create_model(f"{name}Plan", __base__=Body, params=params)
    apply_body = create_model(f"{name}Confirmed", __base__=Confirmed, params=params)

    def plan(request: HttpRequest, body: Any) -> Any:
        return _planned(request, body.params)

    def apply(request: HttpRequest, body: Any) -> Answer:
        return _applied(request, body.params, body)

    plan.__annotations__["body"], apply.__annotations__["body"] = plan_body, apply_body
    router.post(
        f"/operations/{verb}/plan",
        response={200: PlanOut, **WRITE},
        url_name=f"plan_{verb}",
        operation_id=f"plan_{verb}",
        summary=f"Plan {verb}",
        description=f"{told}\n\nNeeds `{definition.right}`. Nothing is changed.",
    )(plan)
    router.post(
        f"/operations/{verb}/apply",
        response={**APPLIED, **WRITE},
        url_name=f"apply_{verb}",
        operation_id=f"apply_{verb}",
        summary=f"Apply {verb}",
        description=f"{told}\n\nNeeds `{definition.right}`. Does exactly what was planned, or nothing.",
    )(writing(apply))


for each in OFFERED:
    offer(each)


def _admitted(request: HttpRequest, wanted: Operation) -> TokenActor:
    """Return who does it. Raises OutOfScope where a user is named whom a token of one location does not see.

    Whether there is such a user elsewhere is not told: numbers could be tried one by one.
    """
    acting = entitled(request, wanted.required_right)
    given = [getattr(wanted, name, ()) for name in USERS]
    ids = {pk for each in given for pk in ([each] if isinstance(each, int) else each or ())}
    if not acting.everywhere and acting.sees_users().filter(pk__in=ids).count() < len(ids):
        raise OutOfScope
    return acting


def _planned(request: HttpRequest, wanted: Operation) -> PlanOut:
    acting = _admitted(request, wanted)
    if isinstance(wanted, PreparedOperation):
        wanted.prepare(acting)
    plan = writer.preview(wanted, acting=acting)
    return shown_plan(plan, conflicts_of(plan, CONFLICTS))


def _applied(request: HttpRequest, wanted: Operation, confirmed: Confirmed) -> Answer:
    acting = _admitted(request, wanted)
    root = re.sub(r"/operations/.*", "", request.path)
    plan = to_be_applied(wanted, acting=acting, key=confirmed.key)
    reason, fingerprint = confirmed.reason, confirmed.fingerprint
    if becomes_a_job(plan):
        job = _job(request, handed_over(plan, acting=acting, reason=reason, previewed=fingerprint))
        return Answer(202, shown_job(job), {"Location": f"{root}/jobs/{job.pk}"})
    try:
        record, status = writer.apply(plan, acting=acting, reason=reason, previewed=fingerprint), 201
    except AlreadyApplied:
        # Not told to another token whether there is such a key.
        found = OperationRecord.objects.filter(plan_key=plan.key, actor=acting.key, verb=wanted.verb).first()
        if found is None:
            raise
        record, status = found, 200
    return Answer(status, shown_operation(record, acting), {"Location": f"{root}/operations/{record.pk}"})


def _undo(request: HttpRequest, operation_id: int, body: UndoPlan) -> Undo:
    entitled(request, Right.OPERATIONS_VIEW)
    _seen(request, operation_id)
    return Undo(operation_id=operation_id, include_conflicts=body.include_conflicts)


def _seen(request: HttpRequest, operation_id: int) -> OperationRecord:
    record = seen_operations(actor_of(request)).filter(pk=operation_id).first()
    if record is None:
        raise not_found(f"operation {operation_id}")
    return record


def _job(request: HttpRequest, job_id: int) -> OperationJob:
    found = OperationJob.objects.filter(pk=job_id, actor=actor_of(request).key).first()
    if found is None:
        raise not_found(f"job {job_id}")
    return found
