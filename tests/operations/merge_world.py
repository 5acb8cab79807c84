"""A register in which anything happens around merges; everything that happens is drawn from one seeded source."""

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

from rollbook.ledger.errors import NotAllowed, OutOfScope, Refused
from rollbook.ledger.models import Change, OperationRecord
from rollbook.ledger.operation import Operation
from rollbook.ledger.undo import Undo
from rollbook.ledger.writer import apply, preview
from rollbook.lms import invariants as of_lms
from rollbook.lms.models import LMSAccount
from rollbook.lms.verified_launch import VerifiedLaunch
from rollbook.operations.arrive import arrive
from rollbook.operations.award_completion import award
from rollbook.operations.deactivate_users import DeactivateUsers
from rollbook.operations.edit_user import EditUser
from rollbook.operations.merge_users import MergeUsers
from rollbook.operations.reset_in_progress import ResetInProgress
from rollbook.operations.reset_lms_accounts import ResetLMSAccounts
from rollbook.operations.reset_training import ResetTraining
from rollbook.operations.retrieve_users import RetrieveUsers
from rollbook.people import invariants as of_people
from rollbook.people.access import actor_for
from rollbook.people.models import Identifier, User
from rollbook.people.profile import Profile
from rollbook.people.selection import UserSelection
from rollbook.training import activity
from rollbook.training import invariants as of_training
from rollbook.training.learning_errors import LearningError
from rollbook.training.records import ChapterProgress, Enrolment, Status
from rollbook.training.selection import ContentSelection
from tests.cast import Cast, outside_the_ledger, user
from tests.operations import merge_invariants as invariants
from tests.snapshots import Snapshot, differences, snapshot
from tests.training.stage import Stage, completed, progress, state

MORE = ("nina", "otto", "pia")
LEARNERS = ("ben", "bea", "mallory", "dora", *MORE)
EVERYBODY = (*LEARNERS, "lou", "carla", "sam", "alice")
CHAPTERS = ("film", "quiz", "extra", "bandage")
RIGHT = {"q1": ["a"], "q2": ["a", "b"]}
WRONG = {"q1": ["b"], "q2": ["c"]}
REPLACEABLE = (invariants.ACCOUNTS, invariants.IDENTIFIERS)


def crowd(cast: Cast) -> None:
    """Add learners to the cast, each with an identifier and an LMS account."""
    with outside_the_ledger():
        for name in MORE:
            who = user(name.title(), "North", cast.oak)
            setattr(cast, name, who)
            Identifier.objects.create(attribute=cast.student_id, value=f"0-{name}", user=who)
            LMSAccount.objects.create(
                lms=cast.valley, subject=f"v-{name}", user=who, lms_user_id=f"LMS-{name.upper()}"
            )


class Draw(Random):
    """A source of chance that gives the same history for the same seed."""

    def chance(self, share: float) -> bool:
        return self.random() < share


class World:
    """One history. `counts` says what happened, `told` in which order, for whoever looks into a failure."""

    def __init__(self, cast: Cast, stage: Stage, draw: Draw, *, learning: bool) -> None:
        self.cast, self.stage, self.draw, self.learning = cast, stage, draw, learning
        self.counts: Counter[str] = Counter()
        self.told: list[str] = []
        self._set_up()
        self.start = self.now = snapshot()
        self.rights = invariants.rights(self.start)
        self.salts: dict[int, list[Any]] = {}
        self._follow_salts(merged=set())

    def _set_up(self) -> None:
        """Put everybody somewhere on the courses, some with history and what they earned."""
        for name in (*LEARNERS, "lou"):
            user = self.user(name)
            if self.draw.chance(0.3):
                completed(user, self.stage, f"OLD-{name}")
                Enrolment.objects.filter(user=user).update(current=False)
            for course, chapter in (
                (self.stage.fire, self.stage.film),
                (self.stage.first_aid, self.stage.bandage),
            ):
                status = self.draw.choice((None, *Status))
                if status == Status.COMPLETED and course == self.stage.fire:
                    completed(user, self.stage, f"NEW-{name}")
                elif status:
                    progress(user, chapter, status)
                    state(user, course, status)

    def user(self, name: str) -> User:
        return User.objects.get(pk=getattr(self.cast, name).pk)

    def anybody(self, among: tuple[str, ...] = LEARNERS) -> User:
        return self.user(self.draw.choice(among))

    def step(self) -> None:
        """Let one thing happen, and look whether all is well."""
        happenings: list[tuple[int, Callable[[], None]]] = [
            (9, self.merge),
            (7, self.undo),
            (3, self.launch),
            (2, self.retrieve),
            (2, self.reset_training),
            (1, self.reset_in_progress),
            (1, self.reset_lms_accounts),
            (1, self.edit),
            (1, self.deactivate),
            (7 if self.learning else 0, self.learn),
        ]
        weights = [weight for weight, _ in happenings]
        (happening,) = self.draw.choices([happening for _, happening in happenings], weights)
        self.counts["steps"] += 1
        happening()

    def settle(self, *, may_go: invariants.Ids | None = None, merged: set[int] | None = None) -> None:
        """Check what must hold after every step."""
        before, self.now = self.now, snapshot()
        invariants.nothing_is_lost(before, self.now, may_go or {})
        invariants.what_was_finished_is_unaltered(before, self.now)
        invariants.everything_leads_to_somebody(self.now)
        invariants.one_enrolment_is_current(self.now)
        invariants.no_right_is_gained(self.rights, self.now)
        invariants.merged_users_are_out(self.now)
        self._follow_salts(merged or set())
        broken = of_people.broken_invariants() + of_lms.broken_invariants() + of_training.broken_invariants()
        assert broken == [], broken

    def _follow_salts(self, merged: set[int]) -> None:
        """Check that a merge ends the duplicates' sessions for good: what they signed in with never holds again."""
        for pk, salt in User.objects.values_list("pk", "session_salt"):
            seen = self.salts.setdefault(pk, [])
            assert not seen or pk not in merged or salt != seen[-1], f"sessions of user {pk} go on"
            if not seen or salt != seen[-1]:
                assert salt not in seen, f"sessions of user {pk} live again"
                seen.append(salt)

    def do(self, operation: Operation, who: User | None = None) -> OperationRecord | None:
        """Do it as the super user, or as `who`; None where it was refused, and then nothing has changed."""
        acting = actor_for(who or self.user("alice"))
        name = f"{operation.verb} {operation.params()} by {acting.name}"
        try:
            plan = preview(operation, acting=acting)
            record = apply(plan, acting=acting, reason="a random history") if plan.can_apply else None
            self.counts["undos whose rows were in each other’s way"] += "same place" in str(plan.refusals)
        except (Refused, NotAllowed, OutOfScope) as refusal:
            record = None
            self.counts["undos whose rows were in each other’s way"] += "the same place" in str(refusal)
        # That a refused one changes nothing shows at the next step, which compares with the last one that did.
        if record is None:
            self.told.append(f"{name}: refused")
            self.counts["refused"] += 1
            return None
        assert record.counts == plan.counts
        self.counts["operations applied"] += 1
        self.told.append(f"{record.pk}: {name}")
        return record

    def merge(self) -> None:
        """Merge one to three into somebody, mostly by the super user; now and then take it back at once."""
        # Now and then whoever comes to hand: oneself, somebody inactive or merged, staff.
        likely = list(User.objects.filter(pk__in=[self.user(n).pk for n in LEARNERS], status="active"))
        several = self.draw.choice((1, 1, 1, 2, 3)) + 1
        if len(likely) >= several and self.draw.chance(0.8):
            primary, *duplicates = self.draw.sample(likely, several)
        else:
            primary, *duplicates = (self.anybody(EVERYBODY) for _ in range(several))
        before, ids = self.now, {user.pk for user in duplicates}
        chain = any(u["merged_into_id"] in ids for u in before[invariants.USERS].values())
        operation = MergeUsers(primary_id=primary.pk, duplicate_ids=tuple(user.pk for user in duplicates))
        record = self.do(operation, self.user("carla") if self.draw.chance(0.15) else None)
        if record is None:
            self.counts["merges refused"] += 1
            return
        self.counts["merges applied"] += 1
        self.counts["of several duplicates"] += len(ids) > 1
        self.counts["of chains"] += chain
        self.settle(merged=ids)
        invariants.a_merge_took_all_and_touched_nothing_else(before, self.now, primary.pk, ids)
        if self.draw.chance(0.3):
            self.there_and_back(record, before)

    def there_and_back(self, record: OperationRecord, before: Snapshot) -> None:
        """Undo what was done last, and sometimes that undo: each is exact."""
        done = self.now
        undone = self.do(Undo(operation_id=record.pk))
        assert undone, "what was done last can be taken back"
        self.settle(may_go=created_by(record))
        assert differences(before, self.now) == set()
        self.counts["undone at once, byte for byte"] += 1
        if self.draw.chance(0.5):
            assert self.do(Undo(operation_id=undone.pk)), "an undo can be taken back"
            self.settle()
            assert differences(done, self.now) == set()

    def undo(self) -> None:
        """Take back anything that was ever done, also an undo, with or without what stands against it."""
        records = list(OperationRecord.objects.order_by("id"))
        if not records:
            return
        record = self.draw.choice(records)
        forced = self.draw.chance(0.3)
        operation = Undo(operation_id=record.pk, include_conflicts=forced)
        conflicts = bool(operation.conflicts(1))
        undone = self.do(operation)
        if undone is None:
            self.counts["undos refused"] += 1
            return
        self.counts["undos applied"] += 1
        self.counts["with conflicts"] += conflicts
        may_go = created_by(record)
        if forced:
            for table in REPLACEABLE:
                may_go[table] = may_go.get(table, set()) | removed_by(undone, table)
        self.settle(may_go=may_go)

    def launch(self) -> None:
        """Arrive as somebody who is known, or who is to be linked or created."""
        account = self.draw.choice([None, *LMSAccount.objects.select_related("lms").order_by("pk")])
        lms = account.lms if account else self.draw.choice((self.cast.hillside, self.cast.valley))
        claims: dict[str, Any] = {
            "sub": account.subject if account else f"s-{self.draw.randrange(4)}",
            "email": self.draw.choice(
                [*User.objects.order_by("pk").values_list("email", flat=True), "new@example.org"]
            ),
            "given_name": "Nina",
            "https://purl.imsglobal.org/spec/lti/claim/lis": {
                "person_sourcedid": self.draw.choice(("00123", "00124", "00999", ""))
            },
        }
        arrival = arrive(VerifiedLaunch(lms, "1", claims["sub"], "/learner/", claims))
        assert arrival.user is None or (arrival.user.is_active and arrival.user.merged_into_id is None)
        self.counts["launches"] += 1
        self.told.append(f"launch {lms} {claims}: {arrival.decision.outcome}, {arrival.user}")
        self.settle()

    def retrieve(self) -> None:
        """Make somebody active again: a merged one as an empty account."""
        user = self.anybody(EVERYBODY)
        if self.do(RetrieveUsers(user_ids=(user.pk,))):
            before = self.now
            self.settle()
            if before[invariants.USERS][user.pk]["merged_into_id"] is not None:
                self.counts["merged ones retrieved"] += 1
                assert user.pk not in {r["user_id"] for t in invariants.OWNED for r in self.now[t].values()}

    def deactivate(self) -> None:
        if self.do(DeactivateUsers(user_ids=(self.anybody(EVERYBODY).pk,))):
            self.settle()

    def reset_lms_accounts(self) -> None:
        user = self.anybody()
        accounts = tuple(LMSAccount.objects.filter(user=user).values_list("pk", flat=True))
        declared = accounts if self.draw.chance(0.5) else ()
        if self.do(ResetLMSAccounts(user_id=user.pk, declare_wrong=declared)):
            self.settle(may_go={invariants.ACCOUNTS: set(accounts)})

    def edit(self) -> None:
        user = self.anybody()
        before = set(user.identifiers.values_list("pk", flat=True))
        number = self.draw.choice(("00123", "00124", "7"))
        profile = Profile(first_name=self.draw.choice(("Ana", "Zoë")), attributes={"student_id": (number,)})
        if self.do(EditUser(user_id=user.pk, profile=profile)):
            self.settle(may_go={invariants.IDENTIFIERS: before})

    def selected(self) -> dict[str, Any]:
        chapters = self.draw.sample(CHAPTERS, self.draw.randint(1, 4))
        return {
            "users": UserSelection(ids=tuple(sorted({self.anybody().pk, self.anybody().pk}))),
            "content": ContentSelection(
                chapter_ids=tuple(sorted(getattr(self.stage, c).pk for c in chapters))
            ),
        }

    def reset_training(self) -> None:
        if self.do(ResetTraining(**self.selected(), revoke=self.draw.chance(0.5))):
            self.settle()

    def reset_in_progress(self) -> None:
        if self.do(ResetInProgress(**self.selected())):
            self.settle()

    def learn(self) -> None:
        """Let somebody start, watch or answer; who is inactive writes nothing."""
        user = self.anybody()
        chapter = getattr(self.stage, self.draw.choice(CHAPTERS))
        begun = ChapterProgress.objects.filter(status=Status.IN_PROGRESS, erased_at=None).order_by("pk")
        try:
            if begun and self.draw.chance(0.6):
                row = self.draw.choice(begun.select_related("enrolment__user", "chapter"))
                user, chapter = row.enrolment.user, row.chapter
                self._get_on(row, user)
            else:
                activity.start(user, chapter, award=award)
        except LearningError:
            self.counts["learning refused"] += 1
            return
        assert user.is_active
        self.counts["learning kept"] += 1
        self.told.append(f"{user} learns in {chapter}")
        self.settle()

    def _get_on(self, row: ChapterProgress, user: User) -> None:
        attempt = row.attempts.filter(finished_at=None).first()
        if attempt is None or (row.chapter.has_video and not row.watched):
            activity.finish_video(row.pk, row.resets, seconds=99, duration=100, user=user, award=award)
        else:
            answers = RIGHT if self.draw.chance(0.7) else WRONG
            activity.submit_quiz(attempt.pk, row.resets, answers, user=user, award=award)

    def take_everything_back(self) -> None:
        """Undo all, the last first: then the register is as it was, byte for byte."""
        for record in OperationRecord.objects.order_by("-id"):
            assert self.do(Undo(operation_id=record.pk)), f"{record} cannot be taken back"
            self.settle(may_go=created_by(record))
        assert differences(self.start, self.now) == set()
        self.counts["histories taken back, byte for byte"] += 1


def created_by(record: OperationRecord) -> invariants.Ids:
    """Return the rows that an operation created, which its undo removes."""
    return {table: set(record.created_ids(table)) for table in invariants.KEPT}


def removed_by(record: OperationRecord, table: str) -> set[int]:
    """Return the rows that an operation removed from a table."""
    gone = Change.objects.filter(operation=record, table=table, kind=Change.Kind.REMOVE)
    return set(gone.values_list("row_id", flat=True))
