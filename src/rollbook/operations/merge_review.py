"""What a merge is about to do, for a page that shows all of it: course by course, and what moves, stays and ends."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rollbook.common.text import counted, listed
from rollbook.ledger.operation import Note
from rollbook.people.merge_rules import Stay
from rollbook.people.merging import Share, shares
from rollbook.people.models import AccessLevel, User
from rollbook.training.merged_earned import MergedEarned, merged_certificates, merged_competencies
from rollbook.training.merging import MergedCourse, merged_courses
from rollbook.training.records import Certificate, UserCompetency

# "Model.field" -> one, many, and what it means where it moves. Others are called as their tables are.
WORDS = {
    "Enrolment.user": ("enrolment", "enrolments", "with all attempts, scores and dates as they are"),
    "Certificate.user": ("certificate", "certificates", "of two for one course the better is shown"),
    "UserCompetency.user": ("competency", "competencies", "of two alike the better is shown"),
    "RoleGrant.user": ("content role", "content roles", ""),
    "LMSAccount.user": ("LMS account", "LMS accounts", "whoever launches with it is the Primary"),
    "Identifier.user": ("identifier", "identifiers", "whoever is known by it is the Primary"),
    "AttributeValue.user": ("user attribute", "user attributes", ""),
    "ManagedLocation.user": ("managed location", "managed locations", ""),
    "Launch.user": ("launch in the log", "launches in the log", ""),
    "Launch.contradicts": ("launch that named it", "launches that named it", ""),
    "OperationRecord.actor_user": ("operation in the history", "operations in the history", ""),
    "User.merged_into": ("account merged into it before", "accounts merged into it before", ""),
}
HELD = "the Primary has it already"
RIGHTS = "rights never travel"


@dataclass(frozen=True)
class Review:
    """All that a merge does, in the order in which somebody wants to know it.

    `contested` are courses on which one of several current enrolments stays current; `others` those of duplicates that
    move as they are. Notes say what becomes the Primary's, what stays with the duplicates, and what ends.
    """

    contested: Sequence[MergedCourse]
    others: Sequence[MergedCourse]
    earned: Sequence[MergedEarned[Certificate] | MergedEarned[UserCompetency]]
    moves: Sequence[Note]
    stays: Sequence[Note]
    ends: Sequence[Note]


def review_of(primary: User, duplicates: Sequence[User]) -> Review:
    """Read what a merge would do, with a constant number of queries."""
    people = [primary.pk, *(user.pk for user in duplicates)]
    courses = merged_courses(people)
    shared = sorted(shares(people), key=_place)
    return Review(
        contested=[course for course in courses if course.overruled],
        others=[course for course in courses if not course.overruled],
        earned=[*merged_certificates(people), *merged_competencies(people)],
        moves=[Note(_called(each, each.moved), _words(each)[2]) for each in shared if each.moved],
        stays=[
            Note("Name, e-mail address, password, location", "the Primary keeps its own"),
            *(Note(_called(each, each.left), _why_left(each)) for each in shared if each.left),
        ],
        ends=list(_ends(duplicates, shared)),
    )


def _ends(duplicates: Sequence[User], shared: Sequence[Share]) -> Iterator[Note]:
    yield Note("Sessions", "whoever is signed in there is signed out everywhere")
    yield Note("Signing in there", "the account becomes inactive; no launch or import brings it back")
    levels = [user.get_access_level_display() for user in duplicates if user.level != AccessLevel.LEARNER]
    if levels:
        yield Note(f"Access as {listed([level.lower() for level in levels])}", RIGHTS)
    yield from (Note(_called(each, each.removed), RIGHTS) for each in shared if each.removed)


def _place(share: Share) -> int:
    known = list(WORDS)
    return known.index(share.name) if share.name in WORDS else len(known)


def _words(share: Share) -> tuple[str, str, str]:
    meta = share.model._meta
    return WORDS.get(share.name, (str(meta.verbose_name), str(meta.verbose_name_plural), ""))


def _called(share: Share, number: int) -> str:
    one, many, _ = _words(share)
    return counted(number, one, many)


def _why_left(share: Share) -> str:
    return share.rule.why if isinstance(share.rule, Stay) else HELD
