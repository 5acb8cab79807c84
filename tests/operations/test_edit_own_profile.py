"""Editing one's own profile."""

from base64 import urlsafe_b64decode
from datetime import timedelta

import pytest
from django.core import signing

from rollbook.ledger.errors import NotAllowed, OutOfScope, Refused
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.undo import Undo
from rollbook.ledger.writer import apply, preview
from rollbook.operations.edit_own_profile import EditOwnProfile
from rollbook.people import email_links
from rollbook.people.access import actor_for, oneself
from rollbook.people.email_links import email_token
from rollbook.people.models import User
from tests.cast import Cast
from tests.operations.doing import do as apply_as


def do(user: User, **given: object) -> OperationRecord:
    acting = oneself(user)
    record = apply(preview(EditOwnProfile(user_id=user.pk, **given), acting=acting), acting=acting)
    user.refresh_from_db()
    return record


def said(user: User, **given: object) -> str:
    return " ".join(preview(EditOwnProfile(user_id=user.pk, **given), acting=oneself(user)).refusals)


def test_only_what_differs_is_changed(cast: Cast) -> None:
    record = do(cast.ben, first_name="Ben", last_name=" Bäcker ", language="de")
    assert record.changes.get().after == {"last_name": "Bäcker", "language": "de"}


def test_nobody_edits_anybody_else_by_it(cast: Cast) -> None:
    operation = EditOwnProfile(user_id=cast.bea.pk, last_name="Changed")
    for acting in (oneself(cast.ben), oneself(cast.alice)):
        with pytest.raises(OutOfScope):
            preview(operation, acting=acting)
    with pytest.raises(NotAllowed):
        preview(operation, acting=actor_for(cast.ben))


def test_an_inactive_user_edits_nothing(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        preview(EditOwnProfile(user_id=cast.dora.pk, last_name="Back"), acting=oneself(cast.dora))


def test_a_name_is_checked_as_everywhere_and_a_language_is_of_the_list(cast: Cast) -> None:
    assert said(cast.ben, first_name="") == "First name is empty. Enter at least one character."
    assert "none of the languages" in said(cast.ben, language="tlh")


def test_a_link_changes_the_address_once(cast: Cast) -> None:
    token = email_token(cast.ben, "new@example.org")
    do(cast.ben, email_token=token)
    assert cast.ben.email == "new@example.org"
    assert "does not count any more" in said(cast.ben, email_token=token)


def test_a_link_that_was_used_does_not_count_again_when_the_old_address_is_back(cast: Cast) -> None:
    token = email_token(cast.ben, "new@example.org")
    used = do(cast.ben, email_token=token)
    apply_as(cast.alice, Undo(operation_id=used.pk))
    cast.ben.refresh_from_db()
    assert cast.ben.email == "ben.baker@example.org"
    assert "does not count any more" in said(cast.ben, email_token=token)


def test_a_change_of_the_name_in_between_leaves_the_link_good(cast: Cast) -> None:
    token = email_token(cast.ben, "new@example.org")
    do(cast.ben, last_name="Bäcker")
    assert said(cast.ben, email_token=token) == ""


def test_nobody_reads_an_address_in_a_link(cast: Cast) -> None:
    token = email_token(cast.ben, "new@example.org")
    parts = [urlsafe_b64decode(part + "==") for part in token.split(".")]
    for address in (b"new@example.org", cast.ben.email.encode()):
        assert not any(address in part for part in (token.encode(), *parts))


def test_a_link_is_for_one_user_and_cannot_be_made_up(cast: Cast) -> None:
    for token in (
        email_token(cast.bea, "new@example.org"),
        email_token(cast.ben, "new@example.org") + "x",
        signing.dumps([cast.ben.pk, cast.ben.email, "new@example.org"], salt="another purpose"),
        "",
    ):
        assert "does not count any more" in said(cast.ben, email_token=token)


def test_a_link_is_over_after_three_days(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    token = email_token(cast.ben, "new@example.org")
    monkeypatch.setattr(email_links, "VALID_FOR", timedelta(seconds=-1))
    assert "does not count any more" in said(cast.ben, email_token=token)


def test_an_address_that_became_somebody_elses_since_is_refused(cast: Cast) -> None:
    token = email_token(cast.ben, cast.bea.email.upper())
    plan = preview(EditOwnProfile(user_id=cast.ben.pk, email_token=token), acting=oneself(cast.ben))
    assert "belongs to another user" in plan.refusals[0]
    with pytest.raises(Refused):
        apply(plan, acting=oneself(cast.ben))
