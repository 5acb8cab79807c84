"""One user's page, and creating, editing, deactivating and retrieving users."""

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


def test_the_profile_shows_attributes_and_which_of_them_identify(cast: Cast, at: Browsers) -> None:
    text = at.lou.get(reverse("console:user", args=[cast.ben.pk])).text
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
    assert at.lou.post(where, {**changed, "step": "change"}).context["form"]["last_name"].value() == "Blue"
    confirm(at.lou, where, **changed)
    bea = User.objects.get(pk=cast.bea.pk)
    assert (bea.first_name, bea.last_name, bea.location) == ("Bea", "Blue", cast.oak)
    assert Identifier.objects.filter(user=bea, attribute=cast.username).count() == 2


def test_deactivated_users_can_be_retrieved(cast: Cast, at: Browsers) -> None:
    confirm(at.lou, reverse("console:retrieve_user", args=[cast.dora.pk]))
    assert User.objects.get(pk=cast.dora.pk).is_active
    again = at.lou.get(reverse("console:retrieve_user", args=[cast.dora.pk]))
    assert "is active already" in again.text
