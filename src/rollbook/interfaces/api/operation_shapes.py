"""Plans, operations and jobs as the API shows them."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from ninja import Schema
from pydantic import Field

from rollbook.interfaces.api.body import Body
from rollbook.interfaces.web.large import is_large, users_in
from rollbook.ledger.models import Change, OperationJob, OperationRecord
from rollbook.ledger.operation import Note, Plan
from rollbook.ledger.undo import Conflict
from rollbook.people.access import ClientActor

SAMPLE = 5
LONGEST_REASON = 2000
Counts = dict[str, dict[str, int]]


class Told(Schema):
    """One decision of a plan, and why."""

    what: str
    why: str


class RowOut(Schema):
    """One row of a sample; `before` or `after` is null where there is no row."""

    label: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class SampleOut(Schema):
    """Some rows of one effect."""

    table: str
    kind: Change.Kind
    count: int
    rows: list[RowOut]


class ConflictOut(Schema):
    """A row that an undo leaves alone unless `include_conflicts` is set, and why."""

    table: str
    row_id: int
    reason: str
    later_operation_id: int | None


class PlanOut(Schema):
    """What would be done now; nothing was changed. To do it, send `fingerprint` and `key` with the same parameters."""

    verb: str
    summary: str
    can_apply: bool
    rows: int
    users: int
    counts: Counts
    notes: list[Told]
    left_out: list[Told]
    warnings: list[str]
    refusals: list[str]
    holds: list[str] = Field(
        description="why a second person must approve it in the console: applying it becomes a job that is *held*"
    )
    samples: list[SampleOut]
    conflicts: list[ConflictOut] = []
    needs_reason: bool
    large: bool = Field(description="applying it becomes a job of the worker")
    fingerprint: str
    key: UUID


class Confirmed(Body):
    """Exactly the plan that was looked at."""

    fingerprint: str = Field(
        max_length=64, description="of the plan: if anything changed since, nothing is done"
    )
    key: UUID = Field(description="of the plan: it is applied once")
    reason: str = Field("", max_length=LONGEST_REASON)


class OperationOut(Schema):
    """An operation that was applied."""

    id: int
    verb: str
    summary: str
    at: datetime
    actor: str
    actor_name: str
    reason: str
    approver: str = Field(description="the second person, where it needed one; as in `actor`")
    approver_name: str
    params: dict[str, Any] = Field(
        description="as it was given; empty to a token of one location for what others did: it may name anybody"
    )
    counts: Counts
    undoes_id: int | None
    undone_by_ids: list[int]


class JobOut(Schema):
    """A large operation that the worker applies, or one that is held for a second person: all of it or nothing."""

    id: int
    verb: str
    state: OperationJob.State
    rows: int
    all_rows: int
    message: str = Field(description="why it failed or was rejected, and what to do")
    operation_id: int | None
    created_at: datetime
    ended_at: datetime | None


def shown_plan(plan: Plan, conflicts: list[Conflict]) -> PlanOut:
    """Return a plan as it is shown."""
    return PlanOut(
        verb=plan.operation.verb,
        summary=plan.summary,
        can_apply=plan.can_apply,
        rows=plan.rows,
        users=users_in(plan),
        counts=plan.counts,
        notes=_told(plan.notes),
        left_out=_told(plan.left_out),
        warnings=list(plan.warnings),
        refusals=list(plan.refusals),
        holds=[hold.why for hold in plan.holds],
        samples=_samples(plan),
        conflicts=[
            ConflictOut(
                table=each.table,
                row_id=each.row_id,
                reason=each.reason,
                later_operation_id=each.later.pk if each.later else None,
            )
            for each in conflicts
        ],
        needs_reason=plan.operation.needs_reason,
        large=is_large(plan),
        fingerprint=plan.fingerprint,
        key=plan.key,
    )


def shown_operation(record: OperationRecord, acting: ClientActor) -> OperationOut:
    """Return an operation as it is shown. Whoever was named and left out is in its parameters, but no subject of it."""
    told = acting.everywhere or record.actor == acting.key
    return OperationOut(
        id=record.pk,
        verb=record.verb,
        summary=record.summary,
        at=record.at,
        actor=record.actor,
        actor_name=record.actor_name,
        reason=record.reason,
        approver=record.approver,
        approver_name=record.approver_name,
        params=record.params if told else {},
        counts=record.counts,
        undoes_id=record.undoes_id,
        undone_by_ids=[undo.pk for undo in record.undone_by.all()],
    )


def shown_job(job: OperationJob) -> JobOut:
    """Return a job as it is shown."""
    return JobOut(
        id=job.pk,
        verb=job.verb,
        state=OperationJob.State(job.state),
        rows=job.rows,
        all_rows=job.all_rows,
        message=job.message,
        operation_id=job.operation_id,
        created_at=job.created_at,
        ended_at=job.ended_at,
    )


def _told(notes: Any) -> list[Told]:
    return [Told(what=note.what, why=note.why) for note in notes if isinstance(note, Note)]


def _samples(plan: Plan) -> list[SampleOut]:
    return [
        SampleOut(
            table=effect.model._meta.db_table,
            kind=effect.kind,
            count=tally.rows,
            rows=[
                RowOut(label=row.label, before=_plain(row.before), after=_plain(row.after))
                for row in effect.sample(SAMPLE)
            ],
        )
        for effect, tally in zip(plan.effects, plan.tallies, strict=True)
        if tally.rows
    ]


class _Encoder(DjangoJSONEncoder):
    def default(self, value: Any) -> Any:
        """Return what is no plain value, such as a row that is still to be made, in words."""
        try:
            return super().default(value)
        except TypeError:
            return str(value)


def _plain(values: dict[str, Any] | None) -> dict[str, Any] | None:
    plain: dict[str, Any] | None = json.loads(json.dumps(values, cls=_Encoder))
    return plain
