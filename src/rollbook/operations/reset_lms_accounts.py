"""Reset LMS accounts: remove every LMS account of a user; the next launch assigns a new one."""

from dataclasses import dataclass

from django.db.models import F

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
        user = User.objects.get(pk=self.user_id)
        accounts = LMSAccount.objects.filter(user=user)
        lands = landings(accounts.select_related("lms", "user"), declared=self.declare_wrong)
        effects: list[Effect] = [Remove(accounts)]
        if self.declare_wrong:
            declared = accounts.filter(pk__in=self.declare_wrong).exclude(
                lms__declared_wrong__user=user, lms__declared_wrong__subject=F("subject")
            )
            effects.insert(
                0,
                CreateFrom(DeclaredWrong, declared, {"lms": F("lms_id"), "subject": F("subject"), "user": F("user_id")}),
            )
        return Plan(
            operation=self,
            summary=f"Reset {_accounts(len(lands))} of {user.full_name}",
            subjects=[User.objects.filter(pk=user.pk)],
            effects=effects,
            notes=[Note(f"{land.account.lms}: {land.account.subject}", land.sentence) for land in lands],
            warnings=[] if self.declare_wrong else _returns(lands),
            refusals=[] if lands else [f"{user.full_name} has never come through an LMS: there is nothing to reset."],
        )


def _accounts(number: int) -> str:
    return f"{number} LMS account{'' if number == 1 else 's'}"


def _returns(lands: list[Landing]) -> list[str]:
    return [
        f"{land.account.lms} would link {land.account.subject} to {land.account.user} again. "
        "If that is the wrong person, declare the pair wrong, or correct the e-mail or ID first."
        for land in lands
        if land.same_user
    ]
