"""What becomes of the rows of a file (CASES 38 to 42, 24)."""

import json
from collections.abc import Sequence

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rollbook.interfaces.web.tasks import actor_of
from rollbook.ledger import jobs
from rollbook.ledger.errors import Held, NothingToDo, NotTheSecond, StalePlan
from rollbook.ledger.holds import Known, approve, reject
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.undo import Undo
from rollbook.ledger.writer import apply, preview
from rollbook.operations.import_users import ImportUsers
from rollbook.operations.merge_users import MergeUsers
from rollbook.operations.rebuilt import from_params
from rollbook.people.access import Right, actor_for
from rollbook.people.importing.missing import Limits
from rollbook.people.importing.models import ImportFile, ImportRow
from rollbook.people.importing.results import counts_of, doubtful, results
from rollbook.people.importing.staging import Choice, discard, purge, with_columns
from rollbook.people.models import AttributeValue, Identifier, Location, User, UserAttribute
from rollbook.people.second_person import NOBODY, who_approves
from tests.cast import Cast, outside_the_ledger, user
from tests.operations.doing import do
from tests.operations.import_cases import sent


def checked(who: User, columns: str, *rows: Sequence[str], **options: object) -> ImportUsers:
    """Send a file as somebody, and return its operation with every row checked."""
    by = str(options.pop("by", ""))
    file = sent(actor_for(who), columns, *rows, by=by)
    operation = ImportUsers(file_id=file.pk, **options)
    operation.prepare(actor_for(who))
    return operation


def said(operation: ImportUsers, who: User) -> list[str]:
    """Return "state: reasons or changes" of each row."""
    rows = ImportRow.objects.filter(file=operation.file_id).order_by("number")
    return [
        f"{row.state}: "
        + " ".join(
            row.reasons
            or [f"{label} {before or '-'} > {after or '-'}" for label, before, after in row.changes]
        )
        for row in results(rows, actor_for(who))
    ]


def only(who: User, columns: str, row: Sequence[str], **options: object) -> str:
    return said(checked(who, columns, row, **options), who)[0]


def test_each_row_says_what_becomes_of_it(cast: Cast) -> None:
    operation = checked(
        cast.carla,
        "Student ID,First name,Last name,Location",
        ("00123", "Ben", "Bäcker", "North"),
        ("00124", "Bea", "Brown", "Oak"),
        ("00777", "Nele", "", "North / Oak"),
        ("00778", "", "", ""),
    )
    assert said(operation, cast.carla) == [
        "updated: Last name Baker > Bäcker Location Oak > North",
        "unchanged: ",
        "created: First name - > Nele Location - > Oak Student ID - > 00777",
        "refused: First name is required. Enter it. Location is required. Enter it.",
    ]


def test_a_missing_column_and_an_empty_cell_leave_things_alone_unless_empty_cells_clear(cast: Cast) -> None:
    row = ("00123", "")
    assert only(cast.carla, "Student ID,Employee ID", row) == "unchanged: "
    cleared = checked(cast.carla, "Student ID,Employee ID", row, empty_clears=True)
    assert said(cleared, cast.carla) == ["updated: Employee ID E-7 > -"]
    do(cast.carla, cleared)
    assert not AttributeValue.objects.filter(user=cast.ben).exists()
    cast.ben.refresh_from_db()
    assert (cast.ben.last_name, cast.ben.email) == ("Baker", "ben.baker@example.org")


def test_what_is_required_cannot_be_cleared(cast: Cast) -> None:
    refused = only(cast.carla, "Student ID,First name", ("00123", ""), empty_clears=True)
    assert refused == "refused: First name is required. Enter it."


def test_what_is_wrong_with_a_cell_is_not_said_once_more_as_if_it_were_empty(cast: Cast) -> None:
    row = ("00777", "Ne\x07le", "N" * 2001)
    refused = only(cast.carla, "Student ID,First name,Location", row)
    assert "(U+0007)" in refused
    assert "2001 characters" in refused
    assert "is required" not in refused


def test_a_row_may_have_fewer_cells_than_there_are_columns_and_then_says_nothing_of_them(cast: Cast) -> None:
    operation = checked(
        cast.carla,
        "Student ID,Last name,E-mail",
        ("00124", "Braun"),
        ("00123", "Baker", ""),
        empty_clears=True,
    )
    assert said(operation, cast.carla)[0] == "updated: Last name Brown > Braun"


@pytest.mark.parametrize(
    ("columns", "row", "sentence"),
    [
        ("Student ID,First name", ("", "Nele"), "Student ID is empty"),
        ("ID,First name", ("999999", "Nele"), "Nobody has the ID 999999"),
        ("ID,First name", ("twelve", "Nele"), "is no ID number"),
        ("E-mail,First name", ("dora.dunn@example.org", "Dora"), "Dora Dunn (#"),
        ("E-mail,First name", ("alice.archer@example.org", "Al"), "Alice Archer (#"),
        ("Student ID,E-mail", ("00123", "bea.brown@example.org"), "belongs to Bea Brown"),
        ("Student ID,E-mail", ("00123", "mallory.malik@example.org"), "belongs to another user"),
        ("Student ID,E-mail", ("00123", "no address"), "is not an e-mail address"),
        ("Student ID,Username", ("00123", "bea"), "Username bea belongs to Bea Brown"),
        (
            "Student ID,Username",
            ("00123", "bea.brown@example.org"),
            ": bea.brown@example.org is the e-mail address of Bea",
        ),
        ("Student ID,Location", ("00123", "South"), "There is no location “South”"),
        ("Student ID,Location", ("00123", "Nowhere"), "There is no location “Nowhere”"),
        ("Student ID,First name", ("2.5499339E+07", "Nele"), "a spreadsheet program makes of a long number"),
        ("Student ID,First name", ("25499339.0", "Nele"), "a spreadsheet program makes of a long number"),
        ("Student ID,First name", ("123", "Ben"), "Ben Baker (#"),
        ("Student ID,Send notifications", ("00123", "maybe"), "“maybe” is neither"),
    ],
)
def test_a_row_is_refused_with_its_reason(
    cast: Cast, columns: str, row: tuple[str, ...], sentence: str
) -> None:
    answer = only(cast.carla, columns, row)
    assert answer.startswith("refused: ")
    assert sentence in answer


def test_a_value_that_means_several_users_is_refused_with_who_they_are(cast: Cast) -> None:
    with outside_the_ledger():
        AttributeValue.objects.create(attribute=cast.employee_id, user=cast.bea, value="E-7")
    assert f"#{cast.ben.pk}, #{cast.bea.pk}" in only(cast.carla, "Employee ID,Last name", ("E-7", "Both"))


def test_whoever_was_merged_away_is_not_brought_back_and_the_row_says_into_whom(cast: Cast) -> None:
    do(cast.carla, MergeUsers(primary_id=cast.ben.pk, duplicate_ids=(cast.bea.pk,)))
    refused = only(cast.carla, "E-mail,Last name", ("bea.brown@example.org", "Back"))
    assert (
        refused
        == f"refused: The account that this row means was merged into Ben Baker (#{cast.ben.pk}). Give the e-mail of that "
        "user, or leave the row out."
    )
    # What identified the duplicate means the Primary from now on.
    assert only(cast.carla, "Student ID,First name", ("00124", "Ben")) == "unchanged: "


def test_two_ids_of_one_user_are_one_user(cast: Cast) -> None:
    do(cast.carla, MergeUsers(primary_id=cast.ben.pk, duplicate_ids=(cast.bea.pk,)))
    operation = checked(cast.carla, "Student ID,Last name", ("00123", "Baker"), ("00124", "Brown"))
    assert said(operation, cast.carla) == [
        "refused: Row 3 means the same user. Leave only the one that is right.",
        "refused: Row 2 means the same user. Leave only the one that is right.",
    ]


def test_rows_that_mean_one_user_or_give_one_value_are_all_refused(cast: Cast) -> None:
    operation = checked(
        cast.carla,
        "Student ID,First name,E-mail,Location",
        ("00123", "Ben", "", ""),
        ("00123", "Ben", "", ""),
        ("00777", "Nele", "new@example.org", "Oak"),
        ("00778", "Nele", "NEW@example.org", "Oak"),
    )
    assert said(operation, cast.carla) == [
        "refused: Row 3 means the same user. Leave only the one that is right.",
        "refused: Row 2 means the same user. Leave only the one that is right.",
        "refused: Row 5 has the same e-mail. Correct one of the two.",
        "refused: Row 4 has the same e-mail. Correct one of the two.",
    ]


def test_one_of_several_ids_is_not_replaced_by_guessing(cast: Cast) -> None:
    with outside_the_ledger():
        Identifier.objects.create(attribute=cast.username, user=cast.ben, value="benny")
    refused = only(cast.carla, "Student ID,Username", ("00123", "benjamin"))
    assert f"Ben Baker (#{cast.ben.pk}) has more than one username (ben, benny)" in refused
    assert only(cast.carla, "Student ID,Username", ("00123", "benny")) == "unchanged: "


def test_an_id_that_would_lock_staff_out_is_refused(cast: Cast) -> None:
    assert "signs in with alice" in only(cast.carla, "E-mail,Student ID", ("ben.baker@example.org", "alice"))


def test_a_required_attribute_is_asked_of_new_users(cast: Cast) -> None:
    with outside_the_ledger():
        UserAttribute.objects.create(code="badge", label="Badge", required=True)
    columns = "Student ID,First name,Location"
    assert only(cast.carla, columns, ("00777", "Nele", "Oak")) == "refused: Badge is required. Enter it."
    assert only(cast.carla, f"{columns},Badge", ("00777", "Nele", "Oak", "7")).startswith("created")


def test_ids_that_are_shorter_than_those_with_zeros_are_doubted(cast: Cast) -> None:
    operation = checked(
        cast.carla, "Student ID,First name,Location", ("777", "Nele", "Oak"), ("00778", "Ole", "Oak")
    )
    (row,) = results(doubtful(ImportFile.objects.get(pk=operation.file_id)), actor_for(cast.carla))
    assert row.number == 2
    assert "if 00777 is meant" in row.warnings[0]


def test_refused_rows_do_not_stop_the_others_and_a_file_of_refused_rows_only_is_refused(cast: Cast) -> None:
    good, bad = ("00123", "Ben", "Bäcker"), ("00999", "Mallory", "X")
    columns = "Student ID,First name,Last name"
    plan = preview(checked(cast.carla, columns, good, bad), acting=actor_for(cast.carla))
    assert plan.can_apply
    assert [note.what for note in plan.left_out] == ["Row 3"]
    assert "another user is beyond" in plan.left_out[0].why.lower()
    refused = preview(checked(cast.carla, columns, bad), acting=actor_for(cast.carla))
    assert refused.refusals == [
        "Every row is refused (1 row), so there is nothing to do. The reason is with each."
    ]


def test_the_same_file_again_changes_nothing_and_says_so(cast: Cast) -> None:
    columns, rows = "Student ID,First name,E-mail,Location", [("00777", "Nele", "nele@example.org", "Oak")]
    do(cast.carla, checked(cast.carla, columns, *rows))
    again = checked(cast.carla, columns, *rows)
    assert str(counts_of(ImportFile.objects.get(pk=again.file_id))) == "1 row: 1 unchanged"
    with pytest.raises(NothingToDo):
        do(cast.carla, again)


def test_a_file_can_name_somebody_whom_it_creates_only_with_rights_of_a_learner(cast: Cast) -> None:
    do(
        cast.carla,
        checked(
            cast.carla, "Student ID,First name,Location,Access level", ("00777", "Nele", "Oak", "Super user")
        ),
    )
    nele = User.objects.get(identifiers__value="00777")
    assert (nele.access_level, nele.location, nele.send_notifications) == ("learner", cast.oak, True)
    assert nele.password == ""


def test_of_two_locations_of_one_name_the_path_tells_which(cast: Cast) -> None:
    with outside_the_ledger():
        Location.objects.create(name="Oak", parent=cast.south)
    assert "Several locations are called “Oak”" in only(cast.alice, "Student ID,Location", ("00123", "Oak"))
    assert only(cast.alice, "Student ID,Location", ("00123", "South > Oak")) == "updated: Location Oak > Oak"


def test_ids_are_compared_exactly(cast: Cast) -> None:
    assert only(cast.carla, "Student ID,First name", (" 00123 ", "Ben")) == "unchanged: "
    assert only(cast.carla, "Student ID,First name,Location", ("000123", "Ben", "Oak")).startswith("created")


def test_a_check_that_finds_the_same_writes_nothing(cast: Cast) -> None:
    operation = checked(cast.carla, "Student ID,First name,Location", ("00777", "Nele", "Oak"))
    before = list(ImportRow.objects.values("user_id", "state"))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        operation.prepare(actor_for(cast.carla))
    assert list(ImportRow.objects.values("user_id", "state")) == before
    assert len(queries) < 60


def test_a_file_that_was_checked_otherwise_or_sent_by_somebody_else_or_is_gone_is_not_planned_with(
    cast: Cast,
) -> None:
    operation = checked(cast.carla, "Student ID,Last name", ("00123", "Bäcker"))
    otherwise = ImportUsers(file_id=operation.file_id, empty_clears=True)
    assert preview(otherwise, acting=actor_for(cast.carla)).refusals == [
        "The rows of this file were not checked for you in this way. Open its preview again."
    ]
    assert preview(operation, acting=actor_for(cast.alice)).refusals == [
        "The rows of this file are kept no longer. Send it again."
    ]
    discard(ImportFile.objects.get(pk=operation.file_id))
    gone = ImportUsers(file_id=operation.file_id, deactivate_missing=True)
    assert preview(gone, acting=actor_for(cast.carla)).refusals == [
        "The rows of this file are kept no longer. Send it again."
    ]


def test_rows_are_purged_after_days(cast: Cast) -> None:
    operation = checked(cast.carla, "Student ID,Last name", ("00123", "Bäcker"))
    purge()
    assert ImportRow.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("UPDATE rollbook_import_file SET created_at = now() - interval '8 days'")
    purge()
    assert ImportRow.objects.count() == 0
    assert ImportFile.objects.filter(pk=operation.file_id).exists()


def many(cast: Cast, number: int) -> None:
    with outside_the_ledger():
        for i in range(number):
            one = user(f"L{i}", "Learner", cast.oak)
            Identifier.objects.create(attribute=cast.student_id, user=one, value=f"7{i:04}")


def test_whoever_is_missing_becomes_inactive_only_if_asked_for(cast: Cast) -> None:
    row = ("00124", "Brown")
    assert only(cast.carla, "Student ID,Last name", row) == "unchanged: "
    do(cast.carla, checked(cast.carla, "Student ID,Last name", row, deactivate_missing=True))
    inactive = User.objects.filter(status="inactive").order_by("first_name")
    # Ben is not in the file; Mallory is beyond reach, Dora was inactive, the others have no student ID or are staff.
    assert [each.first_name for each in inactive] == ["Ben", "Dora"]


def test_a_file_that_lacks_many_is_held_for_a_second_administrator(cast: Cast) -> None:
    many(cast, 8)
    operation = checked(cast.carla, "Student ID,Last name", ("00124", "Braun"), deactivate_missing=True)
    plan = preview(operation, acting=actor_for(cast.carla))
    (hold,) = plan.holds
    assert hold.why.startswith(
        "The file lacks 9 of 10 users in Oak. Where more than 100 users of a location, or"
    )
    assert hold.right == Right.USERS_DEACTIVATE
    assert plan.can_apply
    with pytest.raises(Held, match="a second administrator must approve it"):
        apply(plan, acting=actor_for(cast.carla))
    raised = ImportUsers(file_id=operation.file_id, deactivate_missing=True, limits=Limits(percent=90))
    assert not preview(raised, acting=actor_for(cast.carla)).holds
    # All of the file waits, also what nobody would hold by itself.
    assert not OperationRecord.objects.exists()


def test_a_held_file_is_taken_whole_when_another_administrator_approves_it(cast: Cast) -> None:
    many(cast, 8)
    carla, alice = actor_for(cast.carla), actor_for(cast.alice)
    operation = checked(cast.carla, "Student ID,Last name", ("00124", "Braun"), deactivate_missing=True)
    plan = preview(operation, acting=carla)
    assert who_approves(plan, carla) == "Who can approve it: Alice Archer."
    job = jobs.submit(plan, acting=carla, reason="the spring", previewed=plan.fingerprint)
    known = Known(from_params, actor_of)
    with pytest.raises(NotTheSecond):
        approve(job.pk, known, acting=carla, start=lambda _: None)
    approve(job.pk, known, acting=alice, start=lambda _: None)
    jobs.run(job.pk, operation_of=from_params, actor_of=actor_of)
    record = OperationRecord.objects.get()
    assert (record.actor_user, record.approver_name) == (cast.carla, "Alice Archer")
    assert record.counts["rollbook_user"] == {"update": 10}
    do(cast.carla, Undo(operation_id=record.pk))
    assert User.objects.filter(status="inactive").count() == 1


def test_who_could_approve_is_said_also_when_there_is_nobody(cast: Cast) -> None:
    many(cast, 8)
    operation = checked(cast.alice, "Student ID,Last name", ("00124", "Braun"), deactivate_missing=True)
    plan = preview(operation, acting=actor_for(cast.alice))
    # Mallory is missing too, whom Carla does not reach.
    assert who_approves(plan, actor_for(cast.alice)) == NOBODY
    operation = checked(
        cast.alice,
        "Student ID,Last name",
        ("00124", "Braun"),
        deactivate_missing=True,
        missing_in=cast.north.pk,
    )
    plan = preview(operation, acting=actor_for(cast.alice))
    assert who_approves(plan, actor_for(cast.alice)) == "Who can approve it: Carla Clark."
    with outside_the_ledger():
        User.objects.filter(pk=cast.alice.pk).update(location=cast.south)
    operation.prepare(actor_for(cast.carla))
    plan = preview(operation, acting=actor_for(cast.carla))
    assert (
        who_approves(plan, actor_for(cast.carla))
        == "Who can approve it: an administrator beyond your locations."
    )


def test_whoever_approves_reaches_also_the_places_into_which_users_are_put(cast: Cast) -> None:
    many(cast, 8)
    columns, alice = "Student ID,First name,Location", actor_for(cast.alice)
    more = {"deactivate_missing": True, "missing_in": cast.north.pk}
    for row, can in ((("00888", "Nele", "Oak"), True), (("00888", "Nele", "South"), False)):
        operation = checked(cast.alice, columns, ("00124", "Bea", ""), row, **more)
        plan = preview(operation, acting=alice)
        assert plan.can_apply
        assert who_approves(plan, alice) == ("Who can approve it: Carla Clark." if can else NOBODY)


def test_of_many_who_are_missing_exactly_those_are_approved_who_were_missing_then(cast: Cast) -> None:
    many(cast, 101)
    carla, alice = actor_for(cast.carla), actor_for(cast.alice)
    operation = checked(cast.carla, "Student ID,Last name", ("00124", "Braun"), deactivate_missing=True)
    plan = preview(operation, acting=carla)
    assert plan.live
    first, second = (
        jobs.submit(preview(operation, acting=carla), acting=carla, reason="", previewed=plan.fingerprint)
        for _ in range(2)
    )
    with outside_the_ledger():
        User.objects.filter(pk=cast.ben.pk).update(last_name="Bäcker")
    approve(first.pk, Known(from_params, actor_of), acting=alice, start=lambda _: None)
    with outside_the_ledger():
        # As many as before, but not the same ones.
        User.objects.filter(pk=cast.ben.pk).update(status=User.Status.INACTIVE)
        late = user("Late", "Learner", cast.oak)
        Identifier.objects.create(attribute=cast.student_id, user=late, value="79999")
    with pytest.raises(StalePlan):
        approve(second.pk, Known(from_params, actor_of), acting=alice, start=lambda _: None)


def test_what_was_approved_is_checked_once_more_when_it_is_done(cast: Cast) -> None:
    many(cast, 8)
    carla = actor_for(cast.carla)
    row = ("00124", "Brown", "brown@example.org")
    operation = checked(cast.carla, "Student ID,Last name,E-mail", row, deactivate_missing=True)
    plan = preview(operation, acting=carla)
    job = jobs.submit(plan, acting=carla, reason="", previewed=plan.fingerprint)
    with outside_the_ledger():
        User.objects.filter(pk=cast.mallory.pk).update(email="Brown@example.org")
    approve(job.pk, Known(from_params, actor_of), acting=actor_for(cast.alice), start=lambda _: None)
    jobs.run(job.pk, operation_of=from_params, actor_of=actor_of)
    job.refresh_from_db()
    assert job.state == "failed"
    assert job.message.startswith("Something changed since this preview was made.")
    assert not OperationRecord.objects.exists()


def test_the_rows_of_a_file_that_waits_for_approval_are_kept(cast: Cast) -> None:
    many(cast, 8)
    operation = checked(cast.carla, "Student ID,Last name", ("00124", "Braun"), deactivate_missing=True)
    plan = preview(operation, acting=actor_for(cast.carla))
    job = jobs.submit(plan, acting=actor_for(cast.carla), reason="", previewed=plan.fingerprint)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE rollbook_import_file SET created_at = now() - interval '8 days'")
    purge()
    assert ImportRow.objects.count() == 1
    reject(job.pk, Known(from_params, actor_of), acting=actor_for(cast.carla), reason="a mistake")
    purge()
    assert ImportRow.objects.count() == 0


def test_nobody_is_called_missing_while_a_refused_row_may_mean_them(cast: Cast) -> None:
    rows = [("00124", "Braun"), ("1.23E+02", "Baker")]
    operation = checked(cast.carla, "Student ID,Last name", *rows, deactivate_missing=True)
    refusals = preview(operation, acting=actor_for(cast.carla)).refusals
    assert "1 refused row may mean somebody who would seem to be missing" in " ".join(refusals)


def test_many_rows_are_one_operation_with_as_many_queries_as_few(cast: Cast) -> None:
    def queries(rows: list[tuple[str, ...]]) -> int:
        operation = checked(cast.carla, "Student ID,First name,Location", *rows)
        with CaptureQueriesContext(connection) as captured:
            record = apply(preview(operation, acting=actor_for(cast.carla)), acting=actor_for(cast.carla))
        assert record.counts["rollbook_user"] == {"create": len(rows)}
        return len(captured)

    few = queries([(f"8{i:04}", "Few", "Oak") for i in range(101)])
    more = queries([(f"9{i:04}", "Many", "Oak") for i in range(700)])
    assert more == few
    assert OperationRecord.objects.count() == 2


def test_columns_can_mean_something_else_without_sending_the_file_again(cast: Cast) -> None:
    acting = actor_for(cast.carla)
    guessed = sent(acting, "Student ID,Last name,Notes", ("00123", "Bäcker", "Benno"))
    again = with_columns(guessed, Choice({"Notes": "first_name", "Last name": ""}))
    assert (again.name, again.rows, ImportRow.objects.filter(file=guessed).count()) == ("users.csv", 1, 0)
    operation = ImportUsers(file_id=again.pk)
    operation.prepare(acting)
    assert said(operation, cast.carla) == ["updated: First name Ben > Benno"]


def test_the_worker_takes_a_file_that_somebody_confirmed(cast: Cast) -> None:
    acting = actor_for(cast.carla)
    operation = checked(cast.carla, "Student ID,Last name", ("00123", "Bäcker"))
    plan = preview(operation, acting=acting)
    job = jobs.submit(plan, acting=acting, reason="autumn", previewed=plan.fingerprint)
    assert from_params(job.verb, json.loads(json.dumps(job.params))) == operation
    jobs.run(job.pk, operation_of=from_params, actor_of=lambda _: acting)
    job.refresh_from_db()
    assert (job.state, job.message) == ("done", "")
    cast.ben.refresh_from_db()
    assert cast.ben.last_name == "Bäcker"


def test_what_somebody_did_since_the_preview_makes_it_stale(cast: Cast) -> None:
    operation = checked(cast.carla, "Student ID,First name,E-mail", ("00123", "Ben", "benno@example.org"))
    plan = preview(operation, acting=actor_for(cast.carla))
    with outside_the_ledger():
        User.objects.filter(pk=cast.bea.pk).update(email="Benno@example.org")
    with pytest.raises(StalePlan):
        apply(plan, acting=actor_for(cast.carla))
    # What the preview found is kept as it was.
    assert ImportRow.objects.get(file=operation.file_id).state == "updated"
