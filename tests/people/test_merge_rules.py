"""Each table that points at a user says what a merge does with it (DESIGN 2.8, CASES 26)."""

import pytest
from django.apps import apps
from django.db.models import ForeignObjectRel

from rollbook.people.merge_rules import MergeRule
from rollbook.people.merging import UndeclaredReference, references
from rollbook.people.models import User
from rollbook.training.records import Enrolment


def test_a_new_table_that_points_at_users_and_says_nothing_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(Enrolment, "ON_MERGE")
    with pytest.raises(UndeclaredReference, match=r"Enrolment\.user"):
        list(references())


def test_every_relation_of_the_user_model_has_its_rule() -> None:
    declared = {(model, field) for model, field, rule in references() if isinstance(rule, MergeRule)}
    relations = [r for r in User._meta.get_fields(include_hidden=True) if isinstance(r, ForeignObjectRel)]
    assert declared == {(r.related_model, r.field.name) for r in relations}


def test_no_rule_is_declared_for_a_field_that_is_not_there() -> None:
    declared = {(model, field) for model in apps.get_models() for field in getattr(model, "ON_MERGE", {})}
    assert declared <= {(model, field) for model, field, _ in references()}
