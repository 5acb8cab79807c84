"""Undo is one routine for every operation."""

import pytest

from rollbook.ledger.models import Change, OperationRecord
from rollbook.ledger.undo import Undo
from rollbook.ledger.writer import apply, preview
from rollbook.operations.deactivate_users import DeactivateUsers
from rollbook.people.access import actor_for
from tests.cast import Cast


def deactivate(cast: Cast, *users: object) -> OperationRecord:
    acting = actor_for(cast.alice)
    plan = preview(DeactivateUsers(user_ids=tuple(u.pk for u in users)), acting=acting)
    return apply(plan, acting=acting, reason="left the school")


def test_an_undo_puts_every_row_back(cast: Cast) -> None:
    record = deactivate(cast, cast.ben, cast.bea)
    assert Change.objects.filter(operation=record).count() == 2
    acting = actor_for(cast.alice)
    plan = preview(Undo(operation_id=record.pk), acting=acting)
    assert plan.counts == {"rollbook_user": {"update": 2}}
    apply(plan, acting=acting)
    cast.ben.refresh_from_db()
    assert cast.ben.status == "active"
