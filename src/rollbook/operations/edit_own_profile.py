"""Edit one's own profile: name, language, notifications, and an e-mail address that was proved."""

from collections.abc import Iterator
from dataclasses import dataclass

from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import Update
from rollbook.ledger.operation import Operation, Plan
from rollbook.people.access import Right
from rollbook.people.email_links import read_email_token
from rollbook.people.languages import language_problem
from rollbook.people.models import User
from rollbook.people.profile import Profile
from rollbook.people.profile_checks import profile_problems

LINK_OVER = "This link does not count any more: it is too old, or was used. Ask for a new one in your profile settings."


@dataclass(frozen=True, kw_only=True)
class EditOwnProfile(Operation):
    """Change what is given and what differs; None leaves things as they are.

    The e-mail address decides who a launching person is, so it changes by `email_token` only: the text of a link that
    was mailed to the new address (`rollbook.people.email_links`).
    """

    verb = "edit_own_profile"
    right = Right.PROFILE_EDIT_OWN

    user_id: int
    first_name: str | None = None
    last_name: str | None = None
    language: str | None = None
    send_notifications: bool | None = None
    email_token: str | None = None

    def problems(self, acting: Actor) -> dict[str, str]:
        """Return {parameter: sentence} of what stands against it."""
        user = User.objects.filter(pk=self.user_id).first()
        if user is None:
            return {"user_id": f"There is no user {self.user_id}."}
        found = dict(self._language_problems())
        if self.email_token is not None and self._new_email(user) is None:
            found["email_token"] = LINK_OVER
        return profile_problems(self._profile(user), user, acting) | found

    def plan(self, acting: Actor) -> Plan:
        """Say what would differ."""
        user = User.objects.filter(pk=self.user_id).first()
        problems = self.problems(acting)
        return Plan(
            operation=self,
            summary=f"{user.full_name if user else f'User {self.user_id}'} edited their own profile",
            subjects=[User.objects.filter(pk=self.user_id)],
            effects=[] if problems or user is None else self._effects(user),
            refusals=list(problems.values()),
        )

    def _language_problems(self) -> Iterator[tuple[str, str]]:
        if problem := language_problem(self.language or ""):
            yield "language", problem

    def _new_email(self, user: User) -> str | None:
        change = read_email_token(self.email_token or "")
        return change.new if change and change.counts_for(user) else None

    def _profile(self, user: User) -> Profile:
        return Profile(
            first_name=self.first_name,
            last_name=self.last_name,
            email=self._new_email(user),
            send_notifications=self.send_notifications,
        )

    def _effects(self, user: User) -> list[Update]:
        values = self._profile(user).columns()
        if self.language is not None:
            values["language"] = self.language
        changed = {name: value for name, value in values.items() if getattr(user, name) != value}
        return [Update(User.objects.filter(pk=user.pk), changed)] if changed else []
