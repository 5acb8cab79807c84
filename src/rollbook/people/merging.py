"""What a merge does with everything that points at a user, each table by the rule that it declares."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.contrib.postgres.functions import RandomUUID
from django.db.models import ForeignKey, Model

from rollbook.ledger.effects import Effect, Update
from rollbook.people.merge_rules import MergeRule, People, Revoke, Stay
from rollbook.people.models import AccessLevel, User


class UndeclaredReference(Exception):
    """A field points at a user, and its model does not say in ON_MERGE what a merge does with it."""


# The ledger knows no domain, so that its references are declared here.
ACTED = Stay("it names who acted")
OF_THE_LEDGER = {"OperationRecord.actor_user": ACTED, "OperationJob.actor_user": ACTED}


def references() -> Iterator[tuple[type[Model], str, MergeRule]]:
    """Return (model, field, rule) for every reference to a user, in the order of the tables' names.

    Raises UndeclaredReference, naming the model and the field.
    """
    found = [
        (model, field)
        for model in sorted(apps.get_models(include_auto_created=True), key=lambda m: m._meta.db_table)
        for field in model._meta.concrete_fields
        if isinstance(field, ForeignKey) and field.related_model is User
    ]
    for model, field in found:
        declared = getattr(model, "ON_MERGE", {}).get(field.name)
        rule = declared or OF_THE_LEDGER.get(f"{model.__name__}.{field.name}")
        if rule is None:
            raise UndeclaredReference(f"{model.__name__}.{field.name}")
        yield model, field.name, rule


def merging(people: People) -> list[Effect]:
    """Return the effects of merging people[1:] into people[0], each table by the rule that it declares.

    The duplicates end as inactive learners; their sessions end for good, also where an undo makes them active again.
    """
    effects = [e for model, field, rule in references() for e in rule.effects(model, field, people)]
    duplicates = User.objects.filter(pk__in=people[1:])
    values = {
        "status": User.Status.INACTIVE,
        "merged_into_id": people[0],
        "access_level": AccessLevel.LEARNER,
        "session_salt": RandomUUID(),
        "merge_told": False,
    }
    return [*effects, Update(duplicates, values)]


@dataclass(frozen=True)
class Share:
    """How many of the duplicates' rows a merge moves to the Primary, leaves with the duplicate, and removes.

    `field` of `model` points at the user, by `rule`.
    """

    model: type[Model]
    field: str
    rule: MergeRule
    moved: int
    left: int
    removed: int

    @property
    def name(self) -> str:
        """Return "Enrolment.user"."""
        return f"{self.model.__name__}.{self.field}"


def shares(people: People) -> Iterator[Share]:
    """Return what a merge does with the duplicates' rows, for each reference that has any. Two queries each."""
    for model, field, rule in references():
        theirs = model._base_manager.filter(**{f"{field}__in": list(people[1:])})
        if not (rows := theirs.order_by().count()):
            continue
        effects = [e for e in rule.effects(model, field, people) if isinstance(e, Update)]
        moved = sum(e.count() for e in effects if f"{field}_id" in e.values)
        removed = rows if isinstance(rule, Revoke) else 0
        yield Share(model, field, rule, moved, rows - moved - removed, removed)
