"""Both resets of a million rows and their undo, while 20 learners a second save their progress.

The learners are threads with connections of their own that call what the player calls (`training.activity`), at their
times whether or not the one before is done. Half of them are in the chapters that are reset, half are other users in a
course that is not. One in ten has seen a video to its end, the others save how far they are.

A save that is refused by a sentence for the learner (their records are being changed, the chapter was set back) is no
error. One that the database fails is, and anything else ends the benchmark.

The bare UPDATE of the same rows is measured before the learners come. What CPU the database takes for their saves is
counted with that of the operations.
"""

import random
import resource
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from django.db import DatabaseError, connection

from benchmarks.figures import line
from benchmarks.resets import (
    CHAPTERS,
    ERASE,
    LEARNERS,
    RESTORE,
    SET_BACK,
    SET_FORTH,
    Bare,
    Measure,
    Measured,
    Spent,
    all_in_progress,
    bare_updates,
    in_rounds,
    timed,
)
from benchmarks.training import CourseOfMany, clear
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.operation import Operation
from rollbook.ledger.writer import apply, preview
from rollbook.operations.award_completion import award
from rollbook.operations.reset_in_progress import ResetInProgress
from rollbook.operations.reset_training import ResetTraining
from rollbook.people.access import operator
from rollbook.people.selection import UserSelection
from rollbook.training import activity
from rollbook.training.learning_errors import LearningError
from rollbook.training.records import ChapterProgress, Status
from rollbook.training.selection import ContentSelection

PER_SECOND = 20
THREADS = 16
FINISHED = 10
BEFORE_AND_AFTER = 5
Pages = list[list[ChapterProgress]]


@dataclass
class Saves:
    """What became of the learners' saves: seconds of each, from when it was due, by how it ended."""

    kept: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    said: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)

    def tell(self) -> None:
        """Print it."""
        for name, seconds in (("saves that were kept", self.kept), ("saves that were refused", self.refused)):
            if seconds:
                print(line(f"  {name}", seconds))
        refused = ", ".join(f"{name} {number}" for name, number in sorted(self.said.items())) or "none"
        errors = ", ".join(f"{name} {number}" for name, number in sorted(self.errors.items())) or "none"
        print(f"  refused: {refused}; errors: {errors}", flush=True)


def run(users: int) -> None:
    """Print what the operations took, and what the learners met."""
    clear()
    learners = min(users // 2, LEARNERS)
    reset = CourseOfMany("Reset", CHAPTERS, learners).add()
    other = CourseOfMany("Left alone", CHAPTERS, learners, after=learners).add()
    everybody, content = UserSelection(everybody=True), ContentSelection(course_ids=(reset,))
    print(
        f"{learners:,} learners with {CHAPTERS} chapters in each of two courses, {PER_SECOND} saves a second "
        "(budget: apply / bare at most 2.5, no errors)"
    )

    def begin(there: str, back: str) -> tuple[Bare, Measure]:
        bare = bare_updates(reset, there, back)
        # The pages that learners have open: they stay so while what is behind them is reset and comes back.
        return bare, partial(_while_learning, [_open_pages(course) for course in (reset, other)])

    in_rounds(ResetTraining(users=everybody, content=content), lambda: begin(ERASE, RESTORE))
    all_in_progress()
    in_rounds(ResetInProgress(users=everybody, content=content), lambda: begin(SET_BACK, SET_FORTH))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of this process, with the learners in it: {peak:.0f} MB")


def _while_learning(
    pages: Pages, name: str, operation: Operation, bare: Spent
) -> tuple[OperationRecord, Measured]:
    acting = operator("bench")
    with _learning(pages) as saves:
        time.sleep(BEFORE_AND_AFTER)
        planned, plan = timed(lambda: preview(operation, acting=acting))
        applied, record = timed(lambda: apply(plan, acting=acting, reason="bench"))
        time.sleep(BEFORE_AND_AFTER)
    measured = Measured(bare, planned, applied)
    print(f"{name:<34} {measured}   {record.counts}")
    saves.tell()
    if saves.errors:
        raise RuntimeError(f"learners met errors: {saves.errors}")
    return record, measured


@contextmanager
def _learning(pages: Pages) -> Iterator[Saves]:
    """Let learners save from the pages of each course in turn while inside."""
    saves, over = Saves(), threading.Event()

    started = time.perf_counter()

    def learn(first: int) -> None:
        chosen = random.Random(first)
        for number in range(first, 10**9, THREADS):
            due = started + number / PER_SECOND
            if over.wait(max(0.0, due - time.perf_counter())):
                break
            _save(chosen.choice(chosen.choice(pages)), number, due, saves)
            # Back to the pool, as at the end of a request.
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        learners = [pool.submit(learn, number) for number in range(THREADS)]
        try:
            yield saves
        finally:
            over.set()
        for learner in learners:
            learner.result()


def _open_pages(course: int) -> list[ChapterProgress]:
    rows = ChapterProgress.objects.filter(chapter__course=course, erased_at=None, status=Status.IN_PROGRESS)
    return list(rows.select_related("enrolment__user").order_by("?")[:5000])


def _save(progress: ChapterProgress, number: int, due: float, saves: Saves) -> None:
    user = progress.enrolment.user
    try:
        if number % FINISHED == 0:
            activity.finish_video(
                progress.pk, progress.resets, seconds=600, duration=600, user=user, award=award
            )
        else:
            activity.save_bookmark(progress.pk, progress.resets, number % 600, user=user)
        saves.kept.append(time.perf_counter() - due)
    except LearningError as error:
        saves.refused.append(time.perf_counter() - due)
        saves.said[type(error).__name__] += 1
    except DatabaseError as error:
        saves.errors[f"{type(error).__name__}: {error}"[:200]] += 1
