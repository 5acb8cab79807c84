"""Large operations: which ones they are, and how they get to the worker."""

from uuid import UUID

from rollbook.interfaces.web.tasks import apply_operation
from rollbook.ledger import jobs, writer
from rollbook.ledger.actor import Actor
from rollbook.ledger.operation import MANY, Operation, Plan
from rollbook.people.models import User


def users_in(plan: Plan) -> int:
    """Return how many users the plan is about."""
    return sum(rows.count() for rows in plan.subjects if rows.model is User)


def may_be_large(plan: Plan) -> bool:
    """Say whether it is worth counting all that a plan changes: what is small is counted once, when it is applied."""
    return (
        bool(plan.holds)
        or users_in(plan) > MANY
        or sum(effect.count() for effect in plan.effects) > writer.LARGE
    )


def to_be_applied(operation: Operation, *, acting: Actor, key: UUID) -> Plan:
    """Return the plan that was confirmed by its `key`, made again; counted where it may be large. Writes nothing."""
    plan = operation.plan(acting)
    if may_be_large(plan):
        plan = writer.preview(operation, acting=acting, counted=False)
    plan.key = key
    return plan


def is_large(plan: Plan) -> bool:
    """Say whether a plan that was previewed is for the worker."""
    return plan.rows > writer.LARGE or (bool(plan.parts) and users_in(plan) > MANY)


def becomes_a_job(plan: Plan) -> bool:
    """Say whether a plan that was previewed is not applied in the request: it is large, or held for a second person."""
    return bool(plan.holds) or is_large(plan)


def handed_over(plan: Plan, *, acting: Actor, reason: str, previewed: str) -> int:
    """Hand a plan to the worker, or to a second person first, once; return its job's id. Raises as `jobs.submit`."""
    if not plan.fingerprint:
        # It changes little, though what it is read from is large.
        key, plan = plan.key, writer.preview(plan.operation, acting=acting, counted=False)
        plan.key = key
    return jobs.submit_once(plan, acting=acting, reason=reason, previewed=previewed, start=start)


def start(job_id: int) -> None:
    """Let the worker do a job."""
    apply_operation.defer(job_id=job_id)
