"""Launches through the API: who arrived, what was decided, and for whose eyes the evidence is."""

from typing import Any

import pytest

from rollbook.lms.models import LMS, Launch
from rollbook.people.models import User
from tests.cast import Cast
from tests.interfaces.api.conftest import Caller, Calling


def launch(lms: LMS, number: int, user: User | None, outcome: str = "known", **evidence: Any) -> Launch:
    return Launch.objects.create(
        reference=f"EEEE-000{number}",
        lms=lms,
        deployment_id="1",
        subject=f"h-{number}",
        outcome=outcome,
        user=user,
        claims={"email": "m@example.org"},
        evidence=evidence,
    )


@pytest.fixture
def bens(cast: Cast) -> Launch:
    """Return a launch of Ben's whose evidence names Mallory, who is elsewhere, and Bea."""
    mallory = {"user": cast.mallory.pk, "name": "Mallory Malik", "as": "e-mail"}
    bea = {"user": cast.bea.pk, "name": "Bea Brown", "as": "Student ID"}
    matcher = {"claim": "email", "value": "m@example.org", "found": [mallory], "crosswise": [bea]}
    return launch(cast.hillside, 1, cast.ben, matchers=[matcher], several=[cast.bea.pk, cast.mallory.pk])


def test_a_launch_is_told_with_its_evidence_and_what_was_sent(
    calling: Calling, cast: Cast, bens: Launch
) -> None:
    told = calling()("GET", f"/launches/{bens.pk}").json()
    assert told["user_id"] == cast.ben.pk
    assert (told["lms"], told["subject"], told["outcome"]) == ("Hillside", "h-1", "known")
    assert told["claims"] == {"email": "m@example.org"}
    assert told["evidence"] == bens.evidence


def test_evidence_names_nobody_beyond_the_location_of_the_token(
    oak: Caller, cast: Cast, bens: Launch
) -> None:
    for path in (f"/launches/{bens.pk}", "/launches"):
        answer = oak("GET", path)
        assert "Mallory" not in answer.content.decode()
        told = answer.json()["items"][0] if path == "/launches" else answer.json()
        (matcher,) = told["evidence"]["matchers"]
        assert matcher["found"] == [{"user": None, "name": "another user", "as": "e-mail"}]
        assert matcher["crosswise"] == [{"user": cast.bea.pk, "name": "Bea Brown", "as": "Student ID"}]
        assert told["evidence"]["several"] == [cast.bea.pk, None]


def test_launches_in_scope_are_listed_the_newest_first_and_filtered(
    oak: Caller, calling: Calling, cast: Cast, bens: Launch
) -> None:
    beas = launch(cast.hillside, 2, cast.bea, outcome="linked")
    elsewhere = launch(cast.hillside, 3, cast.mallory)

    def found(who: Caller, query: str = "") -> list[int]:
        return [row["id"] for row in who("GET", f"/launches{query}").json()["items"]]

    assert found(calling())[:3] == [elsewhere.pk, beas.pk, bens.pk]
    assert found(oak)[:2] == [beas.pk, bens.pk]
    assert found(oak, "?outcome=linked") == [beas.pk]
    assert found(oak, "?reference=EEEE-0001") == [bens.pk]
    assert found(oak, f"?user_id={cast.bea.pk}") == [beas.pk]
    first = oak("GET", "/launches?limit=1").json()
    assert found(oak, f"?limit=1&cursor={first['next']}") == [bens.pk]
