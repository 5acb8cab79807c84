"""`rollbook reset-training` and `rollbook reset-in-progress`."""

import json

import pytest

from rollbook.interfaces.cli import acting
from rollbook.ledger.models import OperationRecord
from rollbook.people.models import User
from rollbook.training.records import ChapterProgress
from tests.cast import Cast
from tests.interfaces.cli.conftest import Command
from tests.snapshots import snapshot
from tests.training.stage import Stage, furnish, study


@pytest.fixture
def stage(cast: Cast) -> Stage:
    made = furnish()
    study(cast, made)
    return made


def living(who: User) -> dict[str, str]:
    rows = ChapterProgress.objects.filter(enrolment__user=who, erased_at=None)
    return dict(rows.values_list("chapter__title", "status"))


def test_training_of_named_users_is_reset(cast: Cast, stage: Stage, rollbook: Command) -> None:
    answer = rollbook(
        "reset-training",
        "--users",
        "ben@nowhere,00123",
        "bea",
        "--courses",
        stage.fire.pk,
        "--reason",
        "again",
    )
    assert answer.code == 0, answer.err
    assert "Reset training data of Ben Baker and Bea Brown" in answer.out
    assert living(cast.ben) == {"The bandage": "in_progress"}
    assert living(cast.mallory) != {}
    assert OperationRecord.objects.get().actor == "cli:olive"


def test_the_preview_says_who_is_left_out_and_changes_nothing(
    cast: Cast, stage: Stage, rollbook: Command
) -> None:
    asked = ("reset-training", "--users", "nobody,ben", "--roles", "Crew", "--preview")
    assert "Left out: “nobody”: not there" in rollbook(*asked).out
    plan = json.loads(rollbook(*asked, "--json").out)
    assert [note["what"] for note in plan["left_out"]] == ["“nobody”"]
    assert plan["counts"]["rollbook_chapter_progress"] == {"update": 3}
    assert not ChapterProgress.objects.exclude(erased_at=None).exists()


def test_certificates_are_revoked_when_asked_for(cast: Cast, stage: Stage, rollbook: Command) -> None:
    rollbook("reset-training", "--location", "Oak", "--roles", "Crew", "--revoke", "--reason", "x")
    assert cast.ben.certificates.get().revoked_at is not None


def test_what_is_in_progress_is_set_back_for_everybody_or_some(
    cast: Cast, stage: Stage, rollbook: Command
) -> None:
    category = ("reset-in-progress", "--categories", stage.safety.pk)
    assert rollbook(*category, "--location", f"#{cast.oak.pk}").code == 0
    assert (living(cast.bea)["Extra"], living(cast.mallory)["Extra"]) == ("not_started", "in_progress")
    assert rollbook(*category).code == 0
    assert living(cast.mallory)["Extra"] == "not_started"


def test_the_preview_of_what_is_in_progress_changes_nothing_either(
    cast: Cast, stage: Stage, rollbook: Command
) -> None:
    before = snapshot()
    asked = ("reset-in-progress", "--chapters", stage.extra.pk, "--users", "bea", "--preview")
    assert "Fire safety: 1 chapter in progress, of 1 user" in rollbook(*asked).out
    plan = json.loads(rollbook(*asked, "--json").out)
    assert plan["counts"] == {"rollbook_chapter_progress": {"update": 1}}
    assert snapshot() == before


def test_unknown_locations_roles_and_numbers_are_named(cast: Cast, stage: Stage, rollbook: Command) -> None:
    def said(*arguments: object) -> str:
        answer = rollbook("reset-in-progress", *arguments)
        assert answer.code == 1
        return answer.err

    assert "There is no location Nowhere." in said("--location", "Nowhere", "--chapters", "1")
    assert "There is no content role Divers." in said("--roles", "Divers")
    assert "There is no chapter #987654. Check the number." in said("--chapters", "987654")
    with pytest.raises(SystemExit):
        rollbook("reset-in-progress", "--chapters", "first")


def test_a_large_one_says_on_stderr_how_far_it_is(
    cast: Cast, stage: Stage, rollbook: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acting, "LARGE", 2)
    answer = rollbook("reset-training", "--users", "ben", "--courses", stage.fire.pk, "--reason", "x")
    assert answer.err.splitlines() == [
        "0 %: step 0 of 2, 0 of 3 rows",
        "33 %: step 1 of 2, 1 of 3 rows",
        "100 %: step 2 of 2, 3 of 3 rows",
    ]
