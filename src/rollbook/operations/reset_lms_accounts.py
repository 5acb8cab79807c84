"""Reset LMS accounts: remove every LMS account of a user; the next launch assigns a new one."""

from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, QuerySet

from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import CreateFrom, Effect, Remove
from rollbook.ledger.operation import Note, Operation, Plan
from rollbook.lms.landing import Landing, landings
from rollbook.lms.models import DeclaredWrong, LMSAccount
from rollbook.people.access import Right
from rollbook.people.models import User


@dataclass(frozen=True, kw_only=True)
class ResetLMSAccounts(Operation):
    """Remove all LMS accounts of one user (DESIGN section 4).

    `declare_wrong` names LMS accounts (ids) whose LMS id no matcher may ever link to this user again.
    """

    verb = "reset_lms_accounts"
    right = Right.LMS_ACCOUNTS_RESET
    needs_reason = True

    user_id: int
    declare_wrong: tuple[int, ...] = ()

    def plan(self, acting: Actor) -> Plan:
        """Say what is removed and where each would land at its next launch."""
        subjects = [User.objects.filter(pk=self.user_id)]
        user = subjects[0].first()
        if user is None:
            missing = f"There is no user {self.user_id}."
            return Plan(operation=self, summary=missing, subjects=subjects, refusals=[missing])
        accounts = LMSAccount.objects.filter(user=user)
        lands = landings(accounts, declared=self.declare_wrong)
        return Plan(
            operation=self,
            summary=f"Reset {_accounts(len(lands))} of {user.full_name}",
            subjects=subjects,
            effects=self._effects(accounts),
            notes=[Note(f"{land.account.lms}: {land.account.subject}", land.sentence) for land in lands],
            warnings=_returns(lands),
            refusals=self._refusals(user, {land.account.pk for land in lands}),
        )

    def _effects(self, accounts: QuerySet[LMSAccount]) -> list[Effect]:
        remove = Remove(accounts)
        if not self.declare_wrong:
            return [remove]
        already = DeclaredWrong.objects.filter(
            lms=OuterRef("lms"), subject=OuterRef("subject"), user=OuterRef("user")
        )
        declared = accounts.filter(~Exists(already), pk__in=self.declare_wrong)
        columns = {"lms": F("lms_id"), "subject": F("subject"), "user": F("user_id")}
        return [CreateFrom(DeclaredWrong, declared, columns), remove]

    def _refusals(self, user: User, accounts: set[int]) -> list[str]:
        if not accounts:
            return [f"{user.full_name} has never come through an LMS: there is nothing to reset."]
        others = sorted(set(self.declare_wrong) - accounts)
        return [f"There is no LMS account {other} of {user.full_name} to declare wrong." for other in others]


def _accounts(number: int) -> str:
    return f"{number} LMS account{'' if number == 1 else 's'}"


def _returns(lands: list[Landing]) -> list[str]:
    return [
        f"{land.account.lms} would link {land.account.subject} to {land.account.user} again. "
        "If that is the wrong person, declare the pair wrong, or correct the e-mail or ID first."
        for land in lands
        if land.linked_again
    ]
