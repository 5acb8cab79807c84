"""Requests that come twice, and too often."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from rollbook.interfaces.api import bearer, writing
from rollbook.ledger.models import OperationRecord
from rollbook.people import api_answers
from rollbook.people.api_answers import KeptAnswer
from rollbook.people.models import User
from rollbook.people.throttle import Limit
from tests.cast import Cast, assemble, token
from tests.interfaces.api.conftest import Caller, Calling
from tests.snapshots import differences, snapshot


def nele(cast: Cast, **more: object) -> dict[str, object]:
    return {"first_name": "Nele", "location_id": cast.oak.pk, **more}


def test_the_same_request_with_the_same_key_is_done_once(oak: Caller, cast: Cast) -> None:
    first, again = (oak("POST", "/users", nele(cast), Idempotency_Key="k-1") for _ in range(2))
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert (first["Location"], first["ETag"]) == (again["Location"], again["ETag"])
    assert User.objects.filter(first_name="Nele").count() == 1
    assert OperationRecord.objects.count() == 1


def test_another_request_with_the_same_key_is_refused(oak: Caller, cast: Cast) -> None:
    oak("POST", "/users", nele(cast), Idempotency_Key="k-1")
    other = oak("POST", "/users", nele(cast, last_name="New"), Idempotency_Key="k-1")
    assert (other.status_code, other.json()["type"]) == (422, "urn:rollbook:problem:key-used-otherwise")
    assert User.objects.filter(first_name="Nele").count() == 1


def test_each_token_has_keys_of_its_own(oak: Caller, calling: Calling, cast: Cast) -> None:
    oak("POST", "/users", nele(cast), Idempotency_Key="k-1")
    calling(name="other")("POST", "/users", nele(cast), Idempotency_Key="k-1")
    assert User.objects.filter(first_name="Nele").count() == 2


def test_after_a_refusal_the_key_is_free_for_the_corrected_request(oak: Caller, cast: Cast) -> None:
    assert oak("POST", "/users", nele(cast, email="no"), Idempotency_Key="k-1").status_code == 422
    assert oak("POST", "/users", nele(cast), Idempotency_Key="k-1").status_code == 201


def test_an_answer_without_a_body_is_kept_too(oak: Caller, cast: Cast) -> None:
    path = f"/users/{cast.ben.pk}/identifiers/{cast.ben.identifiers.first().pk}"  # type: ignore[union-attr]
    assert [oak("DELETE", path, Idempotency_Key="k-1").status_code for _ in range(2)] == [204, 204]


def test_neither_the_effect_nor_the_key_stays_where_the_answer_cannot_be_kept(
    oak: Caller, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    class DatabaseIsFull(Exception):
        pass

    def fails(*_: object, **__: object) -> None:
        assert User.objects.filter(first_name="Nele").exists()
        raise DatabaseIsFull

    before = snapshot()
    with monkeypatch.context() as broken:
        broken.setattr(writing, "keep", fails)
        with pytest.raises(DatabaseIsFull):
            oak("POST", "/users", nele(cast), Idempotency_Key="k-1")
    assert differences(before, snapshot()) == set()
    assert not OperationRecord.objects.exists()
    assert not KeptAnswer.objects.exists()
    assert oak("POST", "/users", nele(cast), Idempotency_Key="k-1").status_code == 201


def test_an_operation_and_its_undo_are_answered_the_same_for_the_same_key(oak: Caller, cast: Cast) -> None:
    def twice(path: str, body: dict[str, object], key: str) -> Any:
        first, again = (oak("POST", path, body, Idempotency_Key=key) for _ in range(2))
        # Without the key the second answer would be 200: the plan was applied already.
        assert (first.status_code, again.status_code) == (201, 201)
        assert (first.content, first["Location"]) == (again.content, again["Location"])
        other = oak("POST", path, {**body, "reason": "another one"}, Idempotency_Key=key)
        assert (other.status_code, other.json()["type"]) == (422, "urn:rollbook:problem:key-used-otherwise")
        assert other.json()["errors"][0]["pointer"] == "Idempotency-Key"
        return first.json()

    params = {"user_ids": [cast.ben.pk]}
    plan = oak.plan("deactivate_users", **params)
    confirmed = {"fingerprint": plan["fingerprint"], "key": plan["key"], "reason": "left"}
    done = twice("/operations/deactivate_users/apply", {"params": params, **confirmed}, "k-1")
    path = f"/operations/{done['id']}/undo"
    back = oak("POST", f"{path}/plan", {}).json()
    twice(f"{path}/apply", {"fingerprint": back["fingerprint"], "key": back["key"]}, "k-2")
    assert list(OperationRecord.objects.order_by("pk").values_list("verb", "reason")) == [
        ("deactivate_users", "left"),
        ("undo", ""),
    ]


@pytest.mark.parametrize("key", ["", "with blanks", "ü", "x" * 256])
def test_a_key_that_is_none_is_refused(oak: Caller, cast: Cast, key: str) -> None:
    assert oak("POST", "/users", nele(cast), Idempotency_Key=key).status_code == 422
    assert not User.objects.filter(first_name="Nele").exists()


def test_answers_are_kept_for_a_day(oak: Caller, cast: Cast) -> None:
    oak("POST", "/users", nele(cast), Idempotency_Key="k-1")
    assert api_answers.purge() == 0
    KeptAnswer.objects.update(at=timezone.now() - timedelta(hours=25))
    assert api_answers.purge() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_request_twice_at_the_same_moment_is_done_once() -> None:
    cast = assemble()
    caller = Caller(token(cast, "users:create", "users:view")[1])

    def create(_: int) -> tuple[int, bytes]:
        try:
            answer = caller("POST", "/users", nele(cast), Idempotency_Key="k-1")
            return answer.status_code, answer.content
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(create, range(4)))
    assert len(answers) == 1
    assert User.objects.filter(first_name="Nele").count() == 1


def test_every_answer_says_how_many_requests_are_left(oak: Caller) -> None:
    first, second = oak("GET", "/users"), oak("GET", "/nothing-like-this-user")
    assert first["RateLimit-Policy"] == '"token";q=600;w=60'
    assert first["RateLimit"].startswith('"token";r=599;t=')
    assert "RateLimit" not in second


def test_above_the_limit_a_token_has_to_wait(
    oak: Caller, calling: Calling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bearer, "REQUESTS", Limit("few", 2, timedelta(minutes=1)))
    assert [oak("GET", "/users").status_code for _ in range(3)] == [200, 200, 429]
    late = oak("GET", "/users")
    assert late.json()["type"] == "urn:rollbook:problem:too-many-requests"
    assert 0 < int(late["Retry-After"]) <= 60
    assert late["RateLimit"].startswith('"token";r=0;')
    assert calling(name="other")("GET", "/users").status_code == 200
