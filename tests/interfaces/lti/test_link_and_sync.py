"""Link and sync users, sentence by sentence as the guide that users know has it ("OttoLearn" is Rollbook).

Where Rollbook does more than a sentence asks, the tests of that part say so: `tests/operations/test_arrive.py` (who is
it?), `test_import_users.py` and `test_link_users.py` (spreadsheets), `tests/interfaces/api` and `tests/interfaces/scim`
(automatic sync), `tests/interfaces/console/test_user_pages.py` (the Attributes tab).
"""

from typing import Any

import pytest
from django.http import HttpResponse
from django.urls import reverse

from rollbook.lms.claim_values import LTI
from rollbook.lms.models import LMS, Launch, LMSAccount
from rollbook.operations.link_users import LinkUsers
from rollbook.people.access import actor_for
from rollbook.people.importing.models import ImportFile
from rollbook.people.models import Identifier, User, UserAttribute
from tests.cast import Cast, outside_the_ledger, token
from tests.interfaces.api.conftest import Caller
from tests.interfaces.conftest import SignIn
from tests.interfaces.console.conftest import confirm
from tests.interfaces.lti.conftest import Browser
from tests.operations.doing import do
from tests.operations.import_cases import sent

# Of the guide's own picture.
NUMBER = "25499339"


def arrive(window: Browser, cast: Cast, number: str | None = NUMBER, **claims: Any) -> HttpResponse:
    """Launch from Valley, which matches by student ID and creates nobody, as Ann, whom nobody knows yet."""
    names = {"given_name": "Ann", "family_name": "Abbott", "email": None}
    return window.arrive(
        cast.valley,
        **{"sub": "v-ann", "aud": "valley", **names, LTI + "lis": {"person_sourcedid": number}, **claims},
    )


def whom_it_led_to() -> User | None:
    return Launch.objects.latest("id").user


def test_your_lms_will_pass_over_a_student_id_first_name_and_last_name(cast: Cast, window: Browser) -> None:
    """The guide.

    "When you launch an OttoLearn course from your LMS, your LMS will pass over a student ID, first name, and last name
    to the OttoLearn system."
    """
    with outside_the_ledger():
        LMS.objects.filter(pk=cast.valley.pk).update(when_missing=LMS.WhenMissing.CREATE)
    assert arrive(window, cast).status_code == 302
    ann = whom_it_led_to()
    assert ann is not None
    assert (ann.first_name, ann.last_name) == ("Ann", "Abbott")
    assert [held.value for held in ann.identifiers.all()] == [NUMBER]


@pytest.mark.parametrize("attribute", ["student_id", "another"])
def test_the_learner_is_found_whose_username_attribute_has_the_student_id(
    cast: Cast, window: Browser, attribute: str
) -> None:
    """The guide.

    "It does this by looking through your OttoLearn users to find one where the student ID (passed from the LMS)
    matches a value in one of your Username attributes (fields), denoted with a key."

    "If you wish, it is also possible to create additional Username attributes."
    """
    with outside_the_ledger():
        other = UserAttribute.objects.create(code="another", label="Number at the college", key=True)
        held = other if attribute == "another" else cast.student_id
        Identifier.objects.create(attribute=held, user=cast.bea, value=NUMBER)
        matchers = [["lis.person_sourcedid", "student_id"], ["lis.person_sourcedid", "another"]]
        LMS.objects.filter(pk=cast.valley.pk).update(matchers=matchers)
    assert arrive(window, cast).status_code == 302
    assert whom_it_led_to() == cast.bea
    assert LMSAccount.objects.get(lms=cast.valley).user == cast.bea


def test_if_no_matching_learner_is_found_an_error_message_is_displayed(cast: Cast, window: Browser) -> None:
    """The guide.

    "If OttoLearn cannot find a matching learner, then an error message will be displayed."
    """
    page = arrive(window, cast)
    assert page.status_code == 403
    for shown in (f'<dt>Student ID</dt><dd class="text-break">{NUMBER}</dd>', "Abbott", "Ann"):
        assert shown in page.text
    assert Launch.objects.latest("id").reference in page.text
    assert not User.objects.filter(first_name="Ann").exists()
    for number, told in (
        (None, "(not sent)"),
        ("$Person.sourcedId", "(a variable that the LMS did not fill in)"),
    ):
        assert told in arrive(window, cast, number).text


def test_before_learners_can_launch_each_exists_with_the_right_id_which_is_entered_by_hand(
    cast: Cast, window: Browser, signed_in: SignIn
) -> None:
    """The guide.

    "Therefore, before learners can launch Ottolearn from your LMS, you must ensure that each learner exists in
    OttoLearn with the right ID entered in the Username attribute."

    "To manually link your LMS users to OttoLearn, you will need to enter their LMS student ID into an OttoLearn
    Username attribute. This field is denoted by a key icon."
    """
    assert arrive(window, cast).status_code == 403
    console, edit = signed_in(cast.carla), reverse("console:edit_user", args=[cast.dora.pk])
    with outside_the_ledger():
        User.objects.filter(pk=cast.dora.pk).update(status=User.Status.ACTIVE)
    form = console.get(edit).context["form"]
    assert "#key" in str(form["attributes.student_id"].label)
    assert "#key" not in str(form["attributes.employee_id"].label)
    entered = {"first_name": "Dora", "location_id": str(cast.oak.pk), "access_level": "learner"}
    confirm(console, edit, **{**entered, "attributes.student_id": NUMBER})
    assert arrive(window, cast).status_code == 302
    assert whom_it_led_to() == cast.dora


def test_the_attributes_tab_has_a_send_notifications_checkbox_that_is_checked_off(
    cast: Cast, signed_in: SignIn
) -> None:
    """The guide.

    "The Attributes tab is shown along with the following fields. ID, last name, first name, email address, and
    username. There is also a Send Notifications checkbox that is checked off."
    """
    console = signed_in(cast.carla)
    assert ">Attributes</a>" in console.get(reverse("console:user", args=[cast.ben.pk])).text
    box = str(
        console.get(reverse("console:edit_user", args=[cast.ben.pk])).context["form"]["send_notifications"]
    )
    assert 'type="checkbox"' in box
    assert "checked" in box


def test_users_created_in_the_lms_are_created_by_the_api_with_the_correct_student_id(
    cast: Cast, window: Browser
) -> None:
    """The guide.

    "We recommend using our API to set up an automatic user sync between your LMS and OttoLearn. This will ensure
    that any users you create in your LMS will automatically be created in OttoLearn with the correct student ID."
    """
    sync = Caller(token(cast, "users:create", "users:view", location=cast.oak)[1])
    body = {"first_name": "Ann", "location_id": cast.oak.pk, "attributes": {"student_id": [NUMBER]}}
    made = sync("POST", "/users", body)
    assert made.status_code == 201, made.content
    assert arrive(window, cast).status_code == 302
    ann = whom_it_led_to()
    assert ann is not None
    assert (ann.pk, ann.first_name) == (made.json()["id"], "Ann")


@pytest.mark.parametrize(("column", "unique"), [("Email", "ben.baker@example.org"), ("Employee ID", "E-7")])
def test_a_batch_update_takes_a_spreadsheet_with_a_unique_attribute_and_the_student_id(
    cast: Cast, window: Browser, column: str, unique: str
) -> None:
    """The guide.

    "Our Support Team can help you do a free batch update of your users. All we need is a spreadsheet that contains
    one row per user. Each row should include a unique attribute for the user, such as Email or Employee ID, and the
    student ID that will link them with your LMS."
    """
    carla = actor_for(cast.carla)
    file = sent(carla, f"{column},Student ID", (unique, NUMBER), kind=ImportFile.Kind.LINK)
    operation = LinkUsers(file_id=file.pk)
    operation.prepare(carla)
    do(cast.carla, operation)
    assert arrive(window, cast).status_code == 302
    assert whom_it_led_to() == cast.ben
