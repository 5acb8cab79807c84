"""Which of the users that a page names the actor may look at; the others are "another user"."""

from collections.abc import Iterable
from dataclasses import replace

from rollbook.lms.decision import Decision, Holding, Person
from rollbook.people.access import UserActor
from rollbook.people.models import User


def seen_of(actor: UserActor, ids: Iterable[int | None]) -> list[User]:
    """Return those of the users whom the actor may look at."""
    wanted = [pk for pk in ids if pk is not None]
    return list(actor.sees_users(User.objects.filter(pk__in=wanted)).order_by("pk")) if wanted else []


def seen_ids(actor: UserActor, ids: Iterable[int | None]) -> set[int]:
    """Return the ids of those of the users whom the actor may look at."""
    return {user.pk for user in seen_of(actor, ids)}


def hidden_names(decision: Decision, seen: set[int]) -> Decision:
    """Return a decision in which those who may not be named are "another user"."""

    def told(person: Person) -> Person:
        return person if person.id in seen else replace(person, name="another user")

    def holdings(rows: tuple[Holding, ...]) -> tuple[Holding, ...]:
        return tuple(replace(row, person=told(row.person)) for row in rows)

    return replace(
        decision,
        person=told(decision.person) if decision.person else None,
        contradicts=told(decision.contradicts) if decision.contradicts else None,
        several=tuple(map(told, decision.several)),
        findings=tuple(
            replace(f, direct=holdings(f.direct), crosswise=holdings(f.crosswise)) for f in decision.findings
        ),
    )
