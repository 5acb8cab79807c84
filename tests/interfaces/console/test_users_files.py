"""Files of users in the console: sent, columns confirmed, previewed row by row, applied, refused rows sent again."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from rollbook.common.spreadsheet import xlsx_file
from rollbook.interfaces.web import uploads as web_uploads
from rollbook.interfaces.web.tasks import apply_operation, check_upload, read_upload
from rollbook.ledger.holds import DAYS
from rollbook.ledger.models import OperationJob, OperationRecord
from rollbook.people.importing import uploads
from rollbook.people.importing.models import ImportFile, ImportRow, Upload, UploadPart
from rollbook.people.importing.staging import KEPT, purge
from rollbook.people.models import Identifier, User
from tests.cast import Cast, outside_the_ledger, user
from tests.interfaces.console.conftest import Browsers, confirm

AUTUMN = (
    b"Student ID,First name,Last name,Location\n"
    b"00123,Ben,Barker,Oak\n00124,Bea,Brown,Oak\n00777,Nele,New,Oak\n123,Ben,Baker,Oak\n"
)
LINKS = b"Name,E-mail,Student ID\nBen,ben.baker@example.org,00500\nX,nobody@example.org,00501\n"


def address(name: str, **kwargs: Any) -> str:
    return reverse(f"console:{name}", kwargs=kwargs)


def send(client: Client, content: bytes, kind: str = "import", name: str = "autumn.csv") -> Any:
    """Send a file, and return the page to which that leads."""
    sent = {"users_file": SimpleUploadedFile(name, content)}
    return client.post(address(f"{kind}_users"), sent, follow=True)


def answer(client: Client, page: Any, **changed: Any) -> Any:
    """Send the form of the columns with what is in it, but for what is changed."""
    form = page.context["form"]
    entered = {name: form[name].value() for name in form.fields}
    given = {name: value for name, value in (entered | changed).items() if value not in {None, False, ""}}
    return client.post(page.request["PATH_INFO"], given, follow=True)


def preview_of(client: Client, content: bytes = AUTUMN, kind: str = "import", **changed: Any) -> Any:
    return answer(client, send(client, content, kind), **changed)


def groups(page: Any) -> dict[str, int]:
    return {group.state: group.number for group in page.context["groups"]}


def _noting(held: list[Any]) -> Any:
    made = web_uploads.passing_file

    def noted(suffix: str) -> Any:
        held.append(made(suffix))
        return held[-1]

    return noted


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every file be a large one."""
    monkeypatch.setattr(uploads, "SMALL_BYTES", 1)
    monkeypatch.setattr(uploads, "SMALL_ROWS", 1)
    monkeypatch.setattr(uploads, "PART", 50)


def test_it_works(cast: Cast, at: Browsers) -> None:
    page = preview_of(at.carla)
    assert groups(page) == {"refused": 1, "created": 1, "updated": 1, "unchanged": 1}
    text = page.text
    assert "Import users from “autumn.csv”: 1 created, 1 updated" in text
    assert "has the student ID 00123: a spreadsheet program has probably removed the zeros" in text
    assert "Barker</ins>" in text
    assert not OperationRecord.objects.exists()

    done = confirm(at.carla, page.request["PATH_INFO"])
    record = OperationRecord.objects.get()
    assert done.redirect_chain[-1][0] == address("operation", pk=record.pk)
    assert "1 row was refused and stays out." in done.text
    assert User.objects.get(identifiers__value="00777").first_name == "Nele"
    cast.ben.refresh_from_db()
    assert cast.ben.last_name == "Barker"

    again = at.carla.get(page.request["PATH_INFO"])
    assert f"operation {record.pk}" in again.text
    assert not again.context["plan"].can_apply
    confirm(at.carla, address("undo", pk=record.pk))
    cast.ben.refresh_from_db()
    assert cast.ben.last_name == "Baker"


@pytest.mark.parametrize(
    "content", [LINKS, LINKS.replace(b"E-mail", b"Employee ID").replace(b"ben.baker@example.org", b"E-7")]
)
def test_links_are_set_by_two_columns(cast: Cast, at: Browsers, content: bytes) -> None:
    """Seed: "Each row should include a unique attribute for the user, such as Email or Employee ID".

    There "All we need is a spreadsheet" for a support team to take; here an administrator takes it alone.
    """
    page = preview_of(at.carla, content, "link")
    assert groups(page) == {"refused": 1, "updated": 1}
    assert "Location is required" not in page.text
    assert "Link 1 user</button>" in page.text
    confirm(at.carla, page.request["PATH_INFO"])
    assert Identifier.objects.get(user=cast.ben, attribute=cast.student_id).value == "00500"


def test_it_checks_access(cast: Cast, at: Browsers) -> None:
    for client in (at.lou, at.sam, at.mallory):
        assert client.get(address("import_users")).status_code == 403
        assert send(client, AUTUMN).status_code == 403
    assert not ImportFile.objects.exists()


def test_nobody_reaches_what_another_one_sent_be_it_a_super_user(cast: Cast, at: Browsers) -> None:
    preview_of(at.carla)
    pk = Upload.objects.get().pk
    pages = [
        address(f"users_file{name}", pk=pk, **more)
        for name, more in (
            ("", {}),
            ("_columns", {}),
            ("_preview", {}),
            ("_rows", {"state": "refused"}),
            ("_refused", {"wanted": "csv"}),
        )
    ]
    assert {at.alice.get(url).status_code for url in pages} == {404}
    assert {at.alice.post(url).status_code for url in pages} == {404, 405}
    assert at.alice.post(address("remove_users_file", pk=pk)).status_code == 404
    assert "autumn.csv" not in at.alice.get(address("import_users")).text
    assert "autumn.csv" in at.carla.get(address("link_users")).text


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "This file is empty"),
        (b'Student ID,First name\n00123,"Ben', "seems to be cut off"),
        (b"Student ID,First name\n00123,B\x00en\n", "characters that no table has (NUL)"),
        (b"%PDF-1.7 and so on", "neither a CSV file nor an Excel workbook"),
        (b"\xd0\xcf\x11\xe0 old", "Save it as XLSX"),
        (b"PK\x03\x04 and no more", "The Excel file cannot be read"),
        (b"Student ID,Student ID\n1,2\n", "Two columns are called"),
    ],
)
def test_a_bad_file_gets_its_sentence_at_once_and_nothing_of_it_is_kept(
    content: bytes, why: str, cast: Cast, at: Browsers
) -> None:
    page = send(at.carla, content)
    assert page.status_code == 422
    assert why in page.text
    assert not ImportFile.objects.exists()
    assert not Upload.objects.exists()


def test_a_file_above_the_limit_is_not_read_to_its_end(
    cast: Cast, at: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_uploads, "USERS_FILE_LIMIT", 10)
    page = send(at.carla, AUTUMN)
    assert page.status_code == 422
    assert "which is the most" in page.text


def test_without_a_file_it_says_so(cast: Cast, at: Browsers) -> None:
    page = at.carla.post(address("import_users"))
    assert (page.status_code, "Choose a file." in page.text) == (422, True)


def test_columns_whose_names_say_nothing_are_asked_for(cast: Cast, at: Browsers) -> None:
    page = send(at.carla, b"Kennung;Rufname\n00123;Benny\n")
    assert "1 row, CSV with semicolons" in page.text
    refused = answer(at.carla, page, by="attributes.student_id")
    assert refused.status_code == 422
    assert refused.context["form"].errors.keys() == {"by"}
    assert "No column is the user’s student ID. Choose it above" in refused.text
    right = {"column_0": "attributes.student_id", "column_1": "first_name", "by": "attributes.student_id"}
    assert groups(answer(at.carla, page, **right)) == {"updated": 1}
    # What was chosen is there again.
    back = at.carla.get(page.request["PATH_INFO"])
    assert back.context["form"]["column_1"].value() == "first_name"


def test_two_columns_cannot_be_the_same(cast: Cast, at: Browsers) -> None:
    page = send(at.carla, AUTUMN)
    refused = answer(at.carla, page, column_2="first_name")
    assert refused.status_code == 422
    assert "Two columns are taken for “First name”" in refused.text
    linked = send(at.carla, LINKS, "link")
    refused = answer(at.carla, linked, find_column=2)
    assert "One column cannot both find the user and be set" in refused.text


def test_new_users_go_where_it_is_said_and_empty_cells_clear_if_asked_for(cast: Cast, at: Browsers) -> None:
    content = b"Student ID,First name,Last name\n00123,Ben,\n00888,Nils,\n"
    assert groups(preview_of(at.carla, content)) == {"refused": 1, "unchanged": 1}
    page = preview_of(at.carla, content, location=cast.north.pk, empty_clears="on")
    assert groups(page) == {"created": 1, "updated": 1}
    confirm(at.carla, page.request["PATH_INFO"])
    assert User.objects.get(identifiers__value="00888").location == cast.north
    cast.ben.refresh_from_db()
    assert cast.ben.last_name == ""


def test_learners_who_are_missing_are_named_and_deactivated_only_if_asked_for(
    cast: Cast, at: Browsers
) -> None:
    content = b"Student ID,First name\n00123,Ben\n"
    assert groups(preview_of(at.carla, content)) == {"unchanged": 1}
    page = preview_of(at.carla, content, deactivate_missing="on")
    assert groups(page) == {"missing": 1, "unchanged": 1}
    assert "Bea Brown" in page.text
    assert "Deactivate 1 user</button>" in page.text
    listed = at.carla.get(address("users_file_rows", pk=Upload.objects.latest("pk").pk, state="missing"))
    assert "Bea Brown" in listed.text
    confirm(at.carla, page.request["PATH_INFO"])
    cast.bea.refresh_from_db()
    assert cast.bea.status == User.Status.INACTIVE


def test_refused_rows_may_mean_somebody_who_seems_to_be_missing(cast: Cast, at: Browsers) -> None:
    page = preview_of(at.carla, deactivate_missing="on")
    assert "1 refused row may mean somebody who would seem to be missing" in page.text
    assert not page.context["plan"].can_apply


def test_where_many_are_missing_the_file_waits_for_a_second_administrator(cast: Cast, at: Browsers) -> None:
    with outside_the_ledger():
        for number in range(7):
            leaver = user(f"Gone{number}", "Away", cast.oak)
            Identifier.objects.create(attribute=cast.student_id, value=f"0055{number}", user=leaver)
        user("Cora", "Clark", cast.north, access_level="administrator")
    page = preview_of(at.carla, b"Student ID,First name\n00123,Benny\n", deactivate_missing="on")
    assert "A second person must approve this." in page.text
    done = confirm(at.carla, page.request["PATH_INFO"])
    job = address("job", pk=OperationJob.objects.get().pk)
    assert done.redirect_chain[-1][0] == job
    assert "Waits for a second administrator" in at.carla.get(address("import_users")).text
    assert "Import users from “autumn.csv”" in at.carla.get(address("operations")).text
    # What waits to be approved is neither changed nor removed.
    pk = Upload.objects.get().pk
    for name in ("users_file_columns", "users_file_preview"):
        assert at.carla.get(address(name, pk=pk)).headers["Location"] == job
    at.carla.post(address("remove_users_file", pk=pk))
    assert Upload.objects.exists()
    OperationJob.objects.update(created_at=timezone.now() - timedelta(days=DAYS, minutes=1))
    assert "Not approved in time" in at.carla.get(address("import_users")).text


def test_refused_rows_are_fetched_corrected_and_sent_again(cast: Cast, at: Browsers) -> None:
    preview_of(at.carla)
    pk = Upload.objects.get().pk
    fetched = at.carla.get(address("users_file_refused", pk=pk, wanted="csv"))
    heading, row = csv.reader(io.StringIO(b"".join(fetched.streaming_content).decode("utf-8-sig")))
    assert heading[-1] == "Why it was refused"
    assert row[:2] == ["123", "Ben"]
    right = ",".join(heading) + "\n" + ",".join(["00123", *row[1:4], "corrected"])
    assert groups(preview_of(at.carla, right.encode())) == {"unchanged": 1}
    book = at.carla.get(address("users_file_refused", pk=pk, wanted="xlsx"))
    assert groups(preview_of(at.carla, b"".join(book.streaming_content))) == {"refused": 1}
    assert at.carla.get(address("users_file_refused", pk=pk, wanted="pdf")).status_code == 404


def test_rows_of_one_state_are_shown_page_by_page(
    cast: Cast, at: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rollbook.interfaces.console.users_file_rows.PER_PAGE", 2)
    monkeypatch.setattr("rollbook.interfaces.console.users_file_rows.FIRST", 1)
    rows = "".join(f"0080{number},Nele{number},Oak\n" for number in range(3))
    page = preview_of(at.carla, f"Student ID,First name,Location\n{rows}".encode())
    assert "All 3 created" in page.text
    url = address("users_file_rows", pk=Upload.objects.get().pk, state="created")
    assert "Nele1" in at.carla.get(url).text
    second = at.carla.get(url, {"page": 2})
    assert ("Nele2" in second.text, "Nele1" in second.text) == (True, False)
    assert at.carla.get(url.replace("created", "nonsense")).status_code == 404


def test_above_100_users_their_number_is_typed_also_of_those_who_are_created(
    cast: Cast, at: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rollbook.interfaces.console.operation_page.MANY", 1)
    page = preview_of(at.carla)
    assert "Type 2 to confirm" in page.text
    url = page.request["PATH_INFO"]
    assert confirm(at.carla, url).status_code == 422
    assert not OperationRecord.objects.exists()
    assert confirm(at.carla, url, typed_count="2").status_code == 200
    assert OperationRecord.objects.exists()


def test_what_changed_since_the_preview_is_shown_instead(cast: Cast, at: Browsers) -> None:
    url = preview_of(at.carla).request["PATH_INFO"]
    plan = at.carla.get(url).context["plan"]
    with outside_the_ledger():
        User.objects.filter(pk=cast.ben.pk).update(last_name="Barker")
    entered = {"step": "apply", "fingerprint": plan.fingerprint, "plan_key": plan.key, "reason": "x"}
    page = at.carla.post(url, entered)
    assert page.status_code == 409
    assert groups(page)["unchanged"] == 2
    confirm(at.carla, url)
    assert OperationRecord.objects.count() == 1


def test_a_large_file_is_read_and_checked_and_applied_by_the_worker(
    cast: Cast, at: Browsers, large: None
) -> None:
    page = send(at.carla, AUTUMN)
    upload = Upload.objects.get()
    assert "Waiting for the worker." in page.text
    assert "No worker runs." in page.text
    assert UploadPart.objects.count() == len(AUTUMN) // 50 + 1
    assert ProcrastinateJob.objects.get(task_name="read_upload").args == {"upload_id": upload.pk}
    file_page = address("users_file", pk=upload.pk)
    assert at.carla.get(address("users_file_columns", pk=upload.pk)).headers["Location"] == file_page
    assert at.carla.get(address("users_file_preview", pk=upload.pk)).headers["Location"] == file_page

    read_upload(upload_id=upload.pk)
    assert not UploadPart.objects.exists()
    asked = at.carla.get(file_page, headers={"HX-Request": "true"})
    assert asked.headers["HX-Redirect"] == address("users_file_columns", pk=upload.pk)
    page = answer(at.carla, at.carla.get(file_page, follow=True))
    assert "Waiting for the worker." in page.text
    check_upload(upload_id=upload.pk)
    page = at.carla.get(file_page, follow=True)
    assert groups(page) == {"refused": 1, "created": 1, "updated": 1, "unchanged": 1}

    done = confirm(at.carla, page.request["PATH_INFO"])
    job = OperationJob.objects.get()
    assert done.redirect_chain[-1][0] == address("job", pk=job.pk)
    assert "Being applied" in at.carla.get(address("import_users")).text
    assert at.carla.get(page.request["PATH_INFO"]).headers["Location"] == address("job", pk=job.pk)
    apply_operation(job_id=job.pk)
    assert User.objects.filter(identifiers__value="00777").exists()
    assert "Applied" in at.carla.get(address("import_users")).text


def test_a_large_file_that_changes_little_is_the_workers_too_and_a_failure_leads_back_to_its_preview(
    cast: Cast, at: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = preview_of(at.carla).request["PATH_INFO"]
    monkeypatch.setattr(uploads, "SMALL_ROWS", 1)
    confirm(at.carla, url)
    with outside_the_ledger():
        User.objects.filter(pk=cast.ben.pk).update(last_name="Barker")
    job = OperationJob.objects.get()
    apply_operation(job_id=job.pk)
    assert not OperationRecord.objects.exists()
    page = at.carla.get(address("job", pk=job.pk))
    assert f'href="{address("users_file", pk=Upload.objects.get().pk)}"' in page.text
    assert "The last time it was not applied" in at.carla.get(url).text
    page = answer(at.carla, at.carla.get(address("users_file_columns", pk=Upload.objects.get().pk)))
    check_upload(upload_id=Upload.objects.get().pk)
    confirm(at.carla, url)
    apply_operation(job_id=OperationJob.objects.latest("pk").pk)
    assert OperationRecord.objects.count() == 1


def test_a_large_bad_file_is_told_on_its_page_and_goes(cast: Cast, at: Browsers, large: None) -> None:
    send(at.carla, b'Student ID,First name\n00123,"Ben')
    upload = Upload.objects.get()
    read_upload(upload_id=upload.pk)
    page = at.carla.get(address("users_file", pk=upload.pk))
    assert "seems to be cut off" in page.text
    assert "Choose another file" in page.text
    assert not UploadPart.objects.exists()
    assert not ImportFile.objects.exists()


def test_what_breaks_in_the_worker_is_told_and_can_be_asked_for_again(
    cast: Cast, at: Browsers, large: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise MemoryError

    send(at.carla, AUTUMN)
    upload = Upload.objects.get()
    read_upload(upload_id=upload.pk)
    page = at.carla.get(address("users_file", pk=upload.pk), follow=True)
    answer(at.carla, page)
    with monkeypatch.context() as patch:
        patch.setattr(uploads, "with_columns", broken)
        with pytest.raises(MemoryError):
            check_upload(upload_id=upload.pk)
    page = at.carla.get(address("users_file", pk=upload.pk), follow=True)
    assert "Something went wrong" in page.text
    answer(at.carla, page)
    check_upload(upload_id=upload.pk)
    assert groups(at.carla.get(address("users_file_preview", pk=upload.pk)))["created"] == 1


def test_a_task_that_is_done_twice_does_nothing_the_second_time(
    cast: Cast, at: Browsers, large: None
) -> None:
    send(at.carla, AUTUMN)
    upload = Upload.objects.get()
    for task in (read_upload, read_upload, check_upload):
        task(upload_id=upload.pk)
    upload.refresh_from_db()
    assert upload.state == Upload.State.READ
    assert ImportFile.objects.count() == 1


def test_a_file_whose_worker_was_killed_while_it_was_read_is_read_anew(
    cast: Cast, at: Browsers, large: None
) -> None:
    send(at.carla, AUTUMN)
    Upload.objects.update(state=Upload.State.READING, rows=3)
    upload = Upload.objects.get()
    assert "3 rows read so far." in at.carla.get(address("users_file", pk=upload.pk)).text
    read_upload(upload_id=upload.pk)
    upload.refresh_from_db()
    assert upload.rows == 4
    assert upload.state == Upload.State.READ
    assert ImportFile.objects.count() == 1


@pytest.mark.parametrize("kind", ["import", "link"])
def test_the_template_is_a_file_whose_columns_are_all_known(kind: str, cast: Cast, at: Browsers) -> None:
    got = at.carla.get(address("users_template", kind=kind, wanted="csv"))
    names = b"".join(got.streaming_content).decode("utf-8-sig").strip()
    assert (
        names
        == {
            "import": "First name,Last name,E-mail,Location,Send notifications,Username,Employee ID,Student ID",
            "link": "E-mail,Student ID",
        }[kind]
    )
    page = send(at.carla, f"{names}\n{',' * names.count(',')}x\n".encode(), kind)
    assert all(key for _, key in page.context["file"].columns)
    book = at.carla.get(address("users_template", kind=kind, wanted="xlsx"))
    assert b"".join(book.streaming_content).startswith(b"PK")
    assert at.carla.get(address("users_template", kind="other", wanted="csv")).status_code == 404


def test_an_excel_file_is_read_too(cast: Cast, at: Browsers) -> None:
    with xlsx_file(("Student ID", "First name"), [("00123", "Benny")]) as file:
        assert groups(preview_of(at.carla, file.read())) == {"updated": 1}


def test_a_file_is_removed_with_its_rows_but_not_while_the_worker_has_it(
    cast: Cast, at: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    preview_of(at.carla)
    at.carla.post(address("remove_users_file", pk=Upload.objects.get().pk))
    assert not Upload.objects.exists()
    assert not ImportRow.objects.exists()
    monkeypatch.setattr(uploads, "SMALL_BYTES", 1)
    send(at.carla, AUTUMN)
    at.carla.post(address("remove_users_file", pk=Upload.objects.get().pk))
    assert Upload.objects.exists()


def test_of_several_files_in_one_request_one_is_taken(at: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    held = []
    monkeypatch.setattr(web_uploads, "passing_file", _noting(held))
    files = [SimpleUploadedFile(f"{number}.csv", AUTUMN) for number in range(3)]
    at.carla.post(address("import_users"), {"users_file": files})
    assert [upload.name for upload in Upload.objects.all()] == ["0.csv"]
    assert len(held) == 1


@pytest.mark.parametrize("columns_meant_something_else_since", [False, True])
def test_what_was_sent_goes_after_a_week(
    columns_meant_something_else_since: bool, cast: Cast, at: Browsers
) -> None:
    page = send(at.carla, AUTUMN)
    long_ago = timezone.now() - KEPT - timedelta(hours=1)
    for model in (Upload, ImportFile):
        model.objects.update(created_at=long_ago)
    answer(at.carla, page, **({"column_2": ""} if columns_meant_something_else_since else {}))
    assert ImportFile.objects.count() == 1 + columns_meant_something_else_since
    purge()
    assert not Upload.objects.exists()
    assert not ImportRow.objects.exists()


def test_the_rows_of_a_file_that_was_kept_too_long_are_asked_for_again(cast: Cast, at: Browsers) -> None:
    url = preview_of(at.carla).request["PATH_INFO"]
    ImportRow.objects.all().delete()
    assert "The rows of this file are kept no longer. Send it again." in at.carla.get(url).text


def test_a_staff_member_of_another_place_is_neither_changed_nor_named(cast: Cast, at: Browsers) -> None:
    page = preview_of(at.carla, b"Student ID,First name\n00999,Mal\n")
    assert groups(page) == {"refused": 1}
    assert "Another user is beyond your locations or access level" in page.text
    assert "Malik" not in page.text
