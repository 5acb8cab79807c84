"""`rollbook create-super-user`."""

from django.contrib.auth import authenticate

from rollbook.ledger.models import Change, OperationRecord
from rollbook.people.models import AccessLevel, Location, User
from tests.cast import Cast
from tests.interfaces.cli.conftest import Command

PASSWORD = "an-elephant-on-a-bicycle"
ZOE = ("--first-name", "Zoë", "--last-name", "Zeller", "--email", "zoe@example.org")


def test_the_first_user_of_an_empty_register_is_made_with_a_location(db: None, rollbook: Command) -> None:
    answer = rollbook("create-super-user", *ZOE, "--username", "zoe", typed=PASSWORD + "\n")
    assert (answer.code, answer.err) == (0, "")
    zoe = authenticate(username="zoe", password=PASSWORD)
    assert isinstance(zoe, User)
    assert (zoe.level, zoe.location.name) == (AccessLevel.SUPER_USER, "Main location")
    verbs = list(OperationRecord.objects.order_by("pk").values_list("verb", "actor"))
    assert verbs == [("save_location", "cli:olive"), ("create_user", "cli:olive")]


def test_the_password_is_recorded_nowhere(db: None, rollbook: Command) -> None:
    rollbook("create-super-user", *ZOE, typed=PASSWORD)
    zoe = User.objects.get()
    recorded = repr(list(Change.objects.values())) + repr(list(OperationRecord.objects.values()))
    assert PASSWORD not in recorded
    assert zoe.password not in recorded


def test_the_user_lives_where_was_said(cast: Cast, rollbook: Command) -> None:
    assert rollbook("create-super-user", *ZOE, "--location", f"#{cast.south.pk}", typed=PASSWORD).code == 0
    assert User.objects.get(email="zoe@example.org").location == cast.south
    assert not Location.objects.filter(name="Main location").exists()


def test_a_weak_password_is_refused_before_anything_is_made(db: None, rollbook: Command) -> None:
    answer = rollbook("create-super-user", *ZOE, typed="password123\n")
    assert answer.code == 1
    assert "too common" in answer.err
    assert not OperationRecord.objects.exists()


def test_an_address_that_is_taken_is_refused_by_name(cast: Cast, rollbook: Command) -> None:
    answer = rollbook("create-super-user", *ZOE[:4], "--email", cast.ben.email, typed=PASSWORD)
    assert answer.code == 1
    assert "belongs to Ben Baker" in answer.err
