"""One user's page, and creating, editing, deactivating and retrieving users."""

import re
from typing import Any

from django.test import Client
from django.urls import reverse

from rollbook.lms.models import DeclaredWrong, Launch
from rollbook.people.models import Identifier, User, UserAttribute
from tests.cast import Cast, outside_the_ledger
from tests.interfaces.console.conftest import Browsers, confirm

ENTERED = {
    "first_name": "Zoë",
    "last_name": "Ω",
    "email": "zoe@example.org",
    "access_level": "learner",
    "send_notifications": "on",
    "attributes.student_id": "00555\n00556",
}


def test_the_attributes_tab_shows_the_fields_and_which_of_them_identify(cast: Cast, at: Browsers) -> None:
    """The seed: "ID, last name, first name, email address, and username", "denoted with a key"."""
    text = at.lou.get(reverse("console:user", args=[cast.ben.pk])).text
    assert 'aria-current="page">Attributes</a>' in text
    titles = re.findall(r'"datagrid-title">([^<]+?)( <span title="A Username attribute|<)', text)
    assert [(title, key != "<") for title, key in titles[:8]] == [
        ("ID", False),
        ("Last name", False),
        ("First name", False),
        ("E-mail", False),
        ("Username", True),
        ("Employee ID", False),
        ("Student ID", True),
        ("Send notifications", False),
    ]
    for shown in ("ben.baker@example.org", "00123", "E-7", "(identifies the user)", "Oak"):
        assert shown in text


def test_the_page_offers_what_may_be_done_and_nothing_else(cast: Cast, at: Browsers) -> None:
    bens, carlas = (reverse("console:user", args=[who.pk]) for who in (cast.ben, cast.carla))
    assert "Reset LMS Accounts" in at.lou.get(bens).text
    assert "Deactivate" in at.carla.get(bens).text
    assert "Deactivate" not in at.carla.get(carlas).text


def test_lms_accounts_show_ids_and_declared_pairs(cast: Cast, at: Browsers) -> None:
    with outside_the_ledger():
        declared = DeclaredWrong.objects.create(lms=cast.valley, subject="v-99", user=cast.ben)
    where = reverse("console:user_lms_accounts", args=[cast.ben.pk])
    text = at.carla.get(where).text
    for shown in ("h-ben", "LMSBEN000001", "v-99", reverse("console:withdraw_wrong", args=[declared.pk])):
        assert shown in text
    assert "Remove just this one" not in at.lou.get(where).text, "a location manager may not link"


def test_a_possible_cross_link_is_said_on_the_page(cast: Cast, at: Browsers) -> None:
    for other, told in ((cast.bea, "Bea Brown"), (cast.mallory, "another user")):
        Launch.objects.create(
            reference=f"XX-{other.pk}",
            lms=cast.hillside,
            deployment_id="1",
            subject="h-ben",
            user=cast.ben,
            contradicts=other,
        )
        text = at.lou.get(reverse("console:user", args=[cast.ben.pk])).text
        assert "Possible cross-link" in text
        assert told in text
        assert "Mallory" not in text, "out of Lou's scope"


def test_launches_and_operations_of_a_user_are_listed(cast: Cast, at: Browsers) -> None:
    assert "AAAA-0001" in at.lou.get(reverse("console:user_launches", args=[cast.ben.pk])).text
    confirm(at.lou, reverse("console:deactivate_user", args=[cast.ben.pk]), reason="left")
    assert "Deactivate Ben Baker" in at.lou.get(reverse("console:user_operations", args=[cast.ben.pk])).text
    assert "Nothing was done" in at.lou.get(reverse("console:user_operations", args=[cast.bea.pk])).text


def test_a_user_is_created_with_a_preview(cast: Cast, at: Browsers) -> None:
    where, entered = reverse("console:create_user"), {**ENTERED, "location_id": str(cast.oak.pk)}
    preview = at.lou.post(where, entered)
    assert "Create the user Zoë Ω" in preview.text
    assert not User.objects.filter(email="zoe@example.org").exists()
    page = confirm(at.lou, where, **entered)
    made = User.objects.get(email="zoe@example.org")
    assert page.request["PATH_INFO"] == reverse("console:user", args=[made.pk])
    assert set(made.identifiers.values_list("value", flat=True)) == {"00555", "00556"}


def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(cast: Cast, at: Browsers) -> None:
    page = at.lou.post(
        reverse("console:create_user"),
        {
            **ENTERED,
            "location_id": str(cast.oak.pk),
            "email": "BEN.baker@example.org",
            "attributes.student_id": "00124",
        },
    )
    assert page.status_code == 422
    errors = page.context["form"].errors
    assert "belongs to Ben Baker" in errors["email"][0]
    assert "belongs to Bea Brown" in errors["attributes.student_id"][0]
    assert 'value="Zoë"' in page.text


def ways(page: Any, field: str) -> list[tuple[str, str]]:
    """Return (address, text) of the links beside a field."""
    return re.findall('<a href="([^"]+)">([^<]+)</a>', str(page.context["form"].errors[field]))


def edited(client: Client, user: User, **entered: str) -> Any:
    where = reverse("console:edit_user", args=[user.pk])
    initial = client.get(where).context["form"].initial
    texts = {name: str(value) for name, value in initial.items() if not isinstance(value, bool | list)}
    return client.post(where, {**texts, **entered})


def test_an_id_of_somebody_else_leads_to_them_and_to_a_merge_of_the_two(cast: Cast, at: Browsers) -> None:
    page = edited(at.carla, cast.ben, **{"attributes.student_id": "00124", "email": "bea.brown@example.org"})
    merge = f"{reverse('console:merge_user', args=[cast.ben.pk])}?user={cast.bea.pk}"
    for field in ("attributes.student_id", "email"):
        assert ways(page, field) == [
            (reverse("console:user", args=[cast.bea.pk]), "Look at Bea Brown"),
            (merge, "One person? Merge Bea Brown into Ben Baker"),
        ]
    assert 'class="ways"><a href=' in page.text
    review = at.carla.get(merge)
    assert "Merge Bea Brown into Ben Baker" in review.text


def test_the_way_to_a_merge_is_there_for_those_who_may_merge_both(cast: Cast, at: Browsers) -> None:
    look = [(reverse("console:user", args=[cast.bea.pk]), "Look at Bea Brown")]
    # Lou may not merge.
    assert (
        ways(edited(at.lou, cast.ben, **{"attributes.student_id": "00124"}), "attributes.student_id") == look
    )
    # Nobody is there yet who could be merged.
    new = {**ENTERED, "location_id": str(cast.oak.pk), "attributes.student_id": "00124"}
    assert ways(at.carla.post(reverse("console:create_user"), new), "attributes.student_id") == look
    # An inactive account is merged by nobody.
    with outside_the_ledger():
        User.objects.filter(pk=cast.bea.pk).update(status=User.Status.INACTIVE)
    page = edited(at.carla, cast.ben, **{"attributes.student_id": "00124"})
    assert ways(page, "attributes.student_id") == look
    assert "Bea Brown, who is inactive." in page.text


def test_nobody_beyond_the_scope_is_named_or_led_to(cast: Cast, at: Browsers) -> None:
    page = edited(at.carla, cast.ben, **{"attributes.student_id": "00999"})
    assert page.context["form"].errors["attributes.student_id"] == [
        "The student ID 00999 belongs to another user. Give another one, or ask somebody who sees both whether they are one person."
    ]
    assert "Mallory" not in page.text


def test_a_name_beside_a_field_is_shown_as_text(cast: Cast, at: Browsers) -> None:
    with outside_the_ledger():
        User.objects.filter(pk=cast.bea.pk).update(first_name="<b>Bea</b>")
    text = edited(at.carla, cast.ben, **{"attributes.student_id": "00124"}).text
    assert "Look at &lt;b&gt;Bea&lt;/b&gt; Brown" in text
    assert "<b>Bea" not in text


def test_attributes_of_every_kind_are_filled_in_on_the_form(cast: Cast, at: Browsers) -> None:
    """The seed: "it is also possible to create additional Username attributes"."""
    kinds = {"badge": "text", "year": "number", "since": "date", "shift": "choice"}
    for code, kind in kinds.items():
        draft = {"label": code.title(), "code": code, "kind": kind, "position": "50", "choices": "Day\nNight"}
        more = {"year": {"required": "on"}, "badge": {"key": "on"}}.get(code, {})
        confirm(at.alice, reverse("console:create_attribute"), **draft, **more)
    page = at.carla.get(reverse("console:edit_user", args=[cast.ben.pk]))
    fields = page.context["form"].fields
    assert fields["attributes.year"].required
    assert "Identifies the user" in fields["attributes.badge"].help_text
    assert fields["attributes.since"].widget.input_type == "date"
    assert [value for value, _ in fields["attributes.shift"].choices] == ["", "Day", "Night"]
    wrong = {"attributes.year": "soon", "attributes.since": "28.02.2026", "attributes.shift": "Noon"}
    errors = edited(at.carla, cast.ben, **wrong).context["form"].errors
    assert set(errors) == {"attributes.shift"}, "of these, the form itself knows what can be chosen"
    errors = edited(at.carla, cast.ben, **{**wrong, "attributes.shift": ""}).context["form"].errors
    assert set(errors) == {"attributes.year", "attributes.since"}
    right = {"attributes.year": "2026", "attributes.since": "2026-02-28", "attributes.shift": "Day"}
    edit = reverse("console:edit_user", args=[cast.ben.pk])
    texts = {"first_name": "Ben", "location_id": str(cast.oak.pk), "access_level": "learner"}
    confirm(at.carla, edit, **{**texts, **right, "attributes.badge": "B-1", "attributes.student_id": "00123"})
    text = at.carla.get(reverse("console:user", args=[cast.ben.pk])).text
    for value in ("B-1", "2026-02-28", "Day"):
        assert value in text
    assert Identifier.objects.get(value="B-1").user == cast.ben


def test_what_is_needed_is_marked_so(cast: Cast, at: Browsers) -> None:
    with outside_the_ledger():
        UserAttribute.objects.filter(code="student_id").update(required=True)
    page = at.lou.get(reverse("console:create_user"))
    marked = {field.name for field in page.context["form"] if field.field.required}
    assert marked == {"first_name", "attributes.student_id", "location_id", "access_level"}
    assert '<label class="form-label required" for="id_first_name">First name</label>' in page.text
    again = at.lou.post(reverse("console:create_user"), {**ENTERED, "first_name": " ", "location_id": ""})
    assert set(again.context["form"].errors) == {"first_name", "location_id"}


def test_a_manager_gives_neither_other_locations_nor_higher_levels(cast: Cast, at: Browsers) -> None:
    where = reverse("console:create_user")
    for entered in (
        {"location_id": cast.south.pk},
        {"location_id": cast.oak.pk, "access_level": "administrator"},
    ):
        page = at.lou.post(where, {**ENTERED, **{name: str(value) for name, value in entered.items()}})
        assert page.status_code == 422


def test_editing_previews_only_what_differs(cast: Cast, at: Browsers) -> None:
    where = reverse("console:edit_user", args=[cast.bea.pk])
    initial = at.lou.get(where).context["form"].initial
    entered = {name: str(value) for name, value in initial.items() if not isinstance(value, bool | list)}
    unchanged = at.lou.post(where, {**entered, "send_notifications": "on"})
    assert "Nothing would change" in unchanged.text
    changed = {
        **entered,
        "send_notifications": "on",
        "last_name": "Blue",
        "attributes.username": "bea\nbeatrice",
    }
    again = at.lou.post(where, {**changed, "step": "change", "reason": "She married."})
    assert again.context["form"]["last_name"].value() == "Blue"
    assert '<input type="hidden" name="reason" value="She married.">' in again.text
    confirm(at.lou, where, **changed)
    bea = User.objects.get(pk=cast.bea.pk)
    assert (bea.first_name, bea.last_name, bea.location) == ("Bea", "Blue", cast.oak)
    assert Identifier.objects.filter(user=bea, attribute=cast.username).count() == 2


def test_deactivated_users_can_be_retrieved(cast: Cast, at: Browsers) -> None:
    confirm(at.lou, reverse("console:retrieve_user", args=[cast.dora.pk]))
    assert User.objects.get(pk=cast.dora.pk).is_active
    again = at.lou.get(reverse("console:retrieve_user", args=[cast.dora.pk]))
    assert "is active already" in again.text
