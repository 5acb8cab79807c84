"""A merge and something else at the same moment: it ends as if one had come after the other, and nobody sees half.

The threads and connections are real. Chance alone would seldom meet the moments that matter, so one of the two is held
at such a moment until the other is through, or is seen to wait.
"""

import os
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import sleep
from typing import Any

import pytest
from django.db import connection, transaction

from rollbook.ledger.errors import LedgerError, StalePlan
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.operation import Operation
from rollbook.ledger.undo import Undo
from rollbook.ledger.verify import broken_invariants
from rollbook.ledger.writer import apply, preview
from rollbook.lms.verified_launch import VerifiedLaunch
from rollbook.operations.arrive import Arrival, arrive
from rollbook.operations.award_completion import award
from rollbook.operations.deactivate_users import DeactivateUsers
from rollbook.operations.edit_user import EditUser
from rollbook.operations.enrol_users import EnrolUsers
from rollbook.operations.grant_content_roles import GrantContentRoles
from rollbook.operations.import_users import ImportUsers
from rollbook.operations.link_lms_account import LinkLMSAccount
from rollbook.operations.merge_users import MergeUsers
from rollbook.operations.reset_in_progress import ResetInProgress
from rollbook.operations.reset_lms_accounts import ResetLMSAccounts
from rollbook.operations.reset_training import ResetTraining
from rollbook.people.access import actor_for
from rollbook.people.invariants import broken_invariants as of_people
from rollbook.people.models import User
from rollbook.people.profile import Profile
from rollbook.people.selection import UserSelection
from rollbook.training import activity
from rollbook.training.invariants import broken_invariants as of_training
from rollbook.training.learning_errors import Busy, LearningError, NotOpen
from rollbook.training.records import Attempt, ChapterProgress, Status
from rollbook.training.selection import ContentSelection
from tests.cast import Cast, assemble
from tests.ledger.test_together import at_once
from tests.operations.doing import do
from tests.operations.import_cases import sent
from tests.operations.merge_cases import two_accounts
from tests.snapshots import Snapshot, differences, snapshot
from tests.training.stage import Stage, state

pytestmark = pytest.mark.django_db(transaction=True)

Job = Callable[[], object]
RIGHT = {"q1": ["a"], "q2": ["a", "b"]}
# What differs from run to run, and says nothing: ids of new rows, random codes, the time.
BY_CHANCE = re.compile(r"^id$|_at$|^code$|^lms_user_id$")
REFERS = {"enrolment_id": "rollbook_enrolment", "progress_id": "rollbook_chapter_progress"}


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.fixture
def stage(cast: Cast) -> Stage:
    made = two_accounts(cast)
    state(cast.bea, made.first_aid, Status.IN_PROGRESS)
    return made


def answer(job: Job) -> object:
    """Return what a job gave back or was told; several have plans that were made before."""
    try:
        return job()
    except (LedgerError, LearningError) as error:
        return error


def waits(backend: int) -> bool:
    """Say whether a connection, named by its backend, waits for a lock; asked over this thread's own connection."""
    asked = connection.connection.execute(
        "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pid = %s)", [backend]
    )
    return bool(asked.fetchone()[0])


def together(first: Job, moment: str, second: Job) -> list[object]:
    """Run two jobs in threads of their own: the first is held before its first statement that fits `moment`."""
    ready, reached, through = Event(), Event(), Event()
    backends: list[int] = []

    def hold(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        if not reached.is_set() and re.match(moment, sql):
            ready.wait()
            reached.set()
            while not through.wait(0.01) and not waits(backends[0]):
                pass
        return execute(sql, *args)

    def run_first() -> object:
        try:
            with connection.execute_wrapper(hold):
                return answer(first)
        finally:
            reached.set()
            connection.close()

    def run_second() -> object:
        try:
            connection.ensure_connection()
            backends.append(connection.connection.info.backend_pid)
            ready.set()
            reached.wait()
            return answer(second)
        finally:
            ready.set()
            through.set()
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        return [future.result() for future in (pool.submit(run_first), pool.submit(run_second))]


def essence(now: Snapshot, start: Snapshot) -> list[str]:
    """Return what a snapshot says, without what differs from run to run."""

    def said(name: str, value: object) -> object:
        table = REFERS.get(name)
        return "new" if table and value is not None and value not in start[table] else value

    return sorted(
        f"{table} {pk if pk in start[table] else 'new'} "
        f"{ {name: said(name, row[name]) for name in sorted(row) if not BY_CHANCE.search(name)} }"
        for table, rows in now.items()
        for pk, row in rows.items()
    )


def one_after_the_other(jobs: Sequence[Job], start: Snapshot) -> list[str]:
    """Return the state that jobs lead to one after the other, and take it back."""
    with transaction.atomic():
        for job in jobs:
            answer(job)
        found = essence(snapshot(), start)
        transaction.set_rollback(True)
    return found


def applying(who: User, operation: Operation) -> Job:
    """Return a job that applies what was previewed now."""
    acting = actor_for(who)
    plan = preview(operation, acting=acting)
    return lambda: apply(plan, acting=acting, reason="at once")


class Others:
    """What may happen at the moment in which Bea is merged into Ben."""

    def __init__(self, cast: Cast, stage: Stage) -> None:
        self.cast, self.stage = cast, stage
        self.users = UserSelection(ids=(cast.bea.pk,))
        self.content = ContentSelection(course_ids=(stage.fire.pk, stage.first_aid.pk))

    def by_alice(self, operation: Operation) -> Job:
        return applying(self.cast.alice, operation)

    def merging(self, primary: User, duplicate: User) -> Job:
        return self.by_alice(MergeUsers(primary_id=primary.pk, duplicate_ids=(duplicate.pk,)))

    def progress(self, user: User, title: str) -> ChapterProgress:
        return ChapterProgress.objects.get(enrolment__user=user, chapter=getattr(self.stage, title))

    def the_merge_the_other_way_round(self) -> Job:
        return self.merging(self.cast.bea, self.cast.ben)

    def the_same_merge(self) -> Job:
        return self.merging(self.cast.ben, self.cast.bea)

    def a_merge_of_the_duplicate_into_somebody_else(self) -> Job:
        return self.merging(self.cast.mallory, self.cast.bea)

    def a_merge_of_another_duplicate_into_the_same_primary(self) -> Job:
        return self.merging(self.cast.ben, self.cast.mallory)

    def a_merge_of_the_primary_into_somebody_else(self) -> Job:
        return self.merging(self.cast.mallory, self.cast.ben)

    def a_merge_of_somebody_into_the_duplicate(self) -> Job:
        return self.merging(self.cast.bea, self.cast.mallory)

    def a_launch_with_a_known_account_of_the_duplicate(self) -> Job:
        return self.launch("v-bea", valley=True)

    def a_launch_that_links_the_duplicate(self) -> Job:
        return self.launch("h-bea", valley=False)

    def launch(self, subject: str, *, valley: bool) -> Job:
        lms = self.cast.valley if valley else self.cast.hillside
        claims = {"sub": subject, "email": self.cast.bea.email}
        return lambda: arrive(VerifiedLaunch(lms, "1", subject, "/learner/", claims))

    def a_quiz_that_the_duplicate_submits(self) -> Job:
        (attempt,) = Attempt.objects.filter(progress=self.progress(self.cast.bea, "quiz"))
        Attempt.objects.filter(pk=attempt.pk).update(finished_at=None, score=None)
        return lambda: activity.submit_quiz(attempt.pk, 0, RIGHT, user=self.cast.bea, award=award)

    def a_chapter_that_the_duplicate_starts(self) -> Job:
        return lambda: activity.start(self.cast.bea, self.stage.extra, award=award)

    def a_video_that_the_duplicate_watches_to_its_end(self) -> Job:
        row = self.progress(self.cast.bea, "extra")
        return lambda: activity.finish_video(
            row.pk, 0, seconds=99, duration=100, user=self.cast.bea, award=award
        )

    def a_bookmark_of_the_duplicate(self) -> Job:
        row = self.progress(self.cast.bea, "extra")
        return lambda: activity.save_bookmark(row.pk, 0, 42, user=self.cast.bea)

    def a_chapter_that_the_primary_starts(self) -> Job:
        return lambda: activity.start(self.cast.ben, self.stage.extra, award=award)

    def a_reset_of_the_duplicates_training(self) -> Job:
        return self.by_alice(ResetTraining(users=self.users, content=self.content))

    def a_reset_of_what_the_duplicate_has_in_progress(self) -> Job:
        return self.by_alice(ResetInProgress(users=self.users, content=self.content))

    def a_reset_of_the_duplicates_lms_accounts(self) -> Job:
        return self.by_alice(ResetLMSAccounts(user_id=self.cast.bea.pk))

    def an_edit_of_the_duplicate(self) -> Job:
        profile = Profile(first_name="Beatrix", attributes={"student_id": ("00124", "777")})
        return self.by_alice(EditUser(user_id=self.cast.bea.pk, profile=profile))

    def an_import_that_names_the_duplicate(self) -> Job:
        acting = actor_for(self.cast.alice)
        operation = ImportUsers(file_id=sent(acting, "Student ID,First name", ("00124", "Beatrix")).pk)
        operation.prepare(acting)
        return self.by_alice(operation)

    def the_deactivation_of_the_primary(self) -> Job:
        return self.by_alice(DeactivateUsers(user_ids=(self.cast.ben.pk,)))

    def an_enrolment_of_the_duplicate(self) -> Job:
        again = EnrolUsers(users=self.users, course_ids=(self.stage.first_aid.pk,))
        Attempt.objects.filter(enrolment__user=self.cast.bea, enrolment__course=self.stage.first_aid).delete()
        ChapterProgress.objects.filter(
            enrolment__user=self.cast.bea, enrolment__course=self.stage.first_aid
        ).delete()
        self.cast.bea.enrolments.filter(course=self.stage.first_aid).delete()
        return self.by_alice(again)

    def a_content_role_taken_from_the_duplicate(self) -> Job:
        return self.by_alice(
            GrantContentRoles(users=self.users, content_role_ids=(self.stage.crew.pk,), take_away=True)
        )

    def an_lms_account_linked_to_the_duplicate(self) -> Job:
        return self.by_alice(
            LinkLMSAccount(lms_id=self.cast.valley.pk, subject="v-new", user_id=self.cast.bea.pk)
        )


OTHERS = [name for name, made in vars(Others).items() if re.match("an?_|the_", name) and callable(made)]
# What the one that is held is about to do.
MOMENTS = {
    "the other has decided": "INSERT|UPDATE|DELETE",
    "the merge has planned": 'INSERT INTO "rollbook_operation"',
    "the merge is half written": 'UPDATE "rollbook_user" SET "status"',
}
EVERY_MOMENT = os.environ.get("TEST_EVERY_MOMENT") == "1"


@pytest.mark.parametrize("moment", MOMENTS if EVERY_MOMENT else list(MOMENTS)[:1])
@pytest.mark.parametrize("name", OTHERS)
def test_it_ends_as_if_one_had_come_after_the_other(cast: Cast, stage: Stage, name: str, moment: str) -> None:
    other: Job = getattr(Others(cast, stage), name)()
    merge = Others(cast, stage).the_same_merge()
    start, jobs = snapshot(), [merge, other]
    serial = {
        tuple(order): one_after_the_other(order, start) for order in (jobs, jobs[::-1], [merge], [other])
    }

    if moment == "the other has decided":
        answers = together(other, MOMENTS[moment], merge)[::-1]
    else:
        answers = together(merge, MOMENTS[moment], other)
    done = [job for job, said in zip(jobs, answers, strict=True) if not isinstance(said, Exception)]
    # One that was refused may have come at any time, or not at all.
    possible = [state for order, state in serial.items() if set(done) <= set(order)]
    assert done, answers
    assert essence(snapshot(), start) in possible, answers
    assert broken_invariants() + of_people() + of_training() == []


def test_of_two_merges_in_opposite_directions_one_happens_and_the_other_is_told(
    cast: Cast, stage: Stage
) -> None:
    """CASES 18, without anybody being held: chance decides who comes first."""
    for _ in range(3):
        others = Others(cast, stage)
        there, back = others.the_same_merge(), others.the_merge_the_other_way_round()
        answers = at_once(there, back)
        (record,) = [each for each in answers if isinstance(each, OperationRecord)]
        assert [type(each) for each in answers if each is not record] == [StalePlan]
        assert User.objects.filter(merged_into__isnull=False).count() == 1
        do(cast.alice, Undo(operation_id=record.pk))


def test_nobody_sees_half_a_merge(cast: Cast, stage: Stage) -> None:
    start, merge, over = snapshot(), Others(cast, stage).the_same_merge(), Event()
    seen: list[Snapshot] = []

    def look() -> None:
        try:
            while True:
                last = over.is_set()
                with transaction.atomic():
                    with connection.cursor() as cursor:
                        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                    seen.append(snapshot())
                if last:
                    break
        finally:
            connection.close()

    def hold(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        # Before each statement that writes, so that there is something half done to be seen.
        if re.match("INSERT|UPDATE|DELETE", sql):
            sleep(0.03)
        return execute(sql, *args)

    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(look)
        try:
            with connection.execute_wrapper(hold):
                merge()
        finally:
            over.set()
        looking.result()
    done = snapshot()
    looks = ["before" if each == start else "after" if each == done else "half" for each in seen]
    assert set(looks) == {"before", "after"}
    assert looks == sorted(looks, reverse=True)
    assert looks.count("before") > 2


def test_case_25_who_launches_as_the_duplicate_meanwhile_is_signed_in_as_nobody_who_was_merged(
    cast: Cast, stage: Stage
) -> None:
    others = Others(cast, stage)
    merge = others.the_same_merge()
    _, arrival = together(merge, MOMENTS["the merge is half written"], others.launch("v-bea", valley=True))
    assert isinstance(arrival, Arrival)
    # It came first, for the merge was not there yet to be seen; but the session that it opens ends with the merge.
    assert arrival.user == cast.bea
    now = User.objects.get(pk=cast.bea.pk)
    assert arrival.user.get_session_auth_hash() != now.get_session_auth_hash()
    again = others.launch("v-bea", valley=True)()
    assert isinstance(again, Arrival)
    assert again.user == cast.ben


@pytest.mark.parametrize(
    "name", [n for n in OTHERS if re.search("duplicate_(submits|starts|watches)|bookmark", n)]
)
def test_whoever_is_merged_while_the_page_is_on_its_way_writes_nothing_more(
    cast: Cast, stage: Stage, name: str
) -> None:
    others = Others(cast, stage)
    save: Job = getattr(others, name)()
    merge = others.the_same_merge()
    merged, told = together(merge, MOMENTS["the merge is half written"], save)
    assert isinstance(merged, OperationRecord)
    # Whoever waits is told that the chapter is not open; a bookmark does not wait.
    assert isinstance(told, NotOpen | Busy)
    written = snapshot()
    assert isinstance(answer(save), NotOpen)
    assert differences(written, snapshot()) == set()
