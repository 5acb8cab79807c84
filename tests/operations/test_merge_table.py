"""Every pair of enrolment states in one course, on both sides, with and without history: docs/merging.md's table."""

from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest

from rollbook.ledger.undo import Undo
from rollbook.operations.merge_users import MergeUsers
from rollbook.people.models import User
from rollbook.training.merging import merged_courses
from rollbook.training.records import Attempt, ChapterProgress, Enrolment, Status
from tests.cast import Cast
from tests.operations.doing import do
from tests.snapshots import differences, snapshot
from tests.training.stage import LATER, LONG_AGO, Stage, furnish

DOCUMENT = Path(__file__).parents[2] / "docs" / "merging.md"
STATES = (None, *Status)
HEAD = ("| Primary | Duplicate | stays current | becomes historical | why |", "|---|---|---|---|---|")


@pytest.fixture
def stage(cast: Cast) -> Stage:
    return furnish()


@dataclass(frozen=True)
class Side:
    """What one of the two has on Fire safety: its current enrolment, and a historical one with an attempt."""

    state: Status | None
    history: bool

    def set_up(self, user: User, stage: Stage, completed_at: object) -> list[int]:
        rows = [self._enrolment(user, stage, Status.COMPLETED, current=False)] if self.history else []
        if self.state:
            rows.append(self._enrolment(user, stage, self.state, current=True))
        Enrolment.objects.filter(pk__in=rows, status=Status.COMPLETED).update(completed_at=completed_at)
        return rows

    def _enrolment(self, user: User, stage: Stage, status: Status, *, current: bool) -> int:
        row = Enrolment.objects.create(user=user, course=stage.fire, current=current, status=status)
        progress = ChapterProgress.objects.create(enrolment=row, chapter=stage.film, status=status)
        Attempt.objects.create(enrolment=row, progress=progress, started_at=LONG_AGO)
        return row.pk


def label(state: Status | None) -> str:
    return state.label if state else "not enrolled"


def described(cast: Cast, primary: Status | None, duplicate: Status | None) -> str:
    (course,) = merged_courses([cast.ben.pk, cast.bea.pk])
    whose = {cast.ben.pk: "the Primary’s", cast.bea.pk: "the duplicate’s"}
    kept = whose[course.kept.user_id] if course.kept else "nothing"
    lost = ", ".join(whose[row.user_id] for row in course.overruled) or "nothing"
    return f"| {label(primary)} | {label(duplicate)} | {kept} | {lost} | {course.why} |"


def test_the_table_in_the_docs_is_the_rule(cast: Cast, stage: Stage) -> None:
    rows = list(HEAD)
    for primary, duplicate in product(STATES, STATES):
        if duplicate is not None:
            Side(primary, history=False).set_up(cast.ben, stage, LONG_AGO)
            Side(duplicate, history=False).set_up(cast.bea, stage, LATER)
            rows.append(described(cast, primary, duplicate))
            Enrolment.objects.all().delete()
    assert "\n".join(rows) in DOCUMENT.read_text(), "docs/merging.md should say:\n" + "\n".join(rows)


def expected(primary: Status | None, duplicate: Status | None) -> str | None:
    """Return whose stays current, as DESIGN section 4 says it."""
    if primary and not (duplicate == Status.COMPLETED and primary != Status.COMPLETED):
        return "primary"
    return "duplicate" if duplicate else None


@pytest.mark.parametrize("histories", list(product((False, True), repeat=2)))
@pytest.mark.parametrize("states", list(product(STATES, repeat=2)))
def test_every_pair_of_states_with_and_without_history(
    cast: Cast,
    stage: Stage,
    states: tuple[Status | None, Status | None],
    histories: tuple[bool, bool],
) -> None:
    mine = Side(states[0], histories[0]).set_up(cast.ben, stage, LONG_AGO)
    theirs = Side(states[1], histories[1]).set_up(cast.bea, stage, LATER)
    before = {row["id"]: row for row in Enrolment.objects.values()}
    attempts = list(Attempt.objects.order_by("pk").values())
    start = snapshot()

    record = do(cast.carla, MergeUsers(primary_id=cast.ben.pk, duplicate_ids=(cast.bea.pk,)))

    after = {row["id"]: row for row in Enrolment.objects.values()}
    assert after.keys() == before.keys(), "no enrolment is lost or made"
    assert {row["user_id"] for row in after.values()} <= {cast.ben.pk}
    for pk, row in after.items():
        unchanged = {**before[pk], "user_id": row["user_id"], "current": row["current"]}
        assert row == unchanged, "status and dates stay with the enrolment"
    current = [pk for pk, row in after.items() if row["current"]]
    whose = {None: [], "primary": mine[-1:], "duplicate": theirs[-1:]}[expected(*states)]
    assert current == whose
    assert list(Attempt.objects.order_by("pk").values()) == attempts, "attempts are untouched"

    do(cast.carla, Undo(operation_id=record.pk))
    assert differences(start, snapshot()) == set()
