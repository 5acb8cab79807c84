"""The demo register is loaded once, through operations only."""

from pathlib import Path

import pytest
from django.contrib.auth import authenticate
from pytest_django import Settings

from demo.cast import PEOPLE, PROFILES
from demo.register.loading import load, main, sign_ins
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.verify import broken_invariants
from rollbook.lms.models import LMSAccount
from rollbook.people.models import User
from rollbook.training import invariants as of_training
from rollbook.training.catalogue import Chapter
from rollbook.training.records import Certificate, Enrolment, Status


@pytest.mark.django_db
def test_the_cast_is_in_the_register_with_a_history_and_a_second_start_changes_nothing(
    tmp_path: Path, settings: Settings
) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    load()
    assert User.objects.count() == len(PEOPLE)
    assert LMSAccount.objects.count() == sum(profile.linked for profile in PROFILES)
    assert User.objects.filter(status=User.Status.INACTIVE).count() == sum(not p.active for p in PEOPLE)
    assert OperationRecord.objects.filter(verb="undo").count() == 1
    assert broken_invariants() + of_training.broken_invariants() == []
    statuses = Enrolment.objects.values_list("status", flat=True)
    assert set(statuses) == {Status.IN_PROGRESS, Status.COMPLETED}
    completed = Enrolment.objects.filter(status=Status.COMPLETED, course__certificate=True)
    assert Certificate.objects.count() == completed.count()
    assert all((tmp_path / chapter.video.name).exists() for chapter in Chapter.objects.exclude(video=""))
    for who in sign_ins():
        user = authenticate(username=who.username, password=who.password)
        assert isinstance(user, User)
        assert user.full_name == who.name
    operations = OperationRecord.objects.count()
    assert all(who.name in main() for who in sign_ins())
    assert OperationRecord.objects.count() == operations
