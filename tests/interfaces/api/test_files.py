"""Users by spreadsheet through the API: a file is sent, planned, applied and undone like every other operation."""

from typing import Any
from urllib.parse import urlencode

import pytest

from rollbook.interfaces.api import files
from rollbook.ledger.models import OperationRecord
from rollbook.people.access import Right
from rollbook.people.models import AttributeValue, Identifier, User
from tests.cast import Cast, outside_the_ledger
from tests.interfaces.api.conftest import Caller, Calling
from tests.snapshots import differences, snapshot

FILE = (
    "Student ID;Vorname;Nachname;E-Mail;Location\n"
    "00123;Ben;Bäcker;;\n"
    "00777;Nele;New;nele@example.org;Oak\n"
    "00888;Otto;New;ben.baker@example.org;Oak\n"
    "01999;Sue;South;sue@example.org;South\n"
)


def send(caller: Caller, content: bytes | str = FILE, kind: str = "import", **asked: Any) -> Any:
    """Send a file, and return the answer."""
    query = urlencode({"kind": kind, **asked}, doseq=True)
    data = content.encode() if isinstance(content, str) else content
    return caller.client.generic(
        "POST", f"/api/v1/files?{query}", data, content_type="text/csv", headers=caller.headers
    )


def test_a_file_is_sent_planned_applied_and_undone(oak: Caller, cast: Cast) -> None:
    before = snapshot()
    sent = send(oak, name="users.csv")
    assert sent.status_code == 201, sent.content
    file = sent.json()
    assert (file["rows"], file["by"], file["name"]) == (4, "attributes.student_id", "users.csv")
    assert file["columns"][1] == {"name": "Vorname", "field": "first_name"}
    assert oak("GET", f"/files/{file['id']}").json() == file

    plan = oak.plan("import_users", file_id=file["id"])
    assert plan["summary"] == "Import users from “users.csv”: 1 created, 1 updated"
    rows = oak("GET", f"/files/{file['id']}/rows").json()["items"]
    assert [row["state"] for row in rows] == ["updated", "created", "refused", "refused"]
    assert rows[0]["changes"] == [{"field": "Last name", "before": "Baker", "after": "Bäcker"}]
    assert "belongs to Ben Baker" in rows[2]["reasons"][0]
    assert "South" in rows[3]["reasons"][0]
    refused = oak("GET", f"/files/{file['id']}/rows?state=refused&limit=1").json()
    assert [row["number"] for row in refused["items"]] == [4]
    assert refused["next"]
    assert differences(before, snapshot()) == set()

    done = oak.apply(plan, file_id=file["id"])
    assert done.status_code == 201, done.content
    assert User.objects.get(email="nele@example.org").location == cast.oak
    assert not User.objects.filter(email="sue@example.org").exists()
    assert OperationRecord.objects.get().actor == "api:Oak HR"
    undo = oak("POST", f"/operations/{done.json()['id']}/undo/plan", {}).json()
    confirmed = {"fingerprint": undo["fingerprint"], "key": undo["key"], "reason": "it was the wrong file"}
    assert oak("POST", f"/operations/{done.json()['id']}/undo/apply", confirmed).status_code == 201
    assert not User.objects.filter(email="nele@example.org").exists()


def test_columns_are_said_where_their_names_do_not(oak: Caller, cast: Cast) -> None:
    sent = send(
        oak,
        "Nr,Mail\n00555,ben.baker@example.org\n",
        "link",
        column=["Nr=attributes.student_id", "Mail=email"],
    )
    assert sent.status_code == 201, sent.content
    done = oak.apply(oak.plan("link_users", file_id=sent.json()["id"]), file_id=sent.json()["id"])
    assert done.status_code == 201, done.content
    assert Identifier.objects.filter(attribute=cast.student_id, value="00555", user=cast.ben).exists()


@pytest.mark.parametrize(
    ("content", "asked", "said"),
    [
        ("", {}, "This file is empty"),
        (b"%PDF-1.7", {}, "neither a CSV file nor an Excel workbook"),
        (FILE, {"column": "Vorname"}, "Write it as NAME=FIELD"),
        (FILE, {"column": "Vorname=nothing"}, "There is no field “nothing”"),
        (FILE, {"columns": "Vorname=first_name"}, "There is no such parameter"),
        (FILE, {"kind": "export"}, "'import' or 'link'"),
        ("Name\nBen\n", {}, "No column says whom a row means"),
    ],
)
def test_a_bad_file_and_bad_columns_are_told_with_the_remedy(
    oak: Caller, content: Any, asked: dict[str, str], said: str
) -> None:
    answer = send(oak, content, **{"kind": "import", **asked})
    assert answer.status_code == 422
    assert said in answer.json()["detail"]


def test_a_file_above_the_limit_is_not_read_to_its_end(oak: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST", 20)
    answer = send(oak)
    assert answer.status_code == 413
    assert "Divide it" in answer.json()["detail"]


def test_nobody_sees_or_takes_the_file_of_another_token(oak: Caller, calling: Calling) -> None:
    file_id, other = send(oak).json()["id"], calling(name="other")
    assert other("GET", f"/files/{file_id}").status_code == 404
    assert other("GET", f"/files/{file_id}/rows").status_code == 404
    plan = other.plan("import_users", file_id=file_id)
    assert not plan["can_apply"]
    assert plan["refusals"] == ["The rows of this file are kept no longer. Send it again."]


def test_rows_tell_nothing_of_users_beyond_the_location(oak: Caller, cast: Cast) -> None:
    with outside_the_ledger():
        for value in ("S-1", "S-2"):
            Identifier.objects.create(user=cast.sam, attribute=cast.student_id, value=value)
    file_id = send(oak, f"E-mail,First name,Student ID\n{cast.sam.email},X,00555\n", by="email").json()["id"]
    plan = oak.plan("import_users", file_id=file_id)
    (row,) = oak("GET", f"/files/{file_id}/rows").json()["items"]
    assert (row["state"], row["user_id"], row["changes"]) == ("refused", None, [])
    assert row["reasons"] == [
        "Another user is beyond your locations or access level. Leave the row out, or ask a super user."
    ]
    assert "S-1" not in str(plan)


def test_of_several_users_whom_a_value_means_only_those_of_the_location_are_told(
    oak: Caller, cast: Cast
) -> None:
    with outside_the_ledger():
        AttributeValue.objects.create(user=cast.sam, attribute=cast.employee_id, value="E-7")
    file_id = send(oak, "Employee ID,First name\nE-7,X\n", by="attributes.employee_id").json()["id"]
    oak.plan("import_users", file_id=file_id)
    (row,) = oak("GET", f"/files/{file_id}/rows").json()["items"]
    assert f"means several users: #{cast.ben.pk}, another user." in row["reasons"][0]


def test_whether_a_number_beyond_the_location_is_a_user_is_not_told(oak: Caller, cast: Cast) -> None:
    numbers = [cast.sam.pk, 999_999_999]
    file_id = send(oak, "ID,First name\n" + "".join(f"{number},X\n" for number in numbers)).json()["id"]
    oak.plan("import_users", file_id=file_id)
    rows = oak("GET", f"/files/{file_id}/rows").json()["items"]
    said = {tuple(reason.replace(row["cells"][0], "NUMBER") for reason in row["reasons"]) for row in rows}
    assert len(said) == 1, said
    assert "Nobody has the ID NUMBER. Check it, or create the user first." in next(iter(said))
    assert [(row["state"], row["user_id"], row["changes"]) for row in rows] == [("refused", None, [])] * 2


def test_what_a_location_elsewhere_is_called_is_not_told(oak: Caller, cast: Cast) -> None:
    content = f"E-mail,First name,Location\nx@example.org,X,#{cast.south.pk}\n"
    file_id = send(oak, content, by="email").json()["id"]
    plan = oak.plan("import_users", file_id=file_id)
    rows = oak("GET", f"/files/{file_id}/rows").json()["items"]
    assert [row["state"] for row in rows] == ["refused"]
    assert "South" not in f"{plan}{rows}"


def test_a_token_without_the_right_sends_no_file(calling: Calling) -> None:
    answer = send(calling(Right.USERS_EDIT))
    assert answer.status_code == 403
    assert "users:import" in answer.headers["WWW-Authenticate"] or "users:import" in answer.json()["detail"]
