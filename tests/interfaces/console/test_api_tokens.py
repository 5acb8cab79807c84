"""The pages of API tokens: what a super user sees, and a secret that is shown once."""

import re
from datetime import timedelta

from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from rollbook.people.access import TOKEN_RIGHTS, Right
from rollbook.people.api_tokens import ApiToken, token_actor
from tests.cast import Cast, token
from tests.interfaces.console.conftest import Browsers, confirm

CREATE = "/console/api-tokens/create/"
ENTERED = {"name": "HR export", "rights": ["users:view", "users:edit"], "expires_on": "2999-01-31"}


def test_creating_one_shows_a_secret_that_works_and_is_never_shown_again(at: Browsers, cast: Cast) -> None:
    page = confirm(at.alice, CREATE, **ENTERED, location_id=cast.oak.pk)
    secret = re.search(r"rollbook_[\w-]{43}", page.content.decode())
    assert secret
    assert page["Cache-Control"] == "no-store"
    assert all(f"/api/v1{docs}<" in page.text for docs in ("", "/docs"))
    acting = token_actor(secret.group())
    assert acting
    assert (acting.label, acting.location_id, sorted(acting.rights)) == (
        "HR export",
        cast.oak.pk,
        ["users:edit", "users:view"],
    )
    assert secret.group() not in at.alice.get("/console/api-tokens/").content.decode()


def test_one_for_an_identity_provider_is_given_its_address_and_what_it_lacks_is_said(at: Browsers) -> None:
    entered = {"name": "entra", "rights": ["scim:connect", "users:create", "users:edit"]}
    warning = "Without users:deactivate and users:retrieve some of what an identity provider sends is refused"
    assert warning in at.alice.post(CREATE, entered).text
    assert "/scim/v2</code>" in confirm(at.alice, CREATE, **entered).text
    whole = {**entered, "rights": [*entered["rights"], "users:deactivate", "users:retrieve"]}
    assert "is refused" not in at.alice.post(CREATE, whole).text


def test_each_right_is_there_with_what_it_lets_a_system_do(at: Browsers) -> None:
    labels = dict(at.alice.get(CREATE).context["form"]["rights"].field.choices)
    assert all(label.startswith(f"{right}: ") for right, label in labels.items())
    # No address of the API or of SCIM asks for these.
    assert TOKEN_RIGHTS - labels.keys() == {Right.LAUNCHES_TRY, Right.LMS_VIEW, Right.CATALOGUE_VIEW}


def test_pressing_the_button_twice_makes_one_token_and_shows_no_other_secret(at: Browsers) -> None:
    plan = at.alice.post(CREATE, ENTERED).context["plan"]
    sent = {**ENTERED, "step": "apply", "fingerprint": plan.fingerprint, "plan_key": plan.key}
    at.alice.post(CREATE, sent)
    again = at.alice.post(CREATE, sent, follow=True)
    assert ApiToken.objects.count() == 1
    assert "rollbook_" not in re.sub(r"rollbook_…", "", again.content.decode())


def test_what_stands_against_it_is_said_beside_its_field(at: Browsers, cast: Cast) -> None:
    page = at.alice.post(CREATE, {**ENTERED, "rights": ["lms:edit"], "location_id": cast.oak.pk})
    assert page.status_code == 422
    assert "concerns no location" in page.context["form"].errors["location_id"][0]


def test_the_list_says_which_do_not_work_and_why(at: Browsers, cast: Cast) -> None:
    token(cast, "users:view", name="of Dora", created_by=cast.dora)
    page = at.alice.get("/console/api-tokens/").content.decode()
    assert "Its creator is inactive" in page
    assert "never" in page


def test_the_list_says_when_each_was_last_used(at: Browsers, cast: Cast) -> None:
    made, secret = token(cast, "locations:view")
    token(cast, "locations:view", name="unused")

    def last_used() -> dict[str, str]:
        page = at.alice.get("/console/api-tokens/").content.decode()
        rows = re.findall(
            r'class="fw-medium">(.*?)</span>.*?data-label="Last used">(.*?)</td>', page, re.DOTALL
        )
        return {name: strip_tags(cell).replace("\xa0", " ") for name, cell in rows}

    assert last_used() == {"nightly": "never", "unused": "never"}
    assert Client().get("/api/v1/locations", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
    assert last_used()["nightly"] != "never"
    # A column that no operation writes, and that is not guarded.
    ApiToken.objects.filter(pk=made.pk).update(last_used_at=timezone.now() - timedelta(hours=3, minutes=1))
    assert last_used() == {"nightly": "3 hours ago", "unused": "never"}


def test_revoking_one_ends_it(at: Browsers, cast: Cast) -> None:
    made, secret = token(cast, "users:view")
    page = confirm(at.alice, reverse("console:revoke_api_token", args=[made.pk]))
    assert "Revoked" in page.content.decode()
    assert token_actor(secret) is None
