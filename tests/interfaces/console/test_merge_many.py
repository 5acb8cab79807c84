"""Many merges in the console: the spreadsheet, the result of each row, the operation with its parts, the undo."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from rollbook.common.spreadsheet import xlsx_file
from rollbook.interfaces.web import uploads
from rollbook.interfaces.web.tasks import apply_operation
from rollbook.ledger.models import OperationJob, OperationRecord
from rollbook.people.models import User
from rollbook.people.pairs import Pair
from tests.cast import Cast, outside_the_ledger, user
from tests.interfaces.console.conftest import Browsers, confirm

URL = reverse("console:merge_many")
PAIRS = "Primary;Duplicate\r\n00123;00124\r\n00123;nobody\r\n"


def into(who: User) -> User | None:
    return User.objects.get(pk=who.pk).merged_into


def upload(client: Client, content: bytes, **entered: Any) -> Any:
    return client.post(URL, {"sheet": SimpleUploadedFile("pairs.csv", content), "pairs": "", **entered})


def merge_two(cast: Cast, client: Client) -> tuple[OperationRecord, list[OperationRecord]]:
    """Merge Bea into Ben, and Nele into Nora, by one spreadsheet; return the batch and its parts."""
    with outside_the_ledger():
        user("Nora", "New", cast.north)
        user("Nele", "New", cast.north)
    confirm(client, URL, pairs="00123,00124\nnora.new@example.org,nele.new@example.org")
    batch = OperationRecord.objects.get(part_of=None)
    return batch, list(batch.parts.order_by("pk"))


def test_it_works(cast: Cast, at: Browsers) -> None:
    page = upload(at.carla, PAIRS.encode())
    text = page.content.decode()
    assert page.status_code == 200
    assert "Merge 1 duplicate into 1 Primary" in text
    assert "“nobody” is not there, or beyond your locations or access level" in text
    assert "The names differ widely: Ben Baker and Bea Brown" in text
    assert not OperationRecord.objects.exists()

    # The page carries the text of the file on to the button.
    carried = page.context["form"]["pairs"].value()
    done = confirm(at.carla, URL, pairs=carried)
    assert into(cast.bea) == cast.ben
    batch = OperationRecord.objects.get(part_of=None)
    assert done.redirect_chain[-1][0] == reverse("console:operation", args=[batch.pk])


def test_it_checks_access(cast: Cast, at: Browsers) -> None:
    for client in (at.lou, at.sam, at.mallory):
        assert client.get(URL).status_code == 403
        assert upload(client, PAIRS.encode()).status_code == 403
    assert into(cast.bea) is None


def test_pairs_are_pasted_as_they_are_copied_from_a_spreadsheet(cast: Cast, at: Browsers) -> None:
    page = at.carla.post(URL, {"pairs": "00123\t00124"})
    assert [one.pair.row for one in page.context["plan"].results] == [1]
    assert page.context["plan"].can_apply


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "Choose a file, or paste the pairs."),
        (b"Primary,Second\n1,2\n", "no column is called “Duplicate”"),
        (b"PK\x03\x04", "The Excel file cannot be read"),
        (b"1,2\n" * 10_001, "more than 10,000 rows"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_what_to_do(
    content: bytes, why: str, cast: Cast, at: Browsers
) -> None:
    page = upload(at.carla, content)
    assert page.status_code == 422
    assert why in page.content.decode()


def test_a_file_that_is_too_large_is_not_read_to_its_end(
    cast: Cast, at: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "SHEET_LIMIT", 10)
    page = upload(at.carla, PAIRS.encode())
    assert page.status_code == 422
    assert "which is the most. Divide it into several." in page.content.decode()


def test_the_template_has_the_two_headings(cast: Cast, at: Browsers) -> None:
    answer = at.carla.get(reverse("console:merge_many_template"))
    assert b"".join(answer.streaming_content) == b"\xef\xbb\xbfPrimary,Duplicate\r\n"


def test_the_result_of_every_row_can_be_downloaded(cast: Cast, at: Browsers) -> None:
    answer = at.carla.post(URL, {"pairs": PAIRS, "step": "download"})
    assert b"".join(answer.streaming_content).decode().splitlines()[1:] == [
        "2,00123,00124,Will be merged,",
        "3,00123,nobody,Refused,“nobody” is not there, or beyond your locations or access level".replace(
            "“nobody” is not there, or beyond your locations or access level",
            '"“nobody” is not there, or beyond your locations or access level"',
        ),
    ]
    assert not OperationRecord.objects.exists()


def test_the_operations_list_shows_the_batch_and_not_its_parts(cast: Cast, at: Browsers) -> None:
    batch, parts = merge_two(cast, at.carla)
    table = at.carla.get(reverse("console:operations")).context["table"]
    assert [row.record for row in table.page.object_list] == [batch]
    of_ben = at.carla.get(reverse("console:operations"), {"user": "ben"}).context["table"]
    assert [row.record for row in of_ben.page.object_list] == [parts[0]]
    page = at.carla.get(reverse("console:user_operations", args=[cast.ben.pk])).context["table"]
    assert [row.record for row in page.page.object_list] == [parts[0]]


def test_the_page_of_the_batch_lists_its_parts_each_with_its_undo(cast: Cast, at: Browsers) -> None:
    batch, (first, second) = merge_two(cast, at.carla)
    page = at.carla.get(reverse("console:operation", args=[batch.pk]))
    text = page.content.decode()
    assert page.context["parts"] == [first, second]
    assert first.summary in text
    assert f'href="{reverse("console:undo", args=[first.pk])}"' in text
    assert "2 users changed" in text
    assert (
        f"operation {batch.pk}"
        in at.carla.get(reverse("console:operation", args=[first.pk])).content.decode()
    )

    confirm(at.carla, reverse("console:undo", args=[first.pk]))
    assert into(cast.bea) is None
    text = at.carla.get(reverse("console:operation", args=[batch.pk])).content.decode()
    assert f'href="{reverse("console:undo", args=[first.pk])}"' not in text
    assert f'href="{reverse("console:undo", args=[second.pk])}"' in text


def test_the_batch_is_undone_from_its_page_and_the_preview_names_its_parts(cast: Cast, at: Browsers) -> None:
    batch, parts = merge_two(cast, at.carla)
    url = reverse("console:undo", args=[batch.pk])
    text = at.carla.get(url).content.decode()
    assert all(part.summary in text for part in parts)
    confirm(at.carla, url)
    assert not User.objects.exclude(merged_into=None).exists()


def test_what_stands_against_the_undo_of_a_part_is_shown_in_that_of_the_batch(
    cast: Cast, at: Browsers
) -> None:
    batch, _ = merge_two(cast, at.carla)
    with outside_the_ledger():
        User.objects.filter(pk=cast.bea.pk).update(merged_into=cast.lou)
    page = at.carla.get(reverse("console:undo", args=[batch.pk]))
    assert [conflict.row_id for conflict, _ in page.context["conflicts"]] == [cast.bea.pk]
    assert "1 row cannot simply go back: changed since." in page.content.decode()


def test_parts_are_shown_page_by_page(cast: Cast, at: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rollbook.interfaces.console.operations.CHANGES", 1)
    batch, (first, second) = merge_two(cast, at.carla)
    url = reverse("console:operation", args=[batch.pk])
    page = at.carla.get(url)
    assert (page.context["parts"], page.context["after_part"]) == ([first], first.pk)
    page = at.carla.get(url, {"after_part": first.pk})
    assert (page.context["parts"], page.context["after_part"]) == ([second], "")


def test_a_batch_on_many_users_is_the_workers_and_its_page_says_how_far_it_is(
    cast: Cast, at: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (
        "rollbook.operations.merge_many_users",
        "rollbook.ledger.undo",
        "rollbook.interfaces.console.operation_page",
        "rollbook.interfaces.web.large",
    ):
        monkeypatch.setattr(f"{module}.MANY", 1)
    page = confirm(at.carla, URL, pairs="00123,00124", typed_count="2")
    job = OperationJob.objects.get()
    assert page.redirect_chain[-1][0] == reverse("console:job", args=[job.pk])
    assert into(cast.bea) is None

    apply_operation(job_id=job.pk)
    assert into(cast.bea) == cast.ben
    batch = OperationRecord.objects.get(part_of=None)
    page = confirm(at.carla, reverse("console:undo", args=[batch.pk]), typed_count="2")
    apply_operation(job_id=OperationJob.objects.latest("pk").pk)
    assert into(cast.bea) is None


def test_an_excel_file_is_read_too(cast: Cast, at: Browsers) -> None:
    with xlsx_file(("Duplicate", "Primary"), [("00124", "00123")]) as file:
        page = upload(at.carla, file.read())
    assert [one.pair for one in page.context["plan"].results] == [Pair(2, "00123", "00124")]
