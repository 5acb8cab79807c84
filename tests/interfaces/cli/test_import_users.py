"""`rollbook import-users` and `rollbook link-users`, from a file to what is undone."""

import json
import os
from pathlib import Path

from rollbook.interfaces.web.tasks import actor_of
from rollbook.ledger import jobs
from rollbook.ledger.holds import Known, approve
from rollbook.ledger.models import OperationJob, OperationRecord
from rollbook.operations.rebuilt import from_params
from rollbook.people.access import actor_for
from rollbook.people.importing.models import ImportFile, ImportRow
from rollbook.people.models import Identifier, User
from tests.cast import Cast, outside_the_ledger, user
from tests.common.sheets.workbook import number, text, workbook
from tests.interfaces.cli.conftest import Command


def written(tmp_path: Path, content: str, name: str = "users.csv") -> Path:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    return path


FILE = (
    "Student ID;Vorname;Nachname;E-Mail;Location\n"
    "00123;Ben;Bäcker;;\n"
    "00777;Nele;New;nele@example.org;Oak\n"
    "00888;=Formula;New;ben.baker@example.org;Oak\n"
)


def test_a_file_is_previewed_imported_refused_rows_come_back_and_all_is_undone(
    cast: Cast, rollbook: Command, tmp_path: Path
) -> None:
    path = written(tmp_path, FILE)
    seen = rollbook("import-users", path, "--preview")
    assert seen.code == 3
    assert "3 rows: 1 created, 1 updated, 1 refused" in seen.out
    assert "~ Row 2: Last name: Baker → Bäcker" in seen.out
    assert "! Row 4: E-mail ben.baker@example.org belongs to Ben Baker" in seen.out
    assert OperationRecord.objects.count() == 0
    out = tmp_path / "refused.csv"
    done = rollbook("import-users", path, "--refused", out, "--reason", "autumn")
    assert done.code == 3
    assert User.objects.get(email="nele@example.org").location == cast.oak
    back = out.read_text(encoding="utf-8-sig").splitlines()
    assert back[0] == "Student ID,Vorname,Nachname,E-Mail,Location,Why it was refused"
    assert back[1].startswith("00888,'=Formula,New,ben.baker@example.org,Oak,")
    assert len(back) == 2
    record = OperationRecord.objects.get()
    assert (record.actor, record.reason) == ("cli:olive", "autumn")
    assert record.summary == "Import users from “users.csv”: 1 created, 1 updated"
    assert rollbook("operations", "undo", record.pk).code == 0
    assert not User.objects.filter(email="nele@example.org").exists()
    cast.ben.refresh_from_db()
    assert cast.ben.last_name == "Baker"


def test_what_was_refused_is_corrected_and_sent_again(cast: Cast, rollbook: Command, tmp_path: Path) -> None:
    out = tmp_path / "refused.csv"
    rollbook("import-users", written(tmp_path, FILE), "--refused", out)
    corrected = out.read_text(encoding="utf-8-sig").replace("ben.baker@", "fay@")
    assert rollbook("import-users", written(tmp_path, corrected)).code == 0
    assert User.objects.get(email="fay@example.org").first_name == "=Formula"


def test_a_refused_row_comes_back_as_it_was_however_often_it_is_sent(
    cast: Cast, rollbook: Command, tmp_path: Path
) -> None:
    row, out = "00888;''=Formula,|-x;New;ben.baker@example.org;Oak", tmp_path / "refused.csv"
    path = written(tmp_path, f"{FILE.splitlines()[0]}\n{row}\n")
    found = []
    for _ in range(3):
        assert rollbook("import-users", path, "--refused", out).code == 1
        found.append(out.read_text(encoding="utf-8-sig").splitlines()[1])
        path.write_bytes(out.read_bytes())
    assert found[0].startswith("""00888,"''=Formula,|'-x",""")
    assert found[0] == found[1] == found[2]


def test_the_same_file_again_changes_nothing_and_says_so(
    cast: Cast, rollbook: Command, tmp_path: Path
) -> None:
    path = written(tmp_path, FILE.rpartition("00888")[0])
    assert rollbook("import-users", path).code == 0
    again = rollbook("import-users", path)
    assert again.code == 0
    assert "everything is already as the file says" in again.out
    assert OperationRecord.objects.count() == 1


def test_link_users_sets_the_student_id_of_a_workbook_by_e_mail(
    cast: Cast, rollbook: Command, tmp_path: Path
) -> None:
    rows = [
        text("A1", "E-mail") + text("B1", "Student number"),
        text("A2", "DORA.DUNN@example.org") + number("B2", "25499339"),
        text("A3", "carla.clark@example.org") + number("B3", "25499340"),
        text("A4", "nobody@example.org") + number("B4", "25499341"),
    ]
    path = workbook(
        tmp_path / "x.xlsx", "".join(f'<row r="{n}">{row}</row>' for n, row in enumerate(rows, 1))
    )
    answer = json.loads(rollbook("link-users", path, "--json").out)
    assert answer["rows"] == {"created": 0, "updated": 1, "unchanged": 0, "refused": 2}
    assert answer["by"] == "email"
    assert "Dora Dunn" in answer["first_refused"][0]["reasons"][0]
    assert Identifier.objects.get(user=cast.carla, attribute=cast.student_id).value == "25499340"


def test_a_file_to_link_is_previewed_and_nothing_is_written(
    cast: Cast, rollbook: Command, tmp_path: Path
) -> None:
    path = written(
        tmp_path, "E-mail,Student ID\ncarla.clark@example.org,25499340\nnobody@example.org,25499341\n"
    )
    answer = rollbook("link-users", path, "--preview", "--json")
    assert json.loads(answer.out)["rows"] == {"created": 0, "updated": 1, "unchanged": 0, "refused": 1}
    assert OperationRecord.objects.count() == 0
    assert not Identifier.objects.filter(value="25499340").exists()


def test_the_same_file_to_link_again_changes_nothing_and_says_so(
    cast: Cast, rollbook: Command, tmp_path: Path
) -> None:
    """CASES 41."""
    path = written(
        tmp_path, "E-mail,Student ID\nBEN.baker@example.org,00500\ncarla.clark@example.org,25499340\n"
    )
    assert "Nothing was changed" not in rollbook("link-users", path).out
    again = rollbook("link-users", path)
    assert again.code == 0
    assert "2 rows: 2 unchanged" in again.out
    assert "Nothing was changed: everything is already as the file says." in again.out
    assert OperationRecord.objects.count() == 1


def test_a_bad_file_is_named_with_its_reason_and_nothing_is_kept(
    cast: Cast, rollbook: Command, tmp_path: Path
) -> None:
    answer = rollbook("import-users", written(tmp_path, 'Student ID,First name\n1,"Ann'))
    assert answer.code == 1
    assert answer.err.startswith("users.csv: This file seems to be cut off")
    assert "No column says whom a row means" in rollbook("import-users", written(tmp_path, "a,b\n1,2\n")).err
    assert (
        "There is no column “x”"
        in rollbook("import-users", written(tmp_path, "a,b\n1,2\n"), "--column", "x=email").err
    )
    assert ImportFile.objects.count() == 0


def test_columns_can_be_named_and_left_alone(cast: Cast, rollbook: Command, tmp_path: Path) -> None:
    path = written(tmp_path, "Kennung,Last name\n00123,Nobody\n")
    answer = rollbook(
        "import-users", path, "--column", "Kennung=attributes.student_id", "--column", "Last name="
    )
    assert "everything is already" in answer.out


def test_rows_are_not_kept_after_the_command(cast: Cast, rollbook: Command, tmp_path: Path) -> None:
    rollbook("import-users", written(tmp_path, FILE))
    assert ImportRow.objects.count() == 0
    assert ImportFile.objects.get().rows == 3


LACKING = "Student ID,Last name\n00124,Braun\n"


def test_a_file_that_lacks_many_is_left_held_and_says_who_can_approve_it_and_where(
    cast: Cast, rollbook: Command, tmp_path: Path
) -> None:
    with outside_the_ledger():
        for i in range(8):
            one = user(f"L{i}", "Learner", cast.oak)
            Identifier.objects.create(attribute=cast.student_id, user=one, value=f"7{i:04}")
    path = written(tmp_path, LACKING)
    seen = rollbook("import-users", path, "--deactivate-missing", "--missing-in", "North", "--preview")
    assert (seen.code, OperationJob.objects.count(), ImportRow.objects.count()) == (4, 0, 0)
    assert "Held: The file lacks 9 of 10 users in Oak." in seen.err
    held = rollbook(
        "import-users", path, "--deactivate-missing", "--missing-in", "North", "--reason", "spring"
    )
    job = OperationJob.objects.get()
    assert (held.code, job.state, job.actor, job.reason) == (4, "held", "cli:olive", "spring")
    assert f"It waits 7 days for approval at http://localhost/console/operations/jobs/{job.pk}/." in held.err
    assert "Who can approve it: Carla Clark, Alice Archer." in held.err
    assert held.out.endswith("Nothing was changed.\n")
    assert ImportRow.objects.count() == 1
    assert not OperationRecord.objects.exists()
    approve(job.pk, Known(from_params, actor_of), acting=actor_for(cast.carla), start=lambda _: None)
    jobs.run(job.pk, operation_of=from_params, actor_of=actor_of)
    record = OperationRecord.objects.get()
    assert (record.actor, record.approver_name) == ("cli:olive", "Carla Clark")
    shown = rollbook("operations", "show", record.pk)
    assert f"Approved by: Carla Clark (user:{cast.carla.pk})" in shown.out
    assert User.objects.filter(status="inactive", location=cast.oak).count() == 10


def test_a_held_file_in_a_watched_folder_is_put_aside_with_the_reason(
    cast: Cast, rollbook: Command, tmp_path: Path
) -> None:
    path = written(tmp_path, LACKING)
    os.utime(path, (0, 0))
    with outside_the_ledger():
        for i in range(8):
            one = user(f"L{i}", "Learner", cast.oak)
            Identifier.objects.create(attribute=cast.student_id, user=one, value=f"7{i:04}")
    answer = rollbook("import-users", "--watch", tmp_path, "--once", "--deactivate-missing")
    assert answer.code == 4
    (report,) = (tmp_path / "held").glob("*.txt")
    assert "approval at http://localhost/console/operations/jobs/" in report.read_text()
    assert answer.out.startswith("users.csv: held, see")
