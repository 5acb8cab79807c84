"""What a merge is about to do, in words, and what should make an administrator think twice."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from typing import Any

from django.db.models import Count, Max, OuterRef, QuerySet, Subquery, Value
from django.utils import timezone
from django.utils.timesince import timesince

from rollbook.common.pagination import with_ids
from rollbook.common.text import counted, listed
from rollbook.ledger.operation import Note
from rollbook.lms.models import DeclaredWrong, Launch, LMSAccount
from rollbook.people.models import AccessLevel, AttributeValue, Identifier, User, UserAttribute
from rollbook.training.catalogue import RoleGrant
from rollbook.training.merging import MergedCourse, merged_courses
from rollbook.training.records import Certificate, Enrolment, Status, UserCompetency

Merge = tuple[User, Sequence[User]]
LATELY = timedelta(hours=2)
# Two spellings of one name are more alike than this (Ann Lee and Anne Leigh: 0.7); strangers are less.
ALIKE = 0.6
MOVING = (
    (Certificate, "certificate", "certificates", "of two for one course the better is shown as current"),
    (UserCompetency, "competency", "competencies", "of two alike the better is shown as current"),
    (RoleGrant, "content role", "content roles", "what the Primary has already stays where it is"),
    (LMSAccount, "LMS account", "LMS accounts", "whoever launches with it is the Primary from now on"),
    (Identifier, "identifier", "identifiers", "whoever is known by it is the Primary from now on"),
)


def notes_of(primary: User, duplicates: Sequence[User]) -> Iterator[Note]:
    """Say what stays, course by course which enrolment is current and why, what moves, and what is revoked."""
    yield Note(f"{primary} keeps profile, sign-in and location", "the Primary remains")
    for course in merged_courses([primary.pk, *(user.pk for user in duplicates)]):
        yield Note(course_in_words(course), course.why)
    for number, (_, one, many, why) in zip(_numbers(primary, duplicates), MOVING, strict=True):
        if number:
            yield Note(f"{counted(number, one, many)} of {_names(duplicates)}", why)
    for user in duplicates:
        yield Note(f"{user} becomes inactive and is signed out everywhere", f"merged into {primary}")
        if user.level != AccessLevel.LEARNER:
            yield Note(
                f"{user} is no {user.get_access_level_display().lower()} any more", "rights never travel"
            )


def _numbers(primary: User, duplicates: Sequence[User]) -> tuple[int | None, ...]:
    """Return how many rows of each of MOVING are the duplicates', in one query."""
    rows = (model._default_manager.filter(user__in=duplicates).order_by() for model, *_ in MOVING)
    counts = (Subquery(of.values(one=Value(1)).annotate(number=Count("pk")).values("number")) for of in rows)
    numbers: tuple[int | None, ...] = User.objects.filter(pk=primary.pk).values_list(*counts).get()
    return numbers


def course_in_words(course: MergedCourse) -> str:
    """Return "Fire safety: Ben Baker’s, completed, is current; Bea Brown’s, in progress, becomes historical"."""
    parts = [f"{_whose(course.kept)} is current"] if course.kept else []
    if course.overruled:
        whose = listed([_whose(each) for each in course.overruled])
        parts.append(f"{whose} {'becomes' if len(course.overruled) == 1 else 'become'} historical")
    if course.history:
        parts.append(f"{counted(len(course.history), 'historical enrolment')} of the duplicate moved")
    return f"{course.course}: {'; '.join(parts)}"


def warnings_of(primary: User, duplicates: Sequence[User]) -> list[str]:
    """Say what makes it doubtful that they are one person, and what happens to somebody who is at work."""
    return warnings_for([(primary, duplicates)])[primary.pk]


def warnings_for(merges: Sequence[Merge]) -> dict[int, list[str]]:
    """Return the warnings of each Primary, by id, with three queries whatever the number of merges."""
    people = [user.pk for primary, duplicates in merges for user in (primary, *duplicates)]
    found = _Found(with_ids(User.objects.all(), people))
    return {primary.pk: list(_warnings(primary, duplicates, found)) for primary, duplicates in merges}


class _Found:
    """What the register holds for and against: dates, pairs declared wrong with who holds them now, last launches."""

    def __init__(self, people: "QuerySet[User]") -> None:
        self.dates: dict[int, list[AttributeValue]] = defaultdict(list)
        self.declared: dict[int, list[tuple[DeclaredWrong, int]]] = defaultdict(list)
        ids = people.order_by().values("pk")
        dates = AttributeValue.objects.filter(user__in=ids, attribute__kind=UserAttribute.Kind.DATE)
        for value in dates.select_related("attribute", "user").order_by("attribute", "pk"):
            self.dates[value.user_id].append(value)
        account = LMSAccount.objects.filter(lms=OuterRef("lms"), subject=OuterRef("subject"))
        # Rows with one column more.
        pairs: Iterable[Any] = (
            DeclaredWrong.objects.filter(user__in=ids)
            .annotate(holder=Subquery(account.values("user")))
            .select_related("lms", "user")
            .order_by("pk")
        )
        for pair in pairs:
            self.declared[pair.user_id].append((pair, pair.holder))
        launches = Launch.objects.filter(user__in=ids).order_by().values_list("user")
        self.launched: dict[int | None, datetime] = dict(launches.annotate(last=Max("at")))


def _warnings(primary: User, duplicates: Sequence[User], found: _Found) -> Iterator[str]:
    for user in duplicates:
        if SequenceMatcher(None, _folded(primary), _folded(user)).ratio() < ALIKE:
            yield f"The names differ widely: {primary} and {user}. Are they the same person?"
        if user.level.rank > primary.level.rank:
            level, less = (u.get_access_level_display().lower() for u in (user, primary))
            yield f"{user} is {level} and {primary} is {less}. Nothing of those rights goes to {primary}."
    # Two birthdays are two people; any other date is worth a look as well.
    mine = {value.attribute_id: value.value for value in found.dates[primary.pk]}
    for value in (value for user in duplicates for value in found.dates[user.pk]):
        if (other := mine.get(value.attribute_id, value.value)) != value.value:
            yield f"{value.attribute}: {primary} has {other}, {value.user} {value.value}. Are they the same person?"
    people = [primary.pk, *(user.pk for user in duplicates)]
    for pair in (pair for pk in people for pair, holder in found.declared[pk] if holder in people):
        yield (
            f"An administrator declared that {pair.subject} of {pair.lms} is not {pair.user}, and this merge says that it "
            "is. If you are sure, withdraw the declaration afterwards (LMS accounts of the Primary)."
        )
    for user in duplicates:
        seen = max((at for at in (user.last_login, found.launched.get(user.pk)) if at), default=None)
        if seen and timezone.now() - seen < LATELY:
            ago = timezone.now() - seen
            when = "just now" if ago < timedelta(minutes=1) else f"{timesince(seen, depth=1)} ago"
            yield f"{user} was here {when} and may be at work: open pages of that account end with the merge."


def _whose(enrolment: Enrolment) -> str:
    return f"{enrolment.user}’s, {Status(enrolment.status).label.lower()},"


def _names(users: Sequence[User]) -> str:
    return listed([user.full_name for user in users[:3]], len(users))


def _folded(user: User) -> str:
    return " ".join(sorted(user.full_name.casefold().split()))
