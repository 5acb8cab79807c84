"""The demo register is loaded once, through operations only."""

import pytest
from django.contrib.auth import authenticate

from demo.cast import PEOPLE, PROFILES
from demo.register.loading import load, main, sign_ins
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.verify import broken_invariants
from rollbook.lms.models import LMSAccount
from rollbook.people.models import User


@pytest.mark.django_db
def test_the_cast_is_in_the_register_with_a_history_and_a_second_start_changes_nothing() -> None:
    load()
    assert User.objects.count() == len(PEOPLE)
    assert LMSAccount.objects.count() == sum(profile.linked for profile in PROFILES)
    assert User.objects.filter(status=User.Status.INACTIVE).count() == sum(not p.active for p in PEOPLE)
    assert OperationRecord.objects.filter(verb="undo").count() == 1
    assert broken_invariants() == []
    for who in sign_ins():
        user = authenticate(username=who.username, password=who.password)
        assert isinstance(user, User)
        assert user.full_name == who.name
    operations = OperationRecord.objects.count()
    assert all(who.name in main() for who in sign_ins())
    assert OperationRecord.objects.count() == operations
