"""Where LMS accounts that are removed would land at their next launch."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import OuterRef, QuerySet, Subquery

from rollbook.lms.arrival import decide
from rollbook.lms.decision import Decision, Outcome
from rollbook.lms.facts import Supposing
from rollbook.lms.models import Launch, LMSAccount
from rollbook.lms.wording import because, outcome_of


@dataclass(frozen=True)
class Landing:
    """Where one LMS account would land, by its last launch. `decision` is None where it never launched."""

    account: LMSAccount
    decision: Decision | None

    @property
    def same_user(self) -> bool:
        """Say whether its next launch leads to the same user again, at once or after a proof."""
        return (
            self.decision is not None
            and self.decision.outcome in {Outcome.MATCHED, Outcome.PROOF_ASKED, Outcome.QUEUED}
            and self.decision.person is not None
            and self.decision.person.id == self.account.user_id
        )

    @property
    def linked_again(self) -> bool:
        """Say whether its next launch links the same user again without anybody being asked."""
        return self.same_user and self.decision is not None and self.decision.links

    @property
    def sentence(self) -> str:
        """Return it in plain words."""
        if self.decision is None:
            return "it never launched, so nobody knows where its first launch would lead"
        again = " again" if self.linked_again else ""
        why = because(self.decision)
        return f"its next launch would {outcome_of(self.decision)}{again}{', ' + why if why else ''}"


def landings(accounts: QuerySet[LMSAccount], declared: Collection[int] = ()) -> list[Landing]:
    """Return where each account would land once all of `accounts` are removed, by id.

    `declared` are ids of accounts whose LMS's id is declared not to be their user. Two queries, and one for each
    account that ever launched.
    """
    last = Launch.objects.filter(lms=OuterRef("lms"), subject=OuterRef("subject")).order_by("-id")
    found = list(
        accounts.select_related("lms", "user")
        .annotate(last_launch=Subquery(last.values("pk")[:1]))
        .order_by("pk")
    )
    launches = Launch.objects.in_bulk([account.last_launch for account in found if account.last_launch])
    removed = frozenset(account.pk for account in found)
    lands = []
    for account in found:
        launch = launches.get(account.last_launch)
        if launch is None:
            lands.append(Landing(account, None))
            continue
        supposing = Supposing(removed, frozenset({account.user_id} if account.pk in declared else ()))
        lands.append(
            Landing(account, decide(account.lms, account.subject, launch.claims, supposing=supposing))
        )
    return lands
