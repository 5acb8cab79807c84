"""Merge users: what duplicates did, earned and are known by becomes the Primary's."""

from collections.abc import Iterator
from dataclasses import dataclass

from procrastinate.contrib.django import app

from rollbook.common.text import listed
from rollbook.ledger.actor import Actor
from rollbook.ledger.operation import Operation, Plan, when_shown
from rollbook.operations.merge_wording import notes_of, warnings_of
from rollbook.people.access import Right, grantable_levels, leaves_no_super_user, seen_name
from rollbook.people.merging import merging
from rollbook.people.models import AccessLevel, User
from rollbook.people.profile_checks import LAST_SUPER_USER

MOST = 20


def mail_the_primary(operation_id: int) -> None:
    """Let the worker tell the Primary that accounts were joined."""
    app.configure_task("mail_users_merged", queue="mail").defer(operation_id=operation_id)


@dataclass(frozen=True, kw_only=True)
class MergeUsers(Operation):
    """Merge duplicates into their Primary (DESIGN section 4), in the order in which they are given.

    The Primary keeps profile, sign-in and location. Each table that points at a user goes by the rule that it declares
    (`rollbook.people.merge_rules`). The duplicates become inactive learners, merged into the Primary.
    """

    verb = "merge_users"
    right = Right.USERS_MERGE
    needs_reason = True

    primary_id: int
    duplicate_ids: tuple[int, ...]

    @property
    def people(self) -> tuple[int, ...]:
        """Return the Primary's id and the duplicates', each once."""
        return tuple(dict.fromkeys((self.primary_id, *self.duplicate_ids)))

    def plan(self, acting: Actor) -> Plan:
        """Say what moves, what becomes historical and why, and what stands against it."""
        named = User.objects.filter(pk__in=self.people)
        users = named.select_related("merged_into").in_bulk()
        refusals = list(self._refusals(users, acting))
        if refusals:
            return Plan(operation=self, summary="Merge users", subjects=[named], refusals=refusals)
        primary, *duplicates = (users[pk] for pk in self.people)
        names = listed([user.full_name for user in duplicates[:3]], len(duplicates))
        return Plan(
            operation=self,
            summary=f"Merge {names} into {primary}",
            subjects=[named],
            effects=merging(self.people),
            notes=when_shown(lambda: list(notes_of(primary, duplicates))),
            warnings=when_shown(lambda: warnings_of(primary, duplicates)),
            settle=[mail_the_primary],
        )

    def _refusals(self, users: dict[int, User], acting: Actor) -> Iterator[str]:
        if missing := sorted(set(self.people) - users.keys()):
            yield f"There is no user {listed([f'#{pk}' for pk in missing])}."
        if self.primary_id in self.duplicate_ids:
            yield "Nobody is merged into the same account. Choose another duplicate."
        elif not self.duplicate_ids:
            yield "No duplicate was chosen. Choose the account that is to be merged into this one."
        if len(self.people) > MOST + 1:
            yield f"These are {len(self.people) - 1} duplicates. Merge {MOST} at most at one time."
        for user in (users[pk] for pk in self.people if pk in users):
            if problem := problem_of(user, acting, primary=user.pk == self.primary_id):
                yield problem
        above = [
            user.pk
            for pk, user in users.items()
            if pk in self.people[1:] and user.level != AccessLevel.LEARNER
        ]
        if above and leaves_no_super_user(User.objects.filter(pk__in=above)):
            yield LAST_SUPER_USER


def problem_of(user: User, acting: Actor, *, primary: bool) -> str | None:
    """Return what stands against a user as the Primary, or as a duplicate; None for nothing."""
    if user.merged_into:
        into = seen_name(user.merged_into, acting)
        return f"{user} was merged into {into} already. Choose {into} instead, or retrieve {user} first."
    if not user.is_active:
        return f"{user} is inactive. Retrieve the user first."
    if primary:
        return None
    if user.pk == acting.user_id:
        return "You cannot merge your own account away. Make it the Primary, or ask another super user."
    if user.level != AccessLevel.LEARNER and AccessLevel.SUPER_USER not in grantable_levels(acting):
        level = user.get_access_level_display().lower()
        return f"{user} is {level}. Only a super user merges an account above learner away: ask one."
    return None
