"""A login is used once, however many try; and forgotten when nobody comes back."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from rollbook.interfaces.web.tasks import clear_expired, clear_pending_logins
from rollbook.lms import logins, proofs
from rollbook.lms.login_refusals import StateUsed
from rollbook.lms.models import Launch, Login, Proof
from rollbook.lms.verification import verify_launch
from tests.cast import Cast, assemble
from tests.lms.platform import begin, publish, rsa_key


@pytest.mark.django_db(transaction=True)
def test_of_many_who_send_the_same_launch_at_once_one_gets_in() -> None:
    cast = assemble()
    publish(cast.hillside, rsa_key("key-1").as_dict(private=False))
    visit = begin(cast.hillside)
    token, outcomes = visit.token(), []
    ready = threading.Barrier(8)

    def launch() -> None:
        try:
            ready.wait(10)
            verify_launch(token, visit.state, visit.binding)
            outcomes.append("in")
        except StateUsed:
            outcomes.append("used")
        finally:
            connection.close()

    threads = [threading.Thread(target=launch) for _launch in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcomes) == ["in"] + ["used"] * 7


def test_logins_that_nobody_came_back_from_are_removed(cast: Cast) -> None:
    begin(cast.hillside)
    old = Login.objects.get()
    begin(cast.hillside)
    Login.objects.filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(hours=1))
    assert logins.purge() == 1
    assert not Login.objects.filter(pk=old.pk).exists()
    assert Login.objects.count() == 1


def test_of_logins_begun_in_a_flood_the_newest_are_kept(cast: Cast) -> None:
    for _login in range(4):
        begin(cast.hillside)
    _first, _second, third, fourth = Login.objects.order_by("pk")
    assert logins.purge(most=2) == 2
    assert list(Login.objects.order_by("pk")) == [third, fourth]
    assert logins.purge(most=2) == 0


def test_a_state_carries_the_frame_and_the_page_that_it_came_from(cast: Cast) -> None:
    visit = begin(cast.hillside, lti_storage_target="a_frame-1")
    assert logins.read_state(visit.state) == logins.LoginPage("a_frame-1", "")


def test_what_one_login_shows_is_of_no_use_for_another(cast: Cast) -> None:
    first, second = begin(cast.hillside), begin(cast.hillside)
    assert first.binding != second.binding


def test_the_worker_forgets_logins_and_proofs_whose_time_is_over(cast: Cast) -> None:
    begin(cast.hillside)
    launch = Launch.objects.get()
    proofs.ask(launch, cast.ben.pk)
    clear_expired(0)
    clear_pending_logins(0)
    assert (Login.objects.count(), Proof.objects.count()) == (1, 1)
    long_ago = timezone.now() - timedelta(hours=1)
    Login.objects.update(expires_at=long_ago)
    Proof.objects.update(expires_at=long_ago)
    clear_expired(0)
    clear_pending_logins(0)
    assert (Login.objects.count(), Proof.objects.count()) == (0, 0)
