"""API tokens: what opens something, what does not, and whom it reaches."""

from datetime import timedelta
from hashlib import sha256

import pytest
from django.utils import timezone

from rollbook.ledger.errors import NotAllowed
from rollbook.ledger.models import Change, OperationRecord
from rollbook.ledger.undo import Undo
from rollbook.operations.create_api_token import CreateApiToken
from rollbook.operations.deactivate_users import DeactivateUsers
from rollbook.operations.edit_user import EditUser
from rollbook.operations.merge_users import MergeUsers
from rollbook.operations.revoke_api_token import RevokeApiToken
from rollbook.people.access import AccessLevel, Right
from rollbook.people.api_tokens import ApiToken, issue, token_actor, token_actor_named
from rollbook.people.models import Location, User
from rollbook.people.profile import Profile
from tests.cast import Cast, assemble, token
from tests.operations.doing import do, refusals


@pytest.fixture
def cast(db: None) -> Cast:
    """Return the cast."""
    return assemble()


def names(users: "list[User]") -> set[str]:
    return {user.first_name for user in users}


def test_a_token_acts_under_its_name_with_its_rights_and_no_other(cast: Cast) -> None:
    _, secret = token(cast, "users:view")
    acting = token_actor(secret)
    assert acting
    assert (acting.key, acting.user_id) == ("api:nightly", None)
    assert acting.may(Right.USERS_VIEW)
    assert not acting.may(Right.USERS_EDIT)


def test_only_the_hash_of_the_secret_is_kept(cast: Cast) -> None:
    made, secret = token(cast, "users:view")
    row = ApiToken.objects.values().get(pk=made.pk)
    assert row["secret_hash"] == sha256(secret.encode()).hexdigest()
    assert secret not in str(row)


def test_it_sees_its_location_and_below_and_changes_learners_there(cast: Cast) -> None:
    _, secret = token(cast, "users:view", location=cast.oak)
    acting = token_actor(secret)
    assert acting
    assert names(list(acting.sees_users())) == {"Lou", "Ben", "Bea", "Dora"}
    assert names(list(acting.reach(User.objects.all()))) == {"Ben", "Bea", "Dora"}
    assert list(acting.reach(Location.objects.all())) == [cast.oak]
    assert acting.grantable_levels() == [AccessLevel.LEARNER]


def test_without_a_location_it_still_changes_learners_only(cast: Cast) -> None:
    acting = token_actor(token(cast, "users:view")[1])
    assert acting
    assert names(list(acting.reach(User.objects.all()))) == {"Ben", "Bea", "Dora", "Mallory"}


@pytest.mark.parametrize(
    "fields",
    [{"revoked_at": timezone.now()}, {"expires_at": timezone.now() - timedelta(seconds=1)}],
    ids=["revoked", "expired"],
)
def test_what_is_over_opens_nothing(cast: Cast, fields: dict[str, object]) -> None:
    assert token_actor(token(cast, "users:view", **fields)[1]) is None


@pytest.mark.parametrize("secret", ["", "rollbook_", "rollbook_wrong", "nightly", "rollbook_\ud800"])
def test_another_secret_opens_nothing(cast: Cast, secret: str) -> None:
    made, _ = token(cast, "users:view")
    assert token_actor(secret) is None
    assert made.last_used_at is None


def test_a_token_can_do_no_more_than_its_creator_can_now(cast: Cast) -> None:
    _, secret = token(cast, "users:view", "lms:edit", created_by=cast.carla, location=cast.north)
    acting = token_actor(secret)
    assert acting
    assert acting.rights == {"users:view"}


def test_it_stops_when_its_creator_becomes_inactive(cast: Cast) -> None:
    _, secret = token(cast, "users:view", created_by=cast.carla, location=cast.north)
    acting = token_actor(secret)
    assert acting
    do(cast.alice, DeactivateUsers(user_ids=(cast.carla.pk,)))
    assert token_actor(secret) is None
    with pytest.raises(NotAllowed):
        acting.now()
    with pytest.raises(NotAllowed):
        token_actor_named("nightly")


def test_its_last_use_is_noted_at_most_once_a_minute(cast: Cast) -> None:
    made, secret = token(cast, "users:view")
    token_actor(secret)
    made.refresh_from_db()
    first = made.last_used_at
    assert first
    token_actor(secret)
    made.refresh_from_db()
    assert made.last_used_at == first


def created(cast: Cast, **given: object) -> tuple[OperationRecord, ApiToken]:
    values = {"name": "HR export", "rights": ("users:view",), **given}
    record = do(cast.alice, CreateApiToken(**values))  # type: ignore[arg-type]
    return record, ApiToken.objects.get(name=values["name"])


def test_the_secret_is_in_no_record(cast: Cast) -> None:
    record, made = created(cast)
    secret = issue(made.pk)
    made.refresh_from_db()
    told = str([record.params, *Change.objects.values("before", "after")])
    assert secret not in told
    assert made.secret_hash not in told
    assert "secret_hash" not in told


def test_a_token_has_one_secret(cast: Cast) -> None:
    _, made = created(cast)
    secret = issue(made.pk)
    assert token_actor(issue(made.pk)) is None
    assert token_actor(secret)


def test_undoing_a_revocation_brings_no_access_back(cast: Cast) -> None:
    made, secret = token(cast, "users:view")
    record = do(cast.alice, RevokeApiToken(token_id=made.pk))
    do(cast.alice, Undo(operation_id=record.pk))
    made.refresh_from_db()
    assert token_actor(secret) is None
    assert made.stopped == "Its secret is gone"


def test_a_merge_revokes_the_tokens_of_the_duplicate_and_its_undo_brings_no_access_back(cast: Cast) -> None:
    _, secret = token(cast, "users:view", created_by=cast.carla)
    record = do(cast.alice, MergeUsers(primary_id=cast.lou.pk, duplicate_ids=(cast.carla.pk,)))
    assert not ApiToken.objects.exists()
    do(cast.alice, Undo(operation_id=record.pk))
    assert ApiToken.objects.get().created_by == cast.carla
    assert token_actor(secret) is None


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"rights": ()}, "Choose at least one right"),
        ({"rights": ("users:view", "api_tokens:edit")}, "No API token may api_tokens:edit"),
        ({"rights": ("fly",)}, "No API token may fly"),
        ({"name": " "}, "The name is empty"),
        ({"location_id": 10**9}, "no such location"),
        ({"expires_on": "2020-01-01"}, "is over"),
        ({"expires_on": "tomorrow"}, "is not a date"),
    ],
)
def test_what_no_token_can_be_is_refused_with_the_reason(
    cast: Cast, given: dict[str, object], told: str
) -> None:
    values = {"name": "HR export", "rights": ("users:view",), **given}
    assert told in refusals(cast.alice, CreateApiToken(**values))  # type: ignore[arg-type]


def test_what_concerns_no_location_cannot_be_given_in_one(cast: Cast) -> None:
    operation = CreateApiToken(name="x", rights=("catalogue:edit",), location_id=cast.oak.pk)
    assert "concerns no location" in refusals(cast.alice, operation)


def test_a_name_is_used_once_also_after_it_was_revoked(cast: Cast) -> None:
    token(cast, "users:view", revoked_at=timezone.now())
    assert "now or in the history" in refusals(
        cast.alice, CreateApiToken(name="nightly", rights=("users:view",))
    )


def test_the_tokens_of_a_creator_who_is_made_a_learner_stop(cast: Cast) -> None:
    _, secret = token(cast, "users:view", created_by=cast.carla, location=cast.north)
    assert token_actor(secret)
    do(cast.alice, EditUser(user_id=cast.carla.pk, profile=Profile(access_level="learner")))
    assert token_actor(secret) is None


def test_no_token_reaches_further_than_its_creator_who_was_a_super_user_once(cast: Cast) -> None:
    """Carla made three as a super user, and administers North now."""
    secrets = {
        name: token(cast, "users:edit", name=name, created_by=cast.carla, location=place)[1]
        for name, place in [("all", None), ("south", cast.south), ("oak", cast.oak)]
    }
    assert {name for name, secret in secrets.items() if token_actor(secret)} == {"oak"}
    assert ApiToken.objects.get(name="all").stopped == "It reaches further than its creator"
    with pytest.raises(NotAllowed):
        token_actor_named("south")
