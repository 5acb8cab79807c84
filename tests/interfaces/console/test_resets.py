"""The two tools in the console: [203] Reset Training Data and [204] Reset In-Progress Data."""

from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from rollbook.interfaces.console import operation_page
from rollbook.interfaces.web.tasks import mail_training_reset
from rollbook.ledger import writer
from rollbook.ledger.errors import StalePlan
from rollbook.ledger.models import OperationJob, OperationRecord
from rollbook.operations.rebuilt import from_params
from rollbook.people.access import actor_for
from rollbook.people.models import User
from rollbook.training.catalogue import Category, Chapter, ContentRole, RoleContent
from rollbook.training.records import Attempt, ChapterProgress, Status
from tests.cast import Cast, outside_the_ledger, user
from tests.interfaces.console.conftest import Browsers, confirm
from tests.training.stage import Stage, furnish, progress, study


@pytest.fixture
def stage(cast: Cast) -> Stage:
    made = furnish()
    study(cast, made)
    return made


def address(name: str, *args: int) -> str:
    return reverse(f"console:{name}", args=args)


def fire_of(stage: Stage, **users: Any) -> dict[str, Any]:
    """Return what is entered to reset Fire safety."""
    return {"course": [stage.fire.pk], "certificates": "keep", **users}


def living(who: User) -> dict[str, str]:
    rows = ChapterProgress.objects.filter(enrolment__user=who, erased_at=None)
    return dict(rows.values_list("chapter__title", "status"))


def test_both_tools_are_in_the_navigation_for_those_who_may_use_them(cast: Cast, at: Browsers) -> None:
    """Seed: "There are two tools"; "navigate to your super user dashboard and under the “Users” column"."""
    carlas, lous = (who.get(address("users")).text for who in (at.carla, at.lou))
    assert "Reset Training Data [203]" in carlas
    assert "Reset In-Progress Data [204]" in carlas
    assert "[203]" not in lous
    assert "[204]" in lous


def test_203_lands_on_the_user_tab_with_no_location_chosen(cast: Cast, stage: Stage, at: Browsers) -> None:
    """Seed: "you will land on the “User” tab by default"; but never "from the last location that was visited"."""
    at.carla.get(address("users"), {"location": cast.oak.pk})
    page = at.carla.get(address("reset_training"))
    assert 'aria-current="page">User</a>' in page.text
    assert '<option value="" selected>No location chosen</option>' in page.text


def test_203_erases_a_course_of_pasted_users_and_says_how_many_rows_changed(
    cast: Cast, stage: Stage, at: Browsers
) -> None:
    """Seed: "you can choose the user, along with the chapter(s) and/or course(s) that you want to reset"."""
    pasted = f"ben.baker@example.org, 00124\n#{cast.ben.pk};  BEN.BAKER@example.org"
    page = confirm(at.carla, address("reset_training"), **fire_of(stage, names=pasted))
    assert living(cast.ben) == {"The bandage": "in_progress"}
    assert living(cast.bea) == {}
    record = OperationRecord.objects.latest("pk")
    assert page.redirect_chain[-1][0] == address("operation", record.pk)
    assert "2 enrolments changed and 5 rows of chapter progress changed" in page.text
    assert address("undo", record.pk) in page.text


def test_203_resets_all_training_of_a_user(cast: Cast, stage: Stage, at: Browsers) -> None:
    """Seed: "This option will reset all of the users training data"."""
    everything = fire_of(stage, names="ben", course=[stage.fire.pk, stage.first_aid.pk])
    confirm(at.carla, address("reset_training"), **everything)
    assert living(cast.ben) == {}
    assert {row.status for row in cast.ben.enrolments.all()} == {Status.NOT_STARTED}
    report = at.carla.get(address("attempt_report"), {"user": "ben"})
    assert "Nothing fits" in report.text


def test_203_finds_a_user_whatever_location_was_visited_last(cast: Cast, stage: Stage, at: Browsers) -> None:
    """The seed's "would need to navigate to said location where the user exists first" is what nobody needs here."""
    at.alice.get(address("users"), {"location": cast.south.pk})
    found = at.alice.post(address("reset_training"), {"step": "look", "look_for_user": "ben"})
    assert [choice.row for choice in found.context["form"].people()] == [cast.ben]


def test_203_names_whoever_is_not_there_or_beyond_reach_and_a_name_that_means_several(
    cast: Cast, stage: Stage, at: Browsers
) -> None:
    with outside_the_ledger():
        cast.bea.identifiers.create(attribute=cast.username, value="00123")
    pasted = "nobody@example.org mallory.malik@example.org 00123 ben.baker@example.org"
    page = at.carla.post(address("reset_training"), fire_of(stage, names=pasted))
    left_out = {note.what: note.why for note in page.context["plan"].left_out}
    beyond = "not there, or beyond your locations or access level"
    assert left_out == {
        "“nobody@example.org”": beyond,
        "“mallory.malik@example.org”": beyond,
        "“00123”": f"means more than one user: give #{cast.ben.pk} and #{cast.bea.pk} instead",
    }
    assert "“nobody@example.org”" in page.text
    assert "Reset 1 user</button>" in page.text


def test_203_resets_everybody_of_a_location_that_was_chosen(cast: Cast, stage: Stage, at: Browsers) -> None:
    confirm(at.alice, address("reset_training"), **fire_of(stage, location=cast.oak.pk))
    assert living(cast.bea) == {}
    assert living(cast.mallory) != {}


@pytest.mark.parametrize("chosen", ["", "all"])
def test_203_wants_users_or_a_location_and_a_course(
    cast: Cast, stage: Stage, at: Browsers, chosen: str
) -> None:
    page = at.carla.post(address("reset_training"), {"location": chosen, "certificates": "keep"})
    assert page.status_code == 422
    assert "Choose at least one course or chapter." in page.text
    assert ("Choose at least one user, or a location." in page.text) is (chosen == "")


def test_203_says_at_once_that_both_users_and_content_roles_are_missing(at: Browsers) -> None:
    page = at.carla.post(address("reset_training_roles"), {"certificates": "keep"})
    assert "Choose at least one content role." in page.text
    assert "Choose at least one user, or a location." in page.text


def test_users_one_by_one_and_a_location_at_once_are_refused(cast: Cast, stage: Stage, at: Browsers) -> None:
    both = fire_of(stage, location=cast.oak.pk, names="ben")
    page = at.carla.post(address("reset_training"), both)
    assert page.status_code == 422
    assert "Choose users one by one or a location, not both." in page.text


def test_a_location_beyond_scope_cannot_be_chosen(cast: Cast, stage: Stage, at: Browsers) -> None:
    page = at.carla.post(address("reset_training"), fire_of(stage, location=cast.south.pk))
    assert page.status_code == 422


def test_users_and_training_are_searched_without_losing_what_is_ticked(
    cast: Cast, stage: Stage, at: Browsers
) -> None:
    entered = {
        "step": "look",
        "look_for_user": "bea",
        "user": [cast.ben.pk],
        "look_for_training": "bandage",
        "chapter": [stage.film.pk],
        "certificates": "revoke",
    }
    page = at.carla.post(address("reset_training"), entered)
    form = page.context["form"]
    assert page.status_code == 200
    assert [(choice.row, choice.ticked) for choice in form.people()] == [(cast.ben, True), (cast.bea, False)]
    assert [choice.row for choice in form.training().choices] == [stage.fire, stage.first_aid]
    assert f'name="chapter" value="{stage.film.pk}" checked' in page.text
    assert form["certificates"].value() == "revoke"
    assert "errorlist" not in page.text


def test_whoever_is_beyond_reach_is_not_found(cast: Cast, stage: Stage, at: Browsers) -> None:
    page = at.carla.post(address("reset_training"), {"step": "look", "look_for_user": "mallory"})
    assert "Nobody whom you may change fits “mallory”" in page.text


def test_the_preview_can_be_changed_again(cast: Cast, stage: Stage, at: Browsers) -> None:
    entered = fire_of(stage, user=[cast.ben.pk], chapter=[stage.bandage.pk])
    page = at.carla.post(address("reset_training"), {**entered, "step": "change"})
    assert page.status_code == 200
    assert f'name="user" value="{cast.ben.pk}" checked' in page.text
    assert f'name="course" value="{stage.fire.pk}" checked' in page.text


def test_203_by_content_role_resets_every_chapter_and_course_in_it(
    cast: Cast, stage: Stage, at: Browsers
) -> None:
    """Seed: "If any content roles are chosen, all chapters and courses within those roles will be reset"."""
    entered = {"role": [stage.crew.pk], "names": "ben", "certificates": "revoke"}
    done = confirm(at.carla, address("reset_training_roles"), **entered)
    assert "CERT-BEN-0001 of Ben Baker for Fire safety" in done.text
    assert living(cast.ben) == {}
    assert cast.ben.certificates.get().revoked_at is not None


def test_203_takes_several_content_roles(cast: Cast, stage: Stage, at: Browsers) -> None:
    """Seed: "The “Content Role” tab allows you to pick one or more content roles to reset"."""
    with outside_the_ledger():
        medics = ContentRole.objects.create(name="Medics")
        RoleContent.objects.create(content_role=medics, course=stage.first_aid)
    tab = address("reset_training_roles")
    assert f'href="{tab}">Content Role</a>' in at.carla.get(address("reset_training")).text
    confirm(at.carla, tab, role=[stage.crew.pk, medics.pk], names="ben bea", certificates="keep")
    assert living(cast.ben) == living(cast.bea) == {}


def test_203_from_a_users_page_has_that_user_ticked(cast: Cast, stage: Stage, at: Browsers) -> None:
    where = address("reset_user_training", cast.ben.pk)
    assert where in at.carla.get(address("user", cast.ben.pk)).text
    assert f'name="user" value="{cast.ben.pk}" checked' in at.carla.get(where).text
    assert at.carla.get(address("reset_user_training", cast.mallory.pk)).status_code == 404


def test_above_a_hundred_users_the_count_is_typed_and_checked_by_the_server(
    cast: Cast, stage: Stage, at: Browsers
) -> None:
    with outside_the_ledger():
        many = [user(f"Learner{number}", "Many", cast.oak) for number in range(101)]
    for each in many:
        progress(each, stage.film, Status.IN_PROGRESS)
    where, entered = address("reset_training"), fire_of(stage, location=cast.oak.pk)
    assert "Type 103 to confirm" in at.carla.post(where, entered).text
    for typed in ("", "102"):
        page = confirm(at.carla, where, **entered, typed_count=typed)
        assert page.status_code == 422
        assert "This is about 103 users. Type this number to confirm it." in page.text
    assert not ChapterProgress.objects.exclude(erased_at=None).exists()
    confirm(at.carla, where, **entered, typed_count="103")
    assert not ChapterProgress.objects.filter(enrolment__user__in=many, erased_at=None).exists()


def test_a_large_reset_and_its_undo_run_in_the_worker_and_can_be_come_back_to(
    cast: Cast, stage: Stage, at: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operation_page, "MANY", 1)
    monkeypatch.setattr(writer, "LARGE", 4)
    entered = fire_of(stage, location=cast.north.pk, typed_count="2")
    waiting = confirm(at.carla, address("reset_training"), **entered)
    job = OperationJob.objects.get()
    assert waiting.redirect_chain[-1][0] == address("job", job.pk)
    assert "Waiting for the worker." in waiting.text
    assert "No worker runs." in waiting.text
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
    assert "No worker runs." not in at.carla.get(address("job", job.pk)).text
    assert address("job", job.pk) in at.carla.get(address("operations")).text
    assert living(cast.bea) != {}
    assert ProcrastinateJob.objects.get(task_name="apply_operation").args == {"job_id": job.pk}

    apply_at_once(job)
    page = at.carla.get(address("job", job.pk))
    assert "2 enrolments changed, 5 rows of chapter progress changed" in page.text
    assert "every 2s" not in page.text
    assert living(cast.bea) == {}
    assert address("job", job.pk) not in at.carla.get(address("operations")).text

    undo = address("undo", OperationRecord.objects.latest("pk").pk)
    confirm(at.carla, undo, typed_count="2")
    apply_at_once(OperationJob.objects.latest("pk"))
    assert living(cast.bea) != {}


def test_many_rows_of_few_users_are_the_workers_too_and_a_stale_plan_leads_to_the_new_preview(
    cast: Cast, stage: Stage, at: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "LARGE", 4)
    confirm(at.carla, address("reset_training"), **fire_of(stage, names="ben 00124"), reason="as agreed")
    job = OperationJob.objects.get()
    assert living(cast.bea) != {}

    ChapterProgress.objects.filter(chapter=stage.extra).update(bookmark=99)
    with pytest.raises(StalePlan) as stale:
        apply_at_once(job)
    OperationJob.objects.update(state="failed", message=str(stale.value))
    page = at.carla.get(address("job", job.pk)).text
    assert (
        "Something changed since this preview was made. Nothing was applied; look at the new preview" in page
    )
    again = address("job_again", job.pk)
    assert f'href="{again}">Look at the new preview</a>' in page

    assert "as agreed</textarea>" in at.carla.get(again).text
    assert [who.get(again).status_code for who in (at.lou, at.alice)] == [404, 200]
    monkeypatch.setattr(writer, "LARGE", 5000)
    done = confirm(at.carla, again, reason="as agreed")
    assert "2 enrolments changed and 5 rows of chapter progress changed" in done.text
    assert living(cast.bea) == {}


def test_only_a_job_that_failed_is_previewed_again_and_an_undo_by_its_own_page(
    cast: Cast, stage: Stage, at: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirm(at.carla, address("reset_training"), **fire_of(stage, names="ben 00124"))
    undo = address("undo", OperationRecord.objects.latest("pk").pk)
    monkeypatch.setattr(writer, "LARGE", 4)
    confirm(at.carla, undo)
    job = OperationJob.objects.get()
    assert at.carla.get(address("job_again", job.pk)).status_code == 404
    OperationJob.objects.update(state="failed", message="A test.")
    assert f'href="{undo}">Look at the new preview</a>' in at.carla.get(address("job", job.pk)).text


def apply_at_once(job: OperationJob) -> None:
    """Apply a job within the test's own transaction, in which no second connection sees it."""
    acting = actor_for(User.objects.get(pk=job.actor_user_id))
    plan = from_params(job.verb, job.params).plan(acting)
    record = writer.apply(plan, acting=acting, reason=job.reason, previewed=job.fingerprint)
    OperationJob.objects.filter(pk=job.pk).update(state="done", operation=record, ended_at=record.at)


def test_a_job_is_handed_over_once_and_seen_by_who_confirmed_it(
    cast: Cast, stage: Stage, at: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operation_page, "MANY", 1)
    monkeypatch.setattr(writer, "LARGE", 4)
    entered = fire_of(stage, location=cast.north.pk, typed_count="2", reason="twice", step="apply")
    plan = at.carla.post(address("reset_training"), entered | {"step": ""}).context["plan"]
    sent = entered | {"fingerprint": plan.fingerprint, "plan_key": plan.key}
    where = {at.carla.post(address("reset_training"), sent)["Location"] for _ in range(2)}
    assert len(where) == 1
    assert ProcrastinateJob.objects.filter(task_name="apply_operation").count() == 1
    page = where.pop()
    assert [who.get(page).status_code for who in (at.lou, at.alice, at.mallory)] == [404, 200, 403]


def test_a_job_names_nobody_who_is_beyond_the_scope_that_its_owner_has_now(
    cast: Cast, stage: Stage, at: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operation_page, "MANY", 1)
    monkeypatch.setattr(writer, "LARGE", 4)
    confirm(at.carla, address("reset_training"), **fire_of(stage, location=cast.north.pk, typed_count="2"))
    job = OperationJob.objects.get()
    pages = (address("job", job.pk), address("operations"))
    assert all("Reset training: 7 rows" in at.carla.get(page).text for page in pages)
    assert all("Ben Baker" in at.alice.get(page).text for page in pages)

    apply_at_once(job)
    assert "Ben Baker" in at.carla.get(pages[0]).text
    with outside_the_ledger():
        User.objects.filter(pk=cast.bea.pk).update(location=cast.south)
    page = at.carla.get(pages[0]).text
    assert "Reset training: 7 rows" in page
    assert "Baker" not in page
    assert "Brown" not in page


def test_learners_are_told_by_mail_after_the_reset_and_only_those_who_want_it(
    cast: Cast, stage: Stage, at: Browsers, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with outside_the_ledger():
        User.objects.filter(pk=cast.bea.pk).update(send_notifications=False)
    entered = fire_of(stage, names="ben bea", notify="on")
    preview = at.carla.post(address("reset_training"), entered)
    assert "1 of 2 users are told by e-mail" in preview.text
    confirm(at.carla, address("reset_training"), **entered)
    job = ProcrastinateJob.objects.get(task_name="mail_training_reset")
    assert not mail.outbox, "mail is the worker's"
    mail_training_reset(**job.args)
    (letter,) = mail.outbox
    assert letter.to == ["ben.baker@example.org"]
    assert "Fire safety\n- The film\n- The quiz\n" in letter.body


def test_nobody_is_told_of_what_was_undone_meanwhile(
    cast: Cast, stage: Stage, at: Browsers, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    confirm(at.carla, address("reset_training"), **fire_of(stage, names="ben", notify="on"))
    record = OperationRecord.objects.latest("pk")
    confirm(at.carla, address("undo", record.pk))
    mail_training_reset(operation_id=record.pk)
    assert not mail.outbox


def test_204_is_reached_from_the_navigation_and_asks_for_id_numbers(cast: Cast, at: Browsers) -> None:
    """Seed: "you will be taken to the Update In Progress Training section"; here it is called as its menu item is."""
    where = address("reset_in_progress")
    assert f'href="{where}"' in at.lou.get(address("users")).text
    page = at.lou.get(where).text
    assert "ID Number(s)</label>" in page
    assert "ID Type</label>" in page


def test_204_says_where_each_kind_of_number_is_found(at: Browsers) -> None:
    page = at.carla.get(address("reset_in_progress")).text
    for where, link in (("courses", "Courses"), ("categories", "Categories")):
        assert f'<a href="{address(where)}">{link}</a>' in page


def test_204_says_in_its_own_words_what_is_missing(cast: Cast, at: Browsers) -> None:
    page = at.lou.post(address("reset_in_progress"), {"numbers": " ", "kind": ""})
    assert page.status_code == 422
    assert "Give at least one ID number." in page.text
    assert "Choose what the numbers are of" in page.text


def test_204_takes_the_same_number_for_what_the_id_type_says(cast: Cast, stage: Stage, at: Browsers) -> None:
    """Seed: "This dropdown menu will specify what type of id(s) you entered in the “ID Number(s)” field"."""
    with outside_the_ledger():
        Category.objects.create(pk=stage.quiz.pk + 1_000, name="Empty")
        twin = Chapter.objects.create(
            pk=stage.quiz.pk + 1_000, course=stage.fire, position=9, title="Twin", required=False
        )
    progress(cast.bea, twin, Status.IN_PROGRESS)
    where, same = address("reset_in_progress"), str(twin.pk)
    assert "What will happen" not in at.lou.post(where, {"numbers": same, "kind": "category"}).text
    confirm(at.lou, where, numbers=same, kind="chapter")
    assert living(cast.bea)["Twin"] == "not_started"


@pytest.mark.parametrize("kind", ["chapter", "course", "category"])
def test_204_sets_back_by_id_numbers_of_the_chosen_type(
    cast: Cast, stage: Stage, at: Browsers, kind: str
) -> None:
    """Seed: "This field will either be the chapter id(s), course id(s) or category id(s)"."""
    numbers = {
        "chapter": f"{stage.quiz.pk},{stage.extra.pk}\n{stage.quiz.pk}  #{stage.extra.pk}",
        "course": f" {stage.fire.pk} ",
        "category": f"{stage.safety.pk},",
    }
    attempts = Attempt.objects.count()
    confirm(at.lou, address("reset_in_progress"), numbers=numbers[kind], kind=kind)
    assert living(cast.bea) == {"The film": "completed", "The quiz": "not_started", "Extra": "not_started"}
    assert living(cast.mallory)["Extra"] == "in_progress", "Lou does not manage South"
    assert Attempt.objects.count() == attempts


def test_204_names_numbers_that_are_not_there_or_of_another_type(
    cast: Cast, stage: Stage, at: Browsers
) -> None:
    with outside_the_ledger():
        type(stage.crew).objects.create(pk=987_654, name="Divers")
    page = at.lou.post(address("reset_in_progress"), {"numbers": "987654 987655", "kind": "course"})
    assert "There is no course #987654. #987654 is a content role." in page.text
    assert "There is no course #987655. Check the number." in page.text
    assert "Nothing will happen" in page.text
    assert "What will happen" not in page.text
    assert 'value="apply"' not in page.text


@pytest.mark.parametrize("numbers", ["twelve", "12 1e3", "-5", "9" * 30])
def test_204_says_which_of_the_numbers_is_none(cast: Cast, at: Browsers, numbers: str) -> None:
    page = at.lou.post(address("reset_in_progress"), {"numbers": numbers, "kind": "course"})
    assert page.status_code == 422
    assert "is no ID number" in page.text


def test_204_can_be_limited_to_users_or_a_location(cast: Cast, stage: Stage, at: Browsers) -> None:
    where, of_safety = address("reset_in_progress"), {"numbers": str(stage.safety.pk), "kind": "category"}
    confirm(at.alice, where, **of_safety, names="ben")
    assert living(cast.bea)["Extra"] == "in_progress"
    confirm(at.alice, where, **of_safety, location=cast.oak.pk)
    assert living(cast.bea)["Extra"] == "not_started"
    assert living(cast.mallory)["Extra"] == "in_progress"


def test_the_preference_tab_is_found_by_searching_for_the_user(
    cast: Cast, stage: Stage, at: Browsers
) -> None:
    """Seed: "search for the user that you would like to reset and then click on the “Preference” tab"."""
    found = at.lou.get(address("users"), {"q": "bea"}).text
    assert address("user", cast.bea.pk) in found
    assert address("user_preference", cast.bea.pk) in at.lou.get(address("user", cast.bea.pk)).text


def test_the_preference_tab_resets_all_in_progress_chapters_of_one_user(
    cast: Cast, stage: Stage, at: Browsers
) -> None:
    """Seed: "click on the “Preference” tab. From there you can click on “Reset ALL In-Progress Chapters”"."""
    tab = at.lou.get(address("user_preference", cast.bea.pk))
    assert "Fire safety: The quiz" in tab.text
    where = address("reset_user_in_progress", cast.bea.pk)
    assert where in tab.text
    page = confirm(at.lou, where)
    assert page.redirect_chain[-1][0] == address("user_preference", cast.bea.pk)
    assert "Nothing is in progress." in page.text
    assert living(cast.bea) == {"The film": "completed", "The quiz": "not_started", "Extra": "not_started"}


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "ab " * 50_000])
def test_whatever_is_searched_for_is_an_answer_and_no_error(
    text: str, cast: Cast, stage: Stage, at: Browsers
) -> None:
    sought = {"step": "look", "look_for_user": text, "look_for_training": text}
    assert at.carla.post(address("reset_training"), sought).status_code == 200


def test_an_address_that_python_and_the_database_fold_differently_is_no_error(
    cast: Cast, stage: Stage, at: Browsers
) -> None:
    with outside_the_ledger():
        User.objects.filter(pk=cast.ben.pk).update(email="ben@oak.ΟΔΟΣ")
    page = at.carla.post(address("reset_training"), fire_of(stage, names="ben@oak.οδοσ"))
    assert "Reset 1 user</button>" in page.text
