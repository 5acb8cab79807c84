"""The one face of every operation, on the page of a reset and of an undo."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from rollbook.ledger import writer
from rollbook.ledger.models import OperationRecord, OperationSubject
from rollbook.lms.models import DeclaredWrong, LMSAccount
from rollbook.operations.award_completion import award
from rollbook.operations.edit_own_profile import EditOwnProfile
from rollbook.operations.edit_user import EditUser
from rollbook.operations.reset_lms_accounts import ResetLMSAccounts
from rollbook.people.access import actor_for, oneself
from rollbook.people.models import User
from rollbook.people.profile import Profile
from rollbook.training.records import Status
from tests.cast import Cast, outside_the_ledger
from tests.interfaces.console.conftest import Browsers, confirm
from tests.training.stage import furnish, state, study


@pytest.fixture
def reset(cast: Cast) -> str:
    """Return the address of the reset of Ben's LMS accounts."""
    return reverse("console:reset_lms_accounts", args=[cast.ben.pk])


def edit(cast: Cast, **values: str) -> OperationRecord:
    """Let Alice edit Bea."""
    alice = actor_for(cast.alice)
    operation = EditUser(user_id=cast.bea.pk, profile=Profile(**values))
    return writer.apply(writer.preview(operation, acting=alice), acting=alice)


def test_it_works(cast: Cast, at: Browsers, reset: str) -> None:
    page = confirm(at.lou, reset, reason="Lou saw Ben as Bea")
    assert not LMSAccount.objects.filter(user=cast.ben).exists()
    record = OperationRecord.objects.latest("pk")
    assert (record.verb, record.reason, record.actor_user) == (
        "reset_lms_accounts",
        "Lou saw Ben as Bea",
        cast.lou,
    )
    assert reverse("console:undo", args=[record.pk]) in page.text
    assert "Reset 1 LMS account of Ben Baker" in page.text


def test_it_checks_access(cast: Cast, at: Browsers, reset: str) -> None:
    assert at.mallory.get(reset).status_code == 403
    assert at.sam.get(reset).status_code == 404
    ours = reverse("console:reset_lms_accounts", args=[cast.lou.pk])
    assert at.lou.get(ours).status_code == 403, "Lou sees himself, and may not change his own level"


def test_looking_at_a_preview_writes_nothing(cast: Cast, at: Browsers, reset: str) -> None:
    before = OperationRecord.objects.count()
    at.lou.get(reset)
    at.lou.post(reset)
    assert OperationRecord.objects.count() == before
    assert LMSAccount.objects.filter(user=cast.ben).exists()


def test_the_preview_says_what_goes_and_where_it_would_land(at: Browsers, reset: str) -> None:
    text = at.lou.get(reset).text
    assert "LMSBEN000001" in text
    assert "Its next launch would be linked to Ben Baker again" in text
    assert "declare the pair wrong" in text
    assert "Reset 1 LMS account</button>" in text


def test_a_box_declares_the_pair_wrong(cast: Cast, at: Browsers, reset: str) -> None:
    box = {"declare_wrong": str(cast.bens_account.pk)}
    assert "be linked to Ben Baker again" not in at.lou.post(reset, box).text
    confirm(at.lou, reset, **box)
    assert DeclaredWrong.objects.filter(lms=cast.hillside, subject="h-ben", user=cast.ben).exists()


def test_a_box_that_was_ticked_after_the_preview_needs_a_new_preview(
    cast: Cast, at: Browsers, reset: str
) -> None:
    plan = at.lou.get(reset).context["plan"]
    sent = {"step": "apply", "fingerprint": plan.fingerprint, "plan_key": plan.key, "reason": "x"}
    page = at.lou.post(reset, sent | {"declare_wrong": str(cast.bens_account.pk)})
    assert page.status_code == 409
    assert LMSAccount.objects.filter(user=cast.ben).exists()


def test_without_accounts_the_reset_is_refused_with_the_reason(cast: Cast, at: Browsers) -> None:
    page = at.lou.get(reverse("console:reset_lms_accounts", args=[cast.bea.pk]))
    assert "has never come through an LMS" in page.text
    assert 'value="apply"' not in page.text


def test_a_missing_reason_is_asked_for_and_nothing_is_done(cast: Cast, at: Browsers, reset: str) -> None:
    plan = at.lou.get(reset).context["plan"]
    page = at.lou.post(
        reset, {"step": "apply", "fingerprint": plan.fingerprint, "plan_key": plan.key, "reason": " "}
    )
    assert page.status_code == 422
    assert "Give a reason" in page.text
    assert LMSAccount.objects.filter(user=cast.ben).exists()


def test_a_world_that_moved_shows_the_new_preview(cast: Cast, at: Browsers, reset: str) -> None:
    plan = at.lou.get(reset).context["plan"]
    with outside_the_ledger():
        LMSAccount.objects.create(lms=cast.valley, subject="v-ben", user=cast.ben, lms_user_id="NEW")
    sent = {"step": "apply", "fingerprint": plan.fingerprint, "plan_key": plan.key, "reason": "to be kept"}
    page = at.lou.post(reset, sent)
    assert page.status_code == 409
    assert "Something changed since this preview was made" in page.text
    assert "Reset 2 LMS accounts" in page.text
    assert "to be kept" in page.text
    assert LMSAccount.objects.filter(user=cast.ben).count() == 2


def test_the_same_preview_is_applied_once(cast: Cast, at: Browsers, reset: str) -> None:
    plan = at.lou.get(reset).context["plan"]
    sent = {"step": "apply", "fingerprint": plan.fingerprint, "plan_key": plan.key, "reason": "twice"}
    at.lou.post(reset, sent)
    page = at.lou.post(reset, sent, follow=True)
    assert "already done" in page.text
    assert OperationRecord.objects.filter(verb="reset_lms_accounts").count() == 1


@pytest.mark.parametrize("sent", [{}, {"plan_key": "no uuid"}, {"fingerprint": "guessed"}])
def test_what_was_not_previewed_is_not_done(
    sent: dict[str, str], cast: Cast, at: Browsers, reset: str
) -> None:
    assert at.lou.post(reset, {"step": "apply", "reason": "x", **sent}).status_code == 409
    assert LMSAccount.objects.filter(user=cast.ben).exists()


def test_undo_puts_the_account_back(cast: Cast, at: Browsers, reset: str) -> None:
    confirm(at.lou, reset)
    record = OperationRecord.objects.latest("pk")
    undo = reverse("console:undo", args=[record.pk])
    page = at.lou.get(undo)
    assert "Take back 1 row" in page.text
    assert "1 LMS account put back" in page.text
    assert f"{cast.bens_account.created_at:%H:%M}" in page.text
    assert "+00:00" not in page.text, "moments are shown as people read them"
    assert at.sam.get(undo).status_code == 404
    confirm(at.lou, undo)
    assert LMSAccount.objects.get(user=cast.ben).lms_user_id == "LMSBEN000001"
    undone = at.lou.get(reverse("console:operation", args=[OperationRecord.objects.latest("pk").pk])).text
    assert "1 LMS account put back" in undone
    assert f"LMS account {cast.bens_account}, put back" in undone
    assert "1 LMS account put back" in at.lou.get(reverse("console:operations")).text
    assert "Undone by Lou Lane" in at.lou.get(reverse("console:operation", args=[record.pk])).text


def test_undo_shows_what_was_changed_since_and_by_whom_and_takes_it_back_when_asked(
    cast: Cast, at: Browsers
) -> None:
    first = edit(cast, first_name="Beatrice")
    edit(cast, first_name="Bee")
    undo = reverse("console:undo", args=[first.pk])
    page = at.alice.get(undo)
    assert "changed since" in page.text
    assert "by Alice Archer" in page.text
    assert 'value="apply"' not in page.text
    confirm(at.alice, undo, include_conflicts="on")
    assert User.objects.get(pk=cast.bea.pk).first_name == "Bea"


def test_the_operation_page_shows_every_change_with_names(cast: Cast, at: Browsers) -> None:
    record = edit(cast, last_name="Blue")
    text = at.alice.get(reverse("console:operation", args=[record.pk])).text
    for shown in ("Brown", "Blue", "Alice Archer", "Last name", "1 user changed"):
        assert shown in text


def test_a_long_operation_is_paged_by_what_was_seen_last(cast: Cast, at: Browsers) -> None:
    with outside_the_ledger():
        for number in range(120):
            LMSAccount.objects.create(
                lms=cast.valley, subject=f"v{number}", user=cast.ben, lms_user_id=f"L{number}"
            )
    alice = actor_for(cast.alice)
    plan = writer.preview(ResetLMSAccounts(user_id=cast.ben.pk), acting=alice)
    url = reverse("console:operation", args=[writer.apply(plan, acting=alice, reason="all").pk])
    with CaptureQueriesContext(connection) as asked:
        page = at.alice.get(url)
    assert len(asked) <= 16
    seen = len(page.context["changes"])
    while page.context["after"]:
        page = at.alice.get(url, {"after": page.context["after"]})
        seen += len(page.context["changes"])
    assert seen == 121
    assert at.alice.get(url, {"after": "no:where:x"}).status_code == 200


def test_the_list_shows_own_operations_and_those_within_scope_only(
    cast: Cast, at: Browsers, reset: str
) -> None:
    edit(cast, last_name="Blue")
    confirm(at.lou, reset)
    where = reverse("console:operations")
    assert len(at.lou.get(where).context["table"].rows) == 2
    assert len(at.sam.get(where).context["table"].rows) == 0
    assert "Nobody has done anything yet" in at.sam.get(where).text
    only = at.alice.get(where, {"verb": "reset_lms_accounts", "actor": "lou", "user": "ben"})
    assert len(only.context["table"].rows) == 1
    assert len(at.alice.get(where, {"user": "nobody-known"}).context["table"].rows) == 0


def test_of_an_own_operation_nobody_is_named_who_is_beyond_the_scope_that_one_has_now(
    cast: Cast, at: Browsers, reset: str
) -> None:
    confirm(at.lou, reset)
    record = OperationRecord.objects.latest("pk")
    pages = [reverse("console:operation", args=[record.pk]), reverse("console:operations")]
    assert all("Reset 1 LMS account of Ben Baker" in at.lou.get(page).text for page in pages)
    with outside_the_ledger():
        User.objects.filter(pk=cast.ben.pk).update(location=cast.south)
    for page in pages:
        text = at.lou.get(page).text
        assert "Reset LMS accounts: 1 row" in text
        assert "Baker" not in text
        assert cast.bens_account.subject not in text
        assert "Reset 1 LMS account of Ben Baker" in at.alice.get(page).text
    assert "beyond your locations by now" in at.lou.get(pages[0]).text
    undo = reverse("console:undo", args=[record.pk])
    assert undo not in at.lou.get(pages[0]).text
    assert "Baker" not in at.lou.get(undo).text


def test_ones_own_operations_on_what_is_there_no_more_or_on_oneself_are_told_in_full(
    cast: Cast, at: Browsers
) -> None:
    with outside_the_ledger():
        User.objects.filter(pk=cast.lou.pk).update(location=cast.south)
    acting = oneself(User.objects.get(pk=cast.lou.pk))
    profile = EditOwnProfile(user_id=cast.lou.pk, first_name="Louis")
    record = writer.apply(writer.preview(profile, acting=acting), acting=acting)
    OperationSubject.objects.create(operation=record, table=User._meta.db_table, row_id=10_000)
    assert record.summary in at.lou.get(reverse("console:operations")).text


def test_the_operations_list_costs_the_same_number_of_queries_whatever_its_length(
    cast: Cast, at: Browsers
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            at.carla.get(reverse("console:operations"))
        return len(asked)

    edit(cast, last_name="Blue")
    few = queries()
    for name in "Cyan", "Green", "Red":
        edit(cast, last_name=name)
    assert queries() <= few <= 12


def test_an_operation_about_many_names_some_and_counts_the_others(cast: Cast, at: Browsers) -> None:
    record = edit(cast, last_name="Blue")
    where = reverse("console:operation", args=[record.pk])
    assert "more</dd>" not in at.alice.get(where).text
    with outside_the_ledger():
        OperationSubject.objects.bulk_create(
            OperationSubject(operation=record, table=User._meta.db_table, row_id=10**9 + n) for n in range(12)
        )
    page = at.alice.get(where).text
    assert " and 3 more</dd>" in page
    assert "No reason was given." in page


def test_the_operations_list_begins_with_what_people_did(cast: Cast, at: Browsers) -> None:
    edit(cast, last_name="Blue")
    stage = furnish()
    study(cast, stage)
    award(state(cast.bea, stage.fire, Status.COMPLETED).pk, cast.bea)
    address = reverse("console:operations")
    edited, awarded = "Edit Bea", "Award the completion of Fire safety"
    for query, people, itself in [
        ({}, True, False),
        ({"page": "1"}, True, False),
        ({"how": ""}, True, True),
        ({"how": "itself"}, False, True),
        ({"user": cast.bea.email}, True, True),
    ]:
        text = at.alice.get(address, query_params=query).text
        assert (edited in text, awarded in text) == (people, itself), query


def test_the_preview_of_a_reset_names_nobody_whom_the_manager_may_not_look_at(
    cast: Cast, at: Browsers, reset: str
) -> None:
    with outside_the_ledger():
        User.objects.filter(pk=cast.ben.pk).update(email="ben@example.org")
        User.objects.filter(pk=cast.mallory.pk).update(email="ben.baker@example.org")
    assert "Mallory" in at.alice.get(reset).text
    seen = at.lou.get(reset).text
    assert "Mallory" not in seen
    assert "be linked to another user" in seen


def test_a_reason_that_no_database_can_hold_is_kept_without_what_cannot_be_held(
    cast: Cast, at: Browsers, reset: str
) -> None:
    confirm(at.lou, reset, reason="cross\x00-linked")
    assert OperationRecord.objects.latest("pk").reason == "cross-linked"


@pytest.mark.parametrize(
    "after", ["rollbook_user:" + "9" * 5000, "\x00:1", "rollbook_user:99999999999999999999"]
)
def test_a_page_of_changes_that_cannot_be_is_the_first_or_an_empty_one(
    cast: Cast, at: Browsers, after: str
) -> None:
    url = reverse("console:operation", args=[edit(cast, first_name="Beatrice").pk])
    assert at.alice.get(url, {"after": after}).status_code == 200


@pytest.mark.parametrize("listed", ["console:launches", "console:operations", "console:users"])
@pytest.mark.parametrize("value", ["#" + "9" * 5000, "#99999999999999999999", "\x00", "9" * 5000])
def test_a_list_that_is_asked_for_nonsense_is_a_page(
    cast: Cast, at: Browsers, listed: str, value: str
) -> None:
    for name in ("user", "q", "page", "per_page", "sort", "lms", "location", "reference"):
        assert at.alice.get(reverse(listed), {name: value}).status_code == 200, name
