"""Reading from the register, in one query, what the decision about a launch needs."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject, Lower

from rollbook.common.text import control_characters
from rollbook.lms.claim_values import EMAIL, Reading
from rollbook.lms.decision import Facts, Holding, Person
from rollbook.lms.models import LMS, DeclaredWrong, LMSAccount
from rollbook.people.models import AccessLevel, Identifier, User


@dataclass(frozen=True)
class Supposing:
    """A world that is not yet: these LMS accounts (ids) removed, these users (ids) declared wrong."""

    removed: frozenset[int] = frozenset()
    declared_wrong: frozenset[int] = frozenset()


AS_IT_IS = Supposing()


def gather(lms: LMS, subject: str, readings: Iterable[Reading], supposing: Supposing = AS_IT_IS) -> Facts:
    """Return whose LMS account it is and who holds the values that were sent."""
    sent = {reading.value for reading in readings if reading.value}
    emails = sorted({value.lower() for value in sent if "@" in value})
    values = sorted(sent | set(emails))
    # A subject that PostgreSQL may not be able to hold is nobody's.
    subject = "" if control_characters(subject) else subject
    accounts = LMSAccount.objects.filter(lms=lms).exclude(pk__in=supposing.removed)
    account = accounts.filter(subject=subject)
    users = _candidates(account, emails, values).annotate(
        own_account=Subquery(account.filter(user=OuterRef("pk")).values("pk")[:1]),
        other_account=Exists(accounts.filter(user=OuterRef("pk")).exclude(subject=subject)),
        wrong=Exists(DeclaredWrong.objects.filter(lms=lms, subject=subject, user=OuterRef("pk"))),
        identifiers_sent=ArraySubquery(
            Identifier.objects.filter(user=OuterRef("pk"), attribute__key=True, value__in=values)
            .order_by("pk")
            .values(data=JSONObject(code="attribute__code", label="attribute__label", value="value"))
        ),
    )
    holder, account_id, holdings = None, None, []
    for user in users.order_by("pk"):
        person = _person(
            user, wrong=user.wrong or user.pk in supposing.declared_wrong, other=user.other_account
        )
        if user.own_account is not None:
            holder, account_id = person, user.own_account
        if user.email and user.email.lower() in emails:
            holdings.append(Holding(person, EMAIL, "e-mail", user.email.lower()))
        holdings += [
            Holding(person, found["code"], found["label"], found["value"])
            for found in user.identifiers_sent or ()
        ]
    return Facts(holder, account_id, tuple(holdings))


def _candidates(account: QuerySet[LMSAccount], emails: list[str], values: list[str]) -> QuerySet[User]:
    # A union, because an OR over three tables would read every user.
    ids = account.order_by().values("user")
    if emails:
        by_email = User.objects.alias(folded=Lower("email")).filter(folded__in=emails).exclude(email="")
        ids = ids.union(by_email.values("pk"))
    if values:
        ids = ids.union(Identifier.objects.filter(attribute__key=True, value__in=values).values("user"))
    return User.objects.filter(pk__in=ids)


def _person(user: User, *, wrong: bool, other: bool) -> Person:
    return Person(
        id=user.pk,
        name=user.full_name,
        active=user.is_active,
        learner=user.access_level == AccessLevel.LEARNER,
        has_password=bool(user.password) and not user.password.startswith(UNUSABLE_PASSWORD_PREFIX),
        other_account=other,
        declared_wrong=wrong,
        merged_into=user.merged_into_id,
        row=user,
    )
