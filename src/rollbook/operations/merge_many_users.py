"""Merge users, many at once: the pairs of a spreadsheet, each Primary's duplicates as one part."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from rollbook.common.pagination import with_ids
from rollbook.common.text import counted
from rollbook.ledger.actor import Actor
from rollbook.ledger.operation import MANY, Note, Operation, Plan
from rollbook.operations.merge_users import MOST, MergeUsers, problem_of
from rollbook.operations.merge_wording import warnings_for
from rollbook.people.access import Right, leaves_no_super_user
from rollbook.people.models import User
from rollbook.people.pairs import Outcome, Pair, Resolved, resolved
from rollbook.people.profile_checks import LAST_SUPER_USER
from rollbook.people.tangles import untangled


@dataclass
class MergeManyPlan(Plan):
    """The plan with what becomes of each row, in the order of the spreadsheet."""

    results: Sequence[Resolved] = ()

    @property
    def totals(self) -> str:
        """Return "12 rows: 9 merge, 2 refused, 1 nothing to do"."""
        number = Counter(one.outcome for one in self.results)
        each = [f"{number[outcome]:,} {outcome}" for outcome in Outcome if number[outcome]]
        return f"{counted(len(self.results), 'row')}: {', '.join(each)}"

    def doubts(self) -> dict[int, list[str]]:
        """Return what makes one doubt a merge, by the number of the row that names the Primary first."""
        merges: dict[int, tuple[int, User, list[User]]] = {}
        for one in self.results:
            if one.outcome == Outcome.MERGE and one.primary and one.duplicate:
                merge = merges.setdefault(one.primary.pk, (one.pair.row, one.primary, []))
                merge[2].append(one.duplicate)
        warnings = warnings_for([(primary, duplicates) for _, primary, duplicates in merges.values()])
        return {row: warnings[pk] for pk, (row, _, _) in merges.items() if warnings[pk]}


@dataclass(frozen=True, kw_only=True)
class MergeManyUsers(Operation):
    """Merge the duplicate of each pair into its Primary (DESIGN section 4).

    Duplicates of one Primary are merged together, in the order of the rows, so that no part depends on another and the
    preview is exact. A row that stands against the rules is refused, and the others go on.
    """

    verb = "merge_many_users"
    right = Right.USERS_MERGE
    needs_reason = True
    looks_into_parts = False

    pairs: tuple[Pair, ...]

    def plan(self, acting: Actor) -> MergeManyPlan:
        """Say what becomes of each row, and merge those against which nothing stands."""
        results = self._results(acting)
        groups: dict[int, list[int]] = defaultdict(list)
        for one in results:
            if one.outcome == Outcome.MERGE and one.primary and one.duplicate:
                groups[one.primary.pk].append(one.duplicate.pk)
        duplicates = [pk for group in groups.values() for pk in group]
        users = with_ids(User.objects.all(), sorted([*groups, *duplicates]))
        last = leaves_no_super_user(with_ids(User.objects.all(), duplicates))
        into = counted(len(groups), "Primary", "Primaries")
        return MergeManyPlan(
            operation=self,
            summary=f"Merge {counted(len(duplicates), 'duplicate')} into {into}",
            subjects=[users],
            parts=[MergeUsers(primary_id=pk, duplicate_ids=tuple(group)) for pk, group in groups.items()],
            left_out=[
                Note(f"Row {one.pair.row}: {one}", one.why) for one in results if one.outcome != Outcome.MERGE
            ],
            refusals=[LAST_SUPER_USER] if last else [],
            live=len(groups) + len(duplicates) > MANY,
            results=results,
        )

    def _results(self, acting: Actor) -> list[Resolved]:
        results = [_checked(one, acting) for one in untangled(resolved(self.pairs, acting))]
        sizes = Counter(one.primary for one in results if one.outcome == Outcome.MERGE)
        return [
            one.but(
                Outcome.REFUSED, f"{one.primary} has {size} duplicates here: give {MOST} at most at one time"
            )
            if (size := sizes[one.primary]) > MOST and one.outcome == Outcome.MERGE
            else one
            for one in results
        ]


def _checked(one: Resolved, acting: Actor) -> Resolved:
    if one.outcome != Outcome.MERGE or not one.primary or not one.duplicate:
        return one
    problem = problem_of(one.primary, acting, primary=True) or problem_of(
        one.duplicate, acting, primary=False
    )
    return one.but(Outcome.REFUSED, problem) if problem else one
