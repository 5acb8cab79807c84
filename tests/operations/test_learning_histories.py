"""Random histories of learning, resets and undos: nothing that a learner did is ever lost or altered."""

import os
from contextlib import suppress
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from rollbook.ledger.errors import NothingToDo, Refused
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.operation import Operation
from rollbook.ledger.undo import Undo
from rollbook.ledger.verify import broken_invariants
from rollbook.ledger.writer import apply, preview
from rollbook.operations.award_completion import award
from rollbook.operations.reset_in_progress import ResetInProgress
from rollbook.operations.reset_training import ResetTraining
from rollbook.people.access import actor_for, oneself
from rollbook.people.models import User
from rollbook.people.selection import UserSelection
from rollbook.training import activity
from rollbook.training import invariants as of_training
from rollbook.training.catalogue import Chapter
from rollbook.training.learning_errors import LearningError
from rollbook.training.records import Attempt, Certificate, ChapterProgress, Status
from rollbook.training.selection import ContentSelection
from tests.cast import assemble
from tests.training.stage import furnish, study

WHO = st.sampled_from(["ben", "bea"])
CHAPTERS = st.sampled_from(["film", "quiz", "extra", "bandage"])
RIGHT = {"q1": ["a"], "q2": ["a", "b"]}
WRONG = {"q1": ["b"], "q2": ["c"]}


class Learning(RuleBasedStateMachine):
    """Two learners, and Alice who resets and undoes; every rule is one thing that happens."""

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.cast = assemble()
        self.stage = furnish()
        study(self.cast, self.stage)
        self.acting = actor_for(self.cast.alice)
        self.done: dict[int, dict[str, Any]] = {}
        self.pages: list[tuple[int, int]] = []

    def teardown(self) -> None:
        try:
            assert broken_invariants() == []
        finally:
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    def user(self, name: str) -> User:
        found: User = getattr(self.cast, name)
        return found

    def chapter(self, name: str) -> Chapter:
        found: Chapter = getattr(self.stage, name)
        return found

    def do(self, operation: Operation, *, own: User | None = None) -> None:
        acting = oneself(own) if own else self.acting
        plan = preview(operation, acting=acting)
        with suppress(Refused, NothingToDo):
            assert apply(plan, acting=acting, reason="a random history").counts == plan.counts

    @rule(name=WHO, chapter=CHAPTERS)
    def start(self, name: str, chapter: str) -> None:
        with suppress(LearningError):
            begun = activity.start(self.user(name), self.chapter(chapter), award=award)
            self.pages.append((begun.pk, begun.resets))

    @rule(data=st.data(), seconds=st.integers(0, 100))
    def save(self, data: st.DataObject, seconds: int) -> None:
        """Save from a page that may be older than a reset: what was erased or set back is not written into."""
        if not self.pages:
            return
        pk, resets = data.draw(st.sampled_from(self.pages))
        row = ChapterProgress.objects.select_related("enrolment__user").get(pk=pk)
        stale = row.erased_at is not None or row.resets != resets
        before = row.bookmark
        with suppress(LearningError):
            activity.save_bookmark(pk, resets, seconds, user=row.enrolment.user)
        row.refresh_from_db()
        assert not stale or row.bookmark == before

    @rule(name=WHO, chapter=CHAPTERS)
    def watch(self, name: str, chapter: str) -> None:
        for row in self.living(name, chapter):
            with suppress(LearningError):
                activity.finish_video(
                    row.pk, row.resets, seconds=99, duration=100, user=self.user(name), award=award
                )

    @rule(name=WHO, chapter=CHAPTERS, well=st.booleans())
    def answer(self, name: str, chapter: str, well: bool) -> None:
        for row in self.living(name, chapter):
            for attempt in row.attempts.filter(finished_at=None):
                with suppress(LearningError):
                    activity.submit_quiz(
                        attempt.pk, row.resets, RIGHT if well else WRONG, user=self.user(name), award=award
                    )

    def living(self, name: str, chapter: str) -> list[ChapterProgress]:
        return list(
            ChapterProgress.objects.filter(
                enrolment__user=self.user(name), chapter=self.chapter(chapter), erased_at=None
            )
        )

    @rule(name=WHO, chapters=st.sets(CHAPTERS, min_size=1), revoke=st.booleans())
    def reset_training(self, name: str, chapters: set[str], revoke: bool) -> None:
        self.do(ResetTraining(**self.selected(name, chapters), revoke=revoke))

    @rule(name=WHO, chapters=st.sets(CHAPTERS, min_size=1), own=st.booleans())
    def reset_in_progress(self, name: str, chapters: set[str], own: bool) -> None:
        kept = self.completed()
        self.do(ResetInProgress(**self.selected(name, chapters)), own=self.user(name) if own else None)
        assert self.completed() == kept

    def completed(self) -> set[int]:
        rows = ChapterProgress.objects.filter(status=Status.COMPLETED, erased_at=None)
        return set(rows.values_list("pk", flat=True))

    def selected(self, name: str, chapters: set[str]) -> dict[str, Any]:
        ids = tuple(sorted(self.chapter(title).pk for title in chapters))
        return {
            "users": UserSelection(ids=(self.user(name).pk,)),
            "content": ContentSelection(chapter_ids=ids),
        }

    @rule(data=st.data(), conflicts=st.booleans())
    def undo(self, data: st.DataObject, conflicts: bool) -> None:
        records = list(OperationRecord.objects.order_by("id").values_list("pk", flat=True))
        if records:
            self.do(Undo(operation_id=data.draw(st.sampled_from(records)), include_conflicts=conflicts))

    @invariant()
    def nothing_that_was_done_is_lost(self) -> None:
        now = {row["id"]: row for row in Attempt.objects.exclude(finished_at=None).values()}
        assert {pk: now.get(pk) for pk in self.done} == self.done
        self.done = now

    @invariant()
    def all_is_well(self) -> None:
        assert of_training.broken_invariants() == []
        # Each certificate stands for a completion: none is issued twice for the same one.
        issued = list(Certificate.objects.values_list("enrolment", "issued_at"))
        assert len(issued) == len(set(issued))


@pytest.mark.django_db
def test_nothing_that_a_learner_did_is_lost_or_altered() -> None:
    run_state_machine_as_test(
        Learning,
        settings=settings(
            max_examples=int(os.environ.get("TEST_HISTORIES", "8")),
            stateful_step_count=20,
            deadline=None,
            # Shrinking a history of database work takes minutes: a failure prints the history as it was found.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
