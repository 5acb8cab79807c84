"""Launches, LMSs, locations and attributes."""

import json

import pytest
from django.urls import reverse
from pytest_django import Settings

from rollbook.lms.claim_values import LTI
from rollbook.lms.models import LMS, Launch, LMSAccount
from rollbook.people.models import AttributeValue, Location, User, UserAttribute
from tests.cast import Cast, outside_the_ledger
from tests.interfaces.console.conftest import Browsers, confirm


@pytest.mark.parametrize("typed", ["AAAA-0001", "aaaa0001", " AAAA 0001 "])
def test_a_launch_is_found_by_its_reference_however_it_was_copied(typed: str, at: Browsers) -> None:
    page = at.lou.get(reverse("console:launches"), {"reference": typed})
    assert len(page.context["table"].rows) == 1


def test_launches_are_filtered_and_scoped(cast: Cast, at: Browsers) -> None:
    where = reverse("console:launches")
    assert len(at.alice.get(where, {"user": "00123", "outcome": "known"}).context["table"].rows) == 1
    assert len(at.alice.get(where, {"lms": cast.valley.pk}).context["table"].rows) == 0
    assert len(at.sam.get(where).context["table"].rows) == 0


def test_a_launch_shows_what_was_sent_and_hides_who_is_out_of_scope(cast: Cast, at: Browsers) -> None:
    holder = {"user": cast.mallory.pk, "name": "Mallory Malik", "as": "e-mail"}
    matcher = {"claim": "email", "target": "email", "value": "m@example.org", "absent": "", "found": [holder]}
    launch = Launch.objects.create(
        reference="EEEE-0001",
        lms=cast.hillside,
        deployment_id="1",
        subject="h-e",
        outcome="known",
        user=cast.ben,
        claims={"email": "m@example.org", LTI + "lis": {"person_sourcedid": "00123"}},
        evidence={"matchers": [matcher], "several": []},
    )
    where = reverse("console:launch", args=[launch.pk])
    assert "Mallory Malik" in at.alice.get(where).text
    lous = at.lou.get(where).text
    assert "m@example.org" in lous
    assert "lis.person_sourcedid</dt>" in lous
    assert "Mallory" not in lous


def test_trying_a_launch_says_the_decision_and_writes_nothing(cast: Cast, at: Browsers) -> None:
    before = (Launch.objects.count(), LMSAccount.objects.count(), User.objects.count())
    entered = {"lms": cast.hillside.pk, "subject": "h-try", "email": "bea.brown@example.org"}
    page = at.carla.post(reverse("console:try_launch"), entered)
    assert "This launch would be linked to Bea Brown" in page.text
    raw = {
        "lms": cast.hillside.pk,
        "subject": "h-try",
        "claims": json.dumps({"email": "new@example.org", "name": "Nia"}),
    }
    assert "create a new user" in at.carla.post(reverse("console:try_launch"), raw).text
    assert before == (Launch.objects.count(), LMSAccount.objects.count(), User.objects.count())


def test_trying_a_launch_does_not_tell_who_lives_out_of_scope(cast: Cast, at: Browsers) -> None:
    entered = {"lms": cast.hillside.pk, "subject": "h-try", "email": "mallory.malik@example.org"}
    text = at.carla.post(reverse("console:try_launch"), entered).text
    assert "another user" in text
    assert "Mallory" not in text


@pytest.mark.parametrize("claims", ["{", "[]", "3", "[" * 10_000])
def test_claims_that_are_no_json_object_are_refused_with_the_reason(
    claims: str, cast: Cast, at: Browsers
) -> None:
    page = at.carla.post(
        reverse("console:try_launch"), {"lms": cast.hillside.pk, "subject": "x", "claims": claims}
    )
    assert page.status_code == 422
    assert "JSON" in page.context["form"].errors["claims"][0]


def test_an_lms_shows_what_to_copy_and_its_policy(cast: Cast, at: Browsers) -> None:
    text = at.carla.get(reverse("console:lms", args=[cast.hillside.pk])).text
    for shown in (
        "http://localhost/lti/launch",
        "http://localhost/lti/jwks.json",
        "https://lms.example.org",
        "@example.org",
    ):
        assert shown in text
    assert "Register LMS" not in at.carla.get(reverse("console:lmss")).text


def lakeside(cast: Cast) -> dict[str, str]:
    """Return what is entered to register another LMS."""
    return {
        "name": "Lakeside",
        "policy": "custom",
        "claim_0": "ext_user_username",
        "target_0": "username",
        "when_missing": "refuse",
        "when_unproven": "queue",
        "location_id": str(cast.north.pk),
        "issuer": "https://lakeside.example.org",
        "client_id": "42",
        "deployment_ids": "d1\nd2",
        "auth_url": "https://lakeside.example.org/auth",
        "key_set_url": "https://lakeside.example.org/jwks",
    }


def test_what_stands_against_an_lms_is_said_beside_its_field(
    cast: Cast, at: Browsers, settings: Settings
) -> None:
    settings.ALLOW_INSIDE_ADDRESSES = False
    wrong = {
        "auth_url": "http://lakeside.example.org/auth",
        "key_set_url": "lakeside",
        "email_domains": "example",
        "deployment_ids": "d" * 256,
        "claim_1": "sub",
        "target_2": "student_id",
    }
    page = at.alice.post(reverse("console:register_lms"), {**lakeside(cast), **wrong})
    assert page.status_code == 422
    errors = page.context["form"].errors
    assert set(errors) == set(wrong) - {"claim_1", "target_2"} | {"target_1", "claim_2"}
    assert "must start with https://" in errors["auth_url"][0]
    assert all(error in page.text for texts in errors.values() for error in texts)


def test_an_lms_that_is_there_already_is_said_beside_its_name_and_client_id(cast: Cast, at: Browsers) -> None:
    twin = {"name": "Hillside", "issuer": cast.hillside.issuer, "client_id": cast.hillside.client_id}
    page = at.alice.post(reverse("console:register_lms"), {**lakeside(cast), **twin})
    assert set(page.context["form"].errors) == {"name", "client_id"}


def test_an_lms_is_registered_edited_and_switched_off(cast: Cast, at: Browsers) -> None:
    entered = lakeside(cast)
    confirm(at.alice, reverse("console:register_lms"), **entered)
    lms = LMS.objects.get(name="Lakeside")
    assert lms.matchers == [["ext_user_username", "username"]]
    assert lms.deployments.count() == 2
    edit = reverse("console:edit_lms", args=[lms.pk])
    assert at.alice.get(edit).context["form"]["claim_0"].value() == "ext_user_username"
    confirm(at.alice, edit, **{**entered, "policy": "email", "email_domains": "example.org"})
    lms.refresh_from_db()
    assert (lms.matchers, lms.email_domains) == ([["email", "email"]], ["example.org"])
    confirm(at.alice, reverse("console:switch_lms", args=[lms.pk]))
    lms.refresh_from_db()
    assert not lms.enabled


def test_the_location_tree_is_changed_with_previews(cast: Cast, at: Browsers) -> None:
    confirm(at.carla, reverse("console:create_location"), name="Elm", parent_id=str(cast.north.pk))
    elm = Location.objects.get(name="Elm")
    confirm(at.carla, reverse("console:edit_location", args=[elm.pk]), name="Ash", parent_id=str(cast.oak.pk))
    elm.refresh_from_db()
    assert (elm.name, elm.parent) == ("Ash", cast.oak)
    assert "is not empty" in at.carla.get(reverse("console:remove_location", args=[cast.oak.pk])).text
    confirm(at.carla, reverse("console:remove_location", args=[elm.pk]))
    assert not Location.objects.filter(pk=elm.pk).exists()
    assert at.carla.get(reverse("console:edit_location", args=[cast.south.pk])).status_code == 404
    assert "South" not in at.lou.get(reverse("console:locations")).text


def test_a_location_cannot_be_moved_under_itself(cast: Cast, at: Browsers) -> None:
    where = reverse("console:edit_location", args=[cast.north.pk])
    page = at.alice.post(where, {"name": "North", "parent_id": str(cast.oak.pk)})
    assert page.status_code == 422
    assert "under itself" in page.text


def test_attributes_are_created_edited_and_removed(cast: Cast, at: Browsers) -> None:
    entered = {"label": "Badge", "code": "badge", "kind": "text", "position": "50"}
    confirm(at.alice, reverse("console:create_attribute"), **entered)
    badge = UserAttribute.objects.get(code="badge")
    edit = reverse("console:edit_attribute", args=[badge.pk])
    confirm(at.alice, edit, **{**entered, "key": "on", "code": "other"})
    badge.refresh_from_db()
    assert (badge.key, badge.code) == (True, "badge"), "the code never changes"
    confirm(at.alice, reverse("console:remove_attribute", args=[badge.pk]))
    assert not UserAttribute.objects.filter(code="badge").exists()
    again = at.alice.post(reverse("console:create_attribute"), {**entered, "code": "email"})
    assert "in use" in again.context["form"].errors["code"][0]


def test_the_list_of_attributes_leads_to_editing_and_removing_them_for_those_who_may(
    cast: Cast, at: Browsers
) -> None:
    page, other = (browser.get(reverse("console:attributes")).text for browser in (at.alice, at.carla))
    for attribute, removable in ((cast.student_id, True), (cast.username, False)):
        edit = f'href="{reverse("console:edit_attribute", args=[attribute.pk])}"'
        remove = f'href="{reverse("console:remove_attribute", args=[attribute.pk])}"'
        assert (edit in page, remove in page) == (True, removable)
        assert edit not in other
    assert "so super users create and edit them" in other
    assert "so super users create and edit them" not in page


def test_the_key_of_values_that_are_not_unique_is_refused_beside_its_box_with_who_clashes(
    cast: Cast, at: Browsers
) -> None:
    with outside_the_ledger():
        AttributeValue.objects.create(attribute=cast.employee_id, user=cast.bea, value="E-7")
    edit = reverse("console:edit_attribute", args=[cast.employee_id.pk])
    entered = {"label": "Employee ID", "kind": "text", "position": "20", "key": "on"}
    for step in ({}, {"step": "apply"}):
        page = at.alice.post(edit, {**entered, **step})
        assert page.status_code == 422
        (said,) = page.context["form"].errors["key"]
        ben, bea = (
            f'<a href="{reverse("console:user", args=[one.pk])}">#{one.pk}</a>'
            for one in (cast.ben, cast.bea)
        )
        assert said == (
            f"Ben Baker ({ben}) and Bea Brown ({bea}) have the employee ID E-7. "
            "A Username attribute&#x27;s values are unique: correct them first."
        )
    cast.employee_id.refresh_from_db()
    assert not cast.employee_id.key


def test_an_attribute_that_comes_with_rollbook_stays(cast: Cast, at: Browsers) -> None:
    page = at.alice.get(reverse("console:remove_attribute", args=[cast.username.pk]))
    assert "comes with Rollbook" in page.text
    assert 'value="apply"' not in page.text


def test_a_location_says_whether_its_learners_may_reset_and_shows_what_it_inherits(
    cast: Cast, at: Browsers
) -> None:
    entered = {"name": "North", "parent_id": "", "learners_may_reset": "no"}
    confirm(at.alice, reverse("console:edit_location", args=[cast.north.pk]), **entered)
    assert Location.objects.get(pk=cast.north.pk).learners_may_reset is False
    page = at.carla.get(reverse("console:edit_location", args=[cast.oak.pk]))
    assert "As the location above (no)" in page.text
    assert "As the location above (yes)" in at.alice.get(reverse("console:create_location")).text
