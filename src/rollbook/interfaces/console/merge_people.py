"""The people of a merge side by side: what is known of each, and where they differ from the Primary."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Max
from django.utils.safestring import SafeString

from rollbook.common.text import counted
from rollbook.interfaces.web.markup import markup
from rollbook.interfaces.web.tags import TRAINING_COLOURS, access_badge, badge, when
from rollbook.lms.models import Launch, LMSAccount
from rollbook.people.models import AttributeValue, Identifier, User, UserAttribute
from rollbook.training.catalogue import RoleGrant
from rollbook.training.records import Certificate, Enrolment, Status, UserCompetency

Values = Sequence[str | SafeString]


@dataclass(frozen=True)
class Cell:
    """What is known of one person; `verdict` is "same" or "differs" beside the Primary, else ""."""

    user: User
    values: Values
    verdict: str = ""


@dataclass(frozen=True)
class Line:
    """One fact about each person, the Primary first. `key` marks what identifies them."""

    label: str
    cells: Sequence[Cell]
    key: bool = False


@dataclass(frozen=True)
class Part:
    """Lines that belong together."""

    title: str
    lines: Sequence[Line]


def side_by_side(people: Sequence[User]) -> list[Part]:
    """Return profile, identifiers, arrivals and training of all, with a constant number of queries.

    What nobody has is left out.
    """
    parts = (
        ("Profile", _profile(people)),
        ("Known by", _identifiers(people)),
        ("Arrivals", _arrivals(people)),
        ("Training", _training(people)),
    )
    return [
        Part(title, [line for line in lines if any(cell.values for cell in line.cells)])
        for title, lines in parts
    ]


def _line(
    label: str,
    people: Sequence[User],
    values: Mapping[int, Values],
    *,
    compared: bool = False,
    key: bool = False,
) -> Line:
    first = list(values.get(people[0].pk, ()))
    cells = []
    for user in people:
        own = list(values.get(user.pk, ()))
        judged = compared and user != people[0] and own and first
        cells.append(Cell(user, own, ("same" if own == first else "differs") if judged else ""))
    return Line(label, cells, key)


def _profile(people: Sequence[User]) -> list[Line]:
    def each(label: str, values: Mapping[int, Values]) -> Line:
        return _line(label, people, values, compared=True)

    attributes = _of_attributes(AttributeValue.objects.filter(user__in=people, attribute__key=False))
    return [
        each("First name", {user.pk: _some(user.first_name) for user in people}),
        each("Last name", {user.pk: _some(user.last_name) for user in people}),
        _line("E-mail", people, {user.pk: _some(user.email) for user in people}),
        *(each(attribute.label, values) for attribute, values in attributes),
        each("Location", {user.pk: [str(user.location)] for user in people}),
        each("Access level", {user.pk: [access_badge(user)] for user in people}),
        _line("Registered", people, {user.pk: [when(user.created_at)] for user in people}),
    ]


def _identifiers(people: Sequence[User]) -> list[Line]:
    found = _of_attributes(Identifier.objects.filter(user__in=people))
    return [
        *(_line(attribute.label, people, values, key=True) for attribute, values in found),
        _line("ID", people, {user.pk: [f"#{user.pk}"] for user in people}),
    ]


def _of_attributes(rows: Any) -> list[tuple[UserAttribute, dict[int, list[str]]]]:
    found: dict[UserAttribute, dict[int, list[str]]] = {}
    for row in rows.select_related("attribute").order_by("attribute__position", "attribute__label", "pk"):
        found.setdefault(row.attribute, defaultdict(list))[row.user_id].append(row.value)
    return list(found.items())


def _arrivals(people: Sequence[User]) -> list[Line]:
    accounts: dict[int, list[SafeString]] = defaultdict(list)
    for account in (
        LMSAccount.objects.filter(user__in=people).select_related("lms").order_by("lms__name", "pk")
    ):
        drawn = markup("{} {}", badge(account.lms.name, "azure"), account.subject)
        accounts[account.user_id].append(drawn)
    launches = Launch.objects.filter(user__in=people).order_by().values_list("user").annotate(last=Max("at"))
    last = dict(launches)
    return [
        _line("LMS accounts", people, accounts),
        _line("Last launch", people, {user.pk: [when(last.get(user.pk))] for user in people}),
        _line("Last sign-in", people, {user.pk: [when(user.last_login)] for user in people}),
    ]


def _training(people: Sequence[User]) -> list[Line]:
    rows = Enrolment.objects.filter(user__in=people).values_list("user", "current", "status")
    counts = Counter(rows.order_by())
    courses: dict[int, list[SafeString]] = defaultdict(list)
    for user in people:
        for status in reversed(Status):
            if number := counts[user.pk, True, status]:
                courses[user.pk].append(badge(f"{number:,} {status.label.lower()}", TRAINING_COLOURS[status]))
        if number := sum(counts[user.pk, False, status] for status in Status):
            courses[user.pk].append(badge(f"{number:,} historical"))
    return [
        _line("Courses", people, courses),
        _line("Certificates", people, _numbers(Certificate.objects.filter(user__in=people), "certificate")),
        _line(
            "Competencies", people, _names(UserCompetency.objects.filter(user__in=people), "competency__name")
        ),
        _line(
            "Content roles", people, _names(RoleGrant.objects.filter(user__in=people), "content_role__name")
        ),
    ]


def _numbers(rows: Any, thing: str) -> dict[int, list[str]]:
    return {
        user: [counted(number, thing)]
        for user, number in Counter(rows.order_by().values_list("user", flat=True)).items()
    }


def _names(rows: Any, name: str) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for user, value in rows.order_by(name, "pk").values_list("user", name):
        found[user].append(value)
    return found


def _some(*values: str) -> list[str]:
    return [value for value in values if value]
