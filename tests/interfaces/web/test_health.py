"""What load balancers and monitoring ask."""

import pytest
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import Settings

pytestmark = pytest.mark.django_db


def a_worker(heard: str = "now()") -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO procrastinate_workers (last_heartbeat) VALUES ({heard})")


def test_it_says_without_a_sign_in_that_the_database_answers_and_a_worker_runs(client: Client) -> None:
    a_worker()

    answer = client.get("/health")

    assert (answer.status_code, answer.json()) == (200, {"database": True, "worker": True})
    assert answer["Cache-Control"] == "no-store"


def test_a_worker_that_was_not_heard_of_for_two_minutes_does_not_run_and_pages_are_served_all_the_same(
    client: Client,
) -> None:
    a_worker("now() - interval '2 minutes'")

    answer = client.get("/health")

    assert (answer.status_code, answer.json()) == (200, {"database": True, "worker": False})


def test_without_its_database_a_process_asks_for_no_visitors(client: Client) -> None:
    def down(*_: object) -> None:
        raise OperationalError("connection refused")

    with connection.execute_wrapper(down):
        answer = client.get("/health")

    assert (answer.status_code, answer.json()) == (503, {"database": False, "worker": False})


def test_a_load_balancer_inside_the_proxy_may_ask_by_http(client: Client, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True

    assert client.get("/health").status_code == 200
    assert client.get("/sign-in/").status_code == 301
