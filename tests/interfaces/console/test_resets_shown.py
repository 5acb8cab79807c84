"""What the pages of [203] and [204] show before and after, and by what they narrow whom they are about."""

import re
from typing import Any

import pytest
from django.test import Client

from rollbook.ledger import writer
from rollbook.ledger.models import OperationJob, OperationRecord
from rollbook.operations.award_completion import award
from rollbook.training import activity
from rollbook.training.records import Attempt, ChapterProgress, Status
from tests.cast import Cast, outside_the_ledger, user
from tests.interfaces.console.conftest import Browsers, confirm
from tests.interfaces.console.test_resets import address, fire_of, living, stage
from tests.training.stage import Stage, progress

__all__ = ["stage"]


def entries_under_users(client: Client) -> list[str]:
    """Return what the navigation lists below "Users"."""
    page = client.get(address("users")).text
    found = re.search(r'nav-link-title">Users</span>.*?<ul class="nav-below">(.*?)</ul>', page, re.DOTALL)
    assert found
    return re.findall(r'href="([^"]+)"', found[1])


def test_both_tools_stand_under_users_and_lead_to_their_sections(cast: Cast, at: Browsers) -> None:
    """Seed: "as an admin, simply navigate to your super user dashboard and under the “Users” column"."""
    tools = [address("reset_training"), address("reset_in_progress")]
    assert entries_under_users(at.alice)[-2:] == tools
    for where, heading in zip(
        tools, ("Reset Training Data [203]", "Reset In-Progress Data [204]"), strict=True
    ):
        assert re.search(rf"<h1[^>]*>\s*{re.escape(heading)}", at.alice.get(where).text)


def test_203_erases_chapters_that_were_ticked_one_by_one(cast: Cast, stage: Stage, at: Browsers) -> None:
    """Seed: "choose the user, along with the chapter(s) and/or course(s) that you want to reset"."""
    entered = {"names": "ben", "chapter": [stage.film.pk, stage.bandage.pk], "certificates": "keep"}
    confirm(at.carla, address("reset_training"), **entered)
    assert living(cast.ben) == {"The quiz": "completed"}

    progress(cast.ben, stage.film, Status.IN_PROGRESS)
    both = {"names": "ben", "chapter": [stage.film.pk], "course": [stage.fire.pk], "certificates": "keep"}
    confirm(at.carla, address("reset_training"), **both)
    assert living(cast.ben) == {}


def test_203_keeps_certificates_where_keeping_them_is_chosen(cast: Cast, stage: Stage, at: Browsers) -> None:
    page = at.carla.get(address("reset_training")).text
    assert re.search(r'name="certificates" value="keep"[^>]* checked', page)
    preview = at.carla.post(address("reset_training"), fire_of(stage, names="ben")).text
    assert "1 certificate and 1 competency stay valid" in preview
    confirm(at.carla, address("reset_training"), **fire_of(stage, names="ben"))
    assert cast.ben.certificates.get().revoked_at is None


@pytest.mark.parametrize("tool", ["reset_training", "reset_in_progress"])
def test_a_filter_narrows_a_location_and_says_which_of_the_named_do_not_fit(
    cast: Cast, stage: Stage, at: Browsers, tool: str
) -> None:
    progress(cast.lou, stage.extra, Status.IN_PROGRESS)
    progress(cast.dora, stage.extra, Status.IN_PROGRESS)
    what: dict[str, Any] = {"chapter": [stage.extra.pk], "certificates": "keep"}
    if tool == "reset_in_progress":
        what = {"numbers": str(stage.extra.pk), "kind": "chapter"}

    named = at.alice.post(address(tool), {**what, "names": "ben lou.lane@example.org", "level": "learner"})
    left_out = {note.what: note.why for note in named.context["plan"].left_out}
    assert left_out["Lou Lane"] == "does not fit the filter"

    confirm(at.alice, address(tool), **what, location=cast.oak.pk, status="inactive", level="learner")
    changed = OperationRecord.objects.latest("pk").changes.filter(table="rollbook_chapter_progress")
    assert [ChapterProgress.objects.get(pk=one.row_id).enrolment.user for one in changed] == [cast.dora]


def test_a_preview_shows_counts_by_course_and_status_and_rows_before_and_after(
    cast: Cast, stage: Stage, at: Browsers
) -> None:
    entered = fire_of(stage, names="ben bea", course=[stage.fire.pk, stage.first_aid.pk])
    page = at.carla.post(address("reset_training"), entered)
    assert "Fire safety: 3 chapters completed, of 2 users; 2 chapters in progress, of 1 user" in page.text
    assert "First aid: 1 chapter in progress, of 1 user" in page.text
    assert [(group.title, len(group.rows)) for group in page.context["samples"]] == [
        ("3 enrolments changed", 3),
        ("6 rows of chapter progress changed", 5),
    ]
    assert "The quiz" in page.text
    assert "and 1 more like these." in page.text


def test_204_says_how_many_rows_it_really_changed(cast: Cast, stage: Stage, at: Browsers) -> None:
    """CASES 30."""
    page = confirm(at.lou, address("reset_in_progress"), numbers=str(stage.safety.pk), kind="category")
    assert "1 enrolment changed and 3 rows of chapter progress changed" in page.text


def test_204_too_asks_for_the_count_above_a_hundred_users(cast: Cast, stage: Stage, at: Browsers) -> None:
    with outside_the_ledger():
        many = [user(f"Learner{number}", "Many", cast.oak) for number in range(101)]
    for each in many:
        progress(each, stage.film, Status.IN_PROGRESS)
    begun = ChapterProgress.objects.filter(chapter=stage.film, status=Status.IN_PROGRESS)
    where, film = address("reset_in_progress"), {"numbers": str(stage.film.pk), "kind": "chapter"}
    assert "Type 101 to confirm" in at.lou.post(where, film).text
    for typed in ("", "100"):
        assert confirm(at.lou, where, **film, typed_count=typed).status_code == 422
        assert begun.count() == 101
    confirm(at.lou, where, **film, typed_count="101")
    assert not begun.exists()


def test_a_job_shows_how_far_it_is_and_that_the_page_can_be_left(
    cast: Cast, stage: Stage, at: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "LARGE", 4)
    confirm(at.carla, address("reset_training"), **fire_of(stage, names="ben bea"))
    OperationJob.objects.update(state="running", step=1, steps=4, rows=2500, all_rows=10_000)
    job = OperationJob.objects.get()
    page = at.carla.get(address("job", job.pk)).text
    assert "Step 2 of 4: 2,500 of 10,000 rows." in page
    assert 0 < job.percent < 100
    assert re.search(rf'<progress[^>]* max="100" value="{job.percent}"', page)
    assert 'hx-trigger="every 2s"' in page
    assert "You can leave this page" in page


def test_an_undo_after_a_new_start_shows_both_and_the_administrator_chooses(
    cast: Cast, stage: Stage, at: Browsers
) -> None:
    """CASES 36."""
    confirm(at.carla, address("reset_training"), **fire_of(stage, names="ben"))
    undo = address("undo", OperationRecord.objects.latest("pk").pk)
    again = activity.start(cast.ben, stage.film, award=award)
    page = at.carla.get(undo).text
    for shown in ("What stands against it", "The film", "its place is taken by another row"):
        assert shown in page
    assert "1 row cannot simply go back" in page

    confirm(at.carla, undo, include_conflicts="on")
    assert living(cast.ben)["The film"] == "completed"
    again.refresh_from_db()
    assert again.erased_at
    assert Attempt.objects.filter(progress=again).exists()
