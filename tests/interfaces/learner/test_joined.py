"""The learner is told once, at the next visit and by mail, that two accounts were joined."""

import pytest
from django.core import mail
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from rollbook.interfaces.web import tasks
from rollbook.interfaces.web.tasks import mail_users_merged
from rollbook.ledger.undo import Undo
from rollbook.operations.merge_users import MergeUsers
from rollbook.operations.retrieve_users import RetrieveUsers
from rollbook.people.models import User
from tests.cast import Cast, outside_the_ledger
from tests.operations.doing import do
from tests.training.stage import Stage

TOLD = "Your accounts were joined"


@pytest.fixture(autouse=True)
def letters(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def bea_into_ben(cast: Cast) -> MergeUsers:
    return MergeUsers(primary_id=cast.ben.pk, duplicate_ids=(cast.bea.pk,))


def test_the_first_page_after_the_merge_says_it_and_the_next_one_does_not(
    cast: Cast, stage: Stage, ben: Client
) -> None:
    assert TOLD not in ben.get("/learner/").text
    do(cast.carla, bea_into_ben(cast))
    page = ben.get("/learner/").text
    assert TOLD in page
    assert "bea.brown@example.org" in page
    assert TOLD not in ben.get("/learner/").text


@pytest.mark.parametrize("path", ["/learner/courses/{}/", "/learner/courses/0/", "/learner/transcript/"])
def test_it_is_said_wherever_the_learner_lands(cast: Cast, stage: Stage, ben: Client, path: str) -> None:
    do(cast.carla, bea_into_ben(cast))
    assert TOLD in ben.get(path.format(stage.fire.pk)).text
    assert TOLD not in ben.get("/learner/").text


def test_it_waits_for_a_page_that_somebody_sees(cast: Cast, stage: Stage, ben: Client) -> None:
    do(cast.carla, bea_into_ben(cast))
    ben.head("/learner/")
    assert TOLD in ben.get("/learner/").text


def test_whoever_was_merged_by_way_of_another_is_named_too_and_nobody_twice(
    cast: Cast, stage: Stage, ben: Client, client: Client
) -> None:
    do(cast.alice, MergeUsers(primary_id=cast.bea.pk, duplicate_ids=(cast.mallory.pk,)))
    do(cast.alice, bea_into_ben(cast))
    assert "bea.brown@example.org and mallory.malik@example.org" in ben.get("/learner/").text

    do(cast.alice, MergeUsers(primary_id=cast.lou.pk, duplicate_ids=(cast.ben.pk,)))
    client.force_login(cast.lou)
    page = client.get("/learner/").text
    assert "ben.baker@example.org" in page
    assert "bea.brown@example.org" not in page, "the person knows of that"


def test_nothing_is_said_of_a_merge_that_was_taken_back_and_of_a_second_one_it_is(
    cast: Cast, stage: Stage, ben: Client
) -> None:
    record = do(cast.carla, bea_into_ben(cast))
    do(cast.carla, Undo(operation_id=record.pk))
    assert TOLD not in ben.get("/learner/").text
    do(cast.carla, bea_into_ben(cast))
    assert TOLD in ben.get("/learner/").text


def test_the_primary_is_told_by_mail(cast: Cast, stage: Stage) -> None:
    do(cast.carla, bea_into_ben(cast))
    job = ProcrastinateJob.objects.get(task_name="mail_users_merged")
    assert job.queue_name == "mail"
    assert not mail.outbox, "mail is the worker's"
    mail_users_merged(**job.args)
    (letter,) = mail.outbox
    assert letter.to == ["ben.baker@example.org"]
    assert "what you did with bea.brown@example.org is now with your account" in letter.body


def test_many_are_told_a_few_at_a_time_and_each_of_the_own_accounts_only(
    cast: Cast, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "MAILS", 1)
    do(cast.alice, MergeUsers(primary_id=cast.ben.pk, duplicate_ids=(cast.bea.pk, cast.mallory.pk)))
    with outside_the_ledger():  # as where several pairs are merged in one operation
        User.objects.filter(pk=cast.mallory.pk).update(merged_into=cast.lou)
    jobs = ProcrastinateJob.objects.filter(task_name="mail_users_merged")
    first = jobs.get()
    mail_users_merged(**first.args)
    mail_users_merged(**jobs.exclude(pk=first.pk).get().args)
    told = {letter.to[0]: letter.body for letter in mail.outbox}
    assert told.keys() == {"ben.baker@example.org", "lou.lane@example.org"}
    assert "with bea.brown@example.org is" in told["ben.baker@example.org"]
    assert "with mallory.malik@example.org is" in told["lou.lane@example.org"]


def test_no_mail_goes_out_about_a_merge_that_was_taken_back(cast: Cast, stage: Stage) -> None:
    record = do(cast.carla, bea_into_ben(cast))
    do(cast.carla, Undo(operation_id=record.pk))
    mail_users_merged(operation_id=record.pk)
    assert not mail.outbox


def test_no_mail_goes_out_once_the_duplicate_is_an_account_of_its_own_again(cast: Cast, stage: Stage) -> None:
    record = do(cast.carla, bea_into_ben(cast))
    do(cast.carla, RetrieveUsers(user_ids=(cast.bea.pk,)))
    mail_users_merged(operation_id=record.pk)
    assert not mail.outbox


def test_no_mail_goes_out_to_somebody_who_wants_none(cast: Cast, stage: Stage) -> None:
    record = do(cast.carla, bea_into_ben(cast))
    with outside_the_ledger():
        User.objects.filter(pk=cast.ben.pk).update(send_notifications=False)
    mail_users_merged(operation_id=record.pk)
    assert not mail.outbox
