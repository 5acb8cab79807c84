"""Linking, removing, declaring wrong; the queue and possible cross-links."""

import pytest
from django.urls import reverse

from rollbook.lms.models import DeclaredWrong, Launch, LMSAccount
from tests.cast import Cast
from tests.interfaces.console.conftest import Browsers, confirm


@pytest.fixture
def case(cast: Cast) -> Launch:
    """Return a launch of somebody who may be Bea, and waits."""
    return Launch.objects.create(
        reference="QQQQ-0001",
        lms=cast.hillside,
        deployment_id="1",
        subject="h-new",
        outcome="queued",
        user=cast.bea,
        claims={"sub": "h-new", "name": "Bea B.", "email": "bea.brown@example.org"},
    )


def test_an_account_is_linked_to_another_user_and_the_old_pair_declared_wrong(
    cast: Cast, at: Browsers
) -> None:
    where = reverse("console:link_lms_account", args=[cast.bens_account.pk])
    entered = {"user": "bea.brown@example.org", "declare_wrong": "on"}
    preview = at.carla.post(where, entered)
    shown = preview.context["hidden"]["lms_user_id"]
    assert shown in preview.text
    confirm(at.carla, where, **entered)
    account = LMSAccount.objects.get(lms=cast.hillside, subject="h-ben")
    assert account.user == cast.bea
    assert account.lms_user_id != "LMSBEN000001"
    assert DeclaredWrong.objects.filter(subject="h-ben", user=cast.ben).exists()


@pytest.mark.parametrize("text", ["nobody@example.org", "mallory.malik@example.org", "#0", ""])
def test_an_account_goes_only_to_a_user_in_scope(text: str, cast: Cast, at: Browsers) -> None:
    page = at.carla.post(reverse("console:link_lms_account", args=[cast.bens_account.pk]), {"user": text})
    assert page.status_code == 422
    assert page.context["form"].errors["user"]


def test_just_one_account_is_removed(cast: Cast, at: Browsers) -> None:
    confirm(at.carla, reverse("console:remove_lms_account", args=[cast.bens_account.pk]))
    assert not LMSAccount.objects.filter(user=cast.ben).exists()


def test_the_queue_shows_who_waits_and_why(case: Launch, at: Browsers) -> None:
    text = at.carla.get(reverse("console:queue")).text
    for shown in ("Bea B.", "h-new", "Link to Bea Brown", "Link to somebody else", "It is not Bea Brown"):
        assert shown in text
    assert at.lou.get(reverse("console:queue")).status_code == 403


def test_a_case_is_approved(case: Launch, cast: Cast, at: Browsers) -> None:
    page = confirm(at.carla, reverse("console:approve_launch", args=[case.pk]))
    assert LMSAccount.objects.get(subject="h-new").user == cast.bea
    assert "Nobody is waiting" in page.text
    assert at.carla.get(reverse("console:approve_launch", args=[case.pk])).status_code == 404, "it is decided"


def test_a_case_is_linked_to_somebody_else(case: Launch, cast: Cast, at: Browsers) -> None:
    confirm(at.carla, reverse("console:link_launch", args=[case.pk]), user="00123")
    assert LMSAccount.objects.get(subject="h-new").user == cast.ben


def test_a_case_is_declared_wrong_and_that_is_withdrawn(case: Launch, cast: Cast, at: Browsers) -> None:
    confirm(at.carla, reverse("console:declare_wrong", args=[case.pk]))
    declared = DeclaredWrong.objects.get(subject="h-new", user=cast.bea)
    assert "Nobody is waiting" in at.carla.get(reverse("console:queue")).text
    confirm(at.carla, reverse("console:withdraw_wrong", args=[declared.pk]))
    assert not DeclaredWrong.objects.filter(pk=declared.pk).exists()


def test_a_possible_cross_link_is_listed_until_it_is_settled(cast: Cast, at: Browsers) -> None:
    crossed = Launch.objects.create(
        reference="BBBB-0001",
        lms=cast.hillside,
        deployment_id="1",
        subject="h-ben",
        user=cast.ben,
        contradicts=cast.bea,
    )
    where = reverse("console:cross_links")
    assert "Ben Baker</a> is let in" in at.carla.get(where).text
    confirm(at.carla, reverse("console:declare_wrong", args=[crossed.pk]))
    assert DeclaredWrong.objects.filter(subject="h-ben", user=cast.bea).exists()
    assert "No possible cross-links" in at.carla.get(where).text
