"""Registering and editing an LMS."""

from dataclasses import replace
from typing import Any

import pytest
from pytest_django import Settings

from rollbook.ledger.errors import NotAllowed, NothingToDo
from rollbook.ledger.writer import apply, preview
from rollbook.lms.models import LMS
from rollbook.operations.save_lms import SaveLMS
from rollbook.operations.set_lms_enabled import SetLMSEnabled
from rollbook.people.access import actor_for
from rollbook.people.models import UserAttribute
from tests.cast import Cast, outside_the_ledger


def riverside(cast: Cast, **more: Any) -> SaveLMS:
    given: dict[str, Any] = {
        "name": " Riverside ",
        "issuer": "https://river.example.org",
        "client_id": "rollbook",
        "auth_url": "https://river.example.org/auth",
        "key_set_url": "https://river.example.org/jwks",
        "location_id": cast.south.pk,
        "deployment_ids": ("1", " 1 ", "", "2"),
        "policy": LMS.Policy.EMAIL,
        "email_domains": ("@Example.ORG", "example.org"),
    }
    return SaveLMS(**{**given, **more})


def save(cast: Cast, operation: SaveLMS) -> LMS:
    acting = actor_for(cast.alice)
    apply(preview(operation, acting=acting), acting=acting)
    return LMS.objects.get(name=operation.name.strip())


def test_a_named_policy_brings_its_own_rules(cast: Cast) -> None:
    made = save(cast, riverside(cast, matchers=(("sub", "username"),), when_missing="refuse"))
    assert (made.matchers, made.when_missing, made.email_domains) == (
        [["email", "email"]],
        "create",
        ["example.org"],
    )
    assert sorted(made.deployments.values_list("deployment_id", flat=True)) == ["1", "2"]


def test_a_matcher_that_was_left_empty_is_none(cast: Cast) -> None:
    given = (("", " "), ("sub", "username"), ("", ""))
    made = save(cast, riverside(cast, policy="custom", matchers=given))
    assert made.matchers == [["sub", "username"]]


def test_a_policy_that_matches_on_a_missing_attribute_is_refused_as_the_policy(cast: Cast) -> None:
    with outside_the_ledger():
        UserAttribute.objects.filter(code="student_id").update(key=False)
    problems = riverside(cast, policy="student_id").problems(actor_for(cast.alice))
    assert list(problems) == ["policy"]
    assert "no Username attribute “student_id”" in problems["policy"]


def test_only_what_differs_is_changed(cast: Cast) -> None:
    made = save(cast, riverside(cast))
    edit = replace(riverside(cast), lms_id=made.pk, deployment_ids=("2", "3"), contact="the help desk")
    plan = preview(edit, acting=actor_for(cast.alice))
    assert plan.counts == {
        "rollbook_lms": {"update": 1},
        "rollbook_deployment": {"remove": 1, "create": 1},
    }
    save(cast, edit)
    with pytest.raises(NothingToDo):
        save(cast, edit)


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"name": ""}, "The name is missing."),
        ({"name": "Hill\x07side"}, "characters that cannot be seen"),
        ({"name": "Valley"}, "Another LMS is called Valley."),
        (
            {"issuer": "https://lms.example.org", "client_id": "valley"},
            "Valley has this issuer and client id",
        ),
        ({"auth_url": "http://river.example.org"}, "The authentication request URL must start with https://"),
        ({"key_set_url": "javascript:alert(1)"}, "The key-set URL is not an address"),
        ({"token_url": "https://user:pw@river.example.org"}, "The token URL is not an address"),
        ({"location_id": 999_999}, "There is no location 999999."),
        ({"lms_id": 999_999}, "There is no LMS 999999."),
        ({"policy": "anything"}, "“anything” is none of email, student_id, explicit, custom"),
        ({"policy": "custom", "matchers": (("sub", "employee_id"),)}, "no Username attribute “employee_id”"),
        (
            {"policy": "custom", "matchers": (("", "email"),)},
            "The claim that is matched with “email” is missing",
        ),
        (
            {"policy": "custom", "matchers": (("", ""), ("sub", ""))},
            "Choose what the claim “sub” is matched on.",
        ),
        (
            {"policy": "custom", "matchers": (("sub", "username"), ("sub", "username"))},
            "matched with the same attribute twice",
        ),
        ({"email_domains": ("exämple.org",)}, "“exämple.org” is not an e-mail domain."),
    ],
)
def test_what_is_wrong_is_refused_by_name(
    cast: Cast, settings: Settings, more: dict[str, Any], refusal: str
) -> None:
    settings.ALLOW_INSIDE_ADDRESSES = False
    plan = preview(riverside(cast, **more), acting=actor_for(cast.alice))
    assert len(plan.refusals) == 1
    assert refusal in plan.refusals[0]


def test_addresses_without_https_are_for_the_demo(cast: Cast, settings: Settings) -> None:
    settings.ALLOW_INSIDE_ADDRESSES = True
    demo = riverside(cast, issuer="http://127.0.0.1:8001", auth_url="http://127.0.0.1:8001/auth")
    assert not preview(demo, acting=actor_for(cast.alice)).refusals


def test_dangerous_settings_are_warned_of(cast: Cast) -> None:
    plan = preview(riverside(cast, email_domains=(), deployment_ids=()), acting=actor_for(cast.alice))
    assert [warning.split()[0] for warning in plan.warnings] == ["Without", "Any"]
    moved = riverside(cast, lms_id=cast.hillside.pk, name="Hillside")
    assert "This LMS has 1 LMS accounts" in preview(moved, acting=actor_for(cast.alice)).warnings[-1]


def test_only_a_super_user_edits_an_lms(cast: Cast) -> None:
    for operation in (riverside(cast), SetLMSEnabled(lms_id=cast.hillside.pk, enabled=False)):
        with pytest.raises(NotAllowed):
            preview(operation, acting=actor_for(cast.carla))


def test_an_lms_is_switched_off_and_on_again(cast: Cast) -> None:
    acting = actor_for(cast.alice)
    for enabled in (False, True):
        apply(preview(SetLMSEnabled(lms_id=cast.hillside.pk, enabled=enabled), acting=acting), acting=acting)
        assert LMS.objects.get(pk=cast.hillside.pk).enabled is enabled
    with pytest.raises(NothingToDo):
        apply(preview(SetLMSEnabled(lms_id=cast.hillside.pk, enabled=True), acting=acting), acting=acting)
