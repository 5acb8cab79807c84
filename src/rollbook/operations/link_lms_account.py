"""Link an LMS account: point one at the right user, or remove just that one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from rollbook.common.ids import ALPHABET
from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import Create, Effect, Remove, Update
from rollbook.ledger.operation import Note, Operation, Plan
from rollbook.lms.accounts import account_of, is_declared_wrong, pair_refusals
from rollbook.lms.models import LMS, DeclaredWrong, LMSAccount
from rollbook.operations.admit_launch import LMS_USER_ID_LENGTH, new_lms_user_id
from rollbook.people.access import Right
from rollbook.people.models import AccessLevel, User

LMS_USER_ID = re.compile(f"[{ALPHABET}]{{{LMS_USER_ID_LENGTH}}}")


@dataclass(frozen=True, kw_only=True)
class LinkLMSAccount(Operation):
    """Make an LMS's id lead to `user_id`, or to nobody where that is None.

    An account that there is already moves and gets a new LMS User ID, as after a reset; else one is made (so a waiting
    launch is approved, or a person is linked before the first launch). `declare_wrong` says that no matcher may ever
    link it to its user of now again. A face that shows a preview passes the plan's own `lms_user_id` on.
    """

    verb = "link_lms_account"
    right = Right.LMS_ACCOUNTS_LINK
    needs_reason = True

    lms_id: int
    subject: str
    user_id: int | None
    declare_wrong: bool = False
    lms_user_id: str = field(default_factory=new_lms_user_id)

    def plan(self, acting: Actor) -> Plan:
        """Say from whom to whom the account goes."""
        lms = LMS.objects.filter(pk=self.lms_id).first()
        refusals = pair_refusals(lms, self.lms_id, self.subject)
        account = None if refusals else account_of(self.lms_id, self.subject)
        user = None if self.user_id is None else User.objects.filter(pk=self.user_id).first()
        refusals = refusals or [*self._user_refusals(user), *self._account_refusals(account, user)]
        old = account.user if account else None
        return Plan(
            operation=self,
            summary=self._summary(lms, user),
            subjects=[User.objects.filter(pk__in=[u.pk for u in (old, user) if u])],
            effects=[] if refusals or lms is None else self._effects(lms, account, user),
            notes=[] if old is None else [Note(f"{lms}: {self.subject}", f"until now {old.full_name}")],
            warnings=_warnings(user),
            refusals=refusals,
        )

    def _summary(self, lms: LMS | None, user: User | None) -> str:
        if user is None:
            return f"Remove the LMS account {self.subject} of {lms}"
        return f"Link {self.subject} of {lms} to {user.full_name}"

    def _user_refusals(self, user: User | None) -> list[str]:
        if self.user_id is None:
            return []
        if user is None:
            return [f"There is no user {self.user_id}."]
        if user.merged_into is not None:
            return [f"{user} was merged into {user.merged_into}. Link it to {user.merged_into} instead."]
        return [] if user.is_active else [f"{user} is inactive. Retrieve the user first."]

    def _account_refusals(self, account: LMSAccount | None, user: User | None) -> list[str]:
        refusals = []
        if not LMS_USER_ID.fullmatch(self.lms_user_id):
            refusals.append("The LMS User ID is assigned by Rollbook. Open the preview again.")
        if account is None and self.user_id is None:
            refusals.append(f"{self.subject} has no LMS account: there is nothing to remove.")
        if account is None and self.declare_wrong:
            refusals.append(f"{self.subject} leads to nobody now: there is no pair to declare wrong.")
        if account is not None and account.user == user:
            refusals.append(f"{self.subject} already leads to {user}.")
        return refusals

    def _effects(self, lms: LMS, account: LMSAccount | None, user: User | None) -> Sequence[Effect]:
        pair = {"lms": lms, "subject": self.subject}
        effects: list[Effect] = []
        if user is not None and is_declared_wrong(lms.pk, self.subject, user.pk):
            effects.append(Remove(DeclaredWrong.objects.filter(**pair, user=user)))
        if (
            account is not None
            and self.declare_wrong
            and not is_declared_wrong(lms.pk, self.subject, account.user_id)
        ):
            effects.append(Create(DeclaredWrong, {**pair, "user": account.user}))
        if account is None:
            effects.append(Create(LMSAccount, {**pair, "user": user, "lms_user_id": self.lms_user_id}))
            return effects
        row = LMSAccount.objects.filter(pk=account.pk)
        effects.append(Update(row, {"user": user, "lms_user_id": self.lms_user_id}) if user else Remove(row))
        return effects


def _warnings(user: User | None) -> list[str]:
    if user is None or user.access_level == AccessLevel.LEARNER:
        return []
    return [f"{user} is no learner: whoever launches with this LMS account acts with the rights of {user}."]
