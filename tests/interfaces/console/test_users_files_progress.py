"""How far a large file is, as its page says while the worker is at it: others see it before anything is committed."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from rollbook.interfaces.web.tasks import apply_operation, check_upload, read_upload
from rollbook.ledger import jobs
from rollbook.ledger.models import OperationJob, OperationRecord
from rollbook.ledger.writer import Done, Progress
from rollbook.people.importing import staging, uploads
from rollbook.people.importing.models import Upload
from rollbook.people.models import User
from tests.cast import Cast
from tests.interfaces.console.conftest import Browsers, confirm
from tests.interfaces.console.test_users_files import address, answer, send

pytestmark = pytest.mark.django_db(transaction=True)
Look = Callable[[Client, str], str]
# Ten rows of new users, of whom each has an ID as well, and one whose name changes.
ROWS = "".join(f"0070{number},Nele{number},Oak\n" for number in range(10))
FILE = f"Student ID,First name,Location\n{ROWS}00123,Benny,Oak\n".encode()


@pytest.fixture(autouse=True)
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the file be a large one, that is read four rows at a time."""
    monkeypatch.setattr(uploads, "SMALL_BYTES", 1)
    monkeypatch.setattr(uploads, "SMALL_ROWS", 1)
    monkeypatch.setattr(staging, "CHUNK", 4)


@pytest.fixture
def look() -> Iterator[Look]:
    """Return what fetches a page over a connection of its own, as another process does."""

    def fetch(client: Client, url: str) -> str:
        try:
            return client.get(url).text
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        yield lambda client, url: thread.submit(fetch, client, url).result()


def bar_of(page: str) -> str:
    """Return the bar, and what stands above it."""
    found = re.search(r'<p class="mb-2">(.*?)</p>\s*<progress([^>]*)>', page)
    assert found, page
    value = re.search(r'value="(\d+)"', found[2])
    return found[1] + (f" [{value[1]} %]" if value else " [working]")


def test_while_a_file_is_read_its_page_counts_the_rows_and_while_it_is_checked_says_how_many(
    cast: Cast, at: Browsers, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(at.carla, FILE)
    url, seen = address("users_file", pk=Upload.objects.get().pk), []
    plain: Any = uploads.stage

    def watched(*args: Any, told: Callable[[int], None], **kwargs: Any) -> Any:
        def tell(rows: int) -> None:
            seen.append(bar_of(look(at.carla, url)))
            told(rows)

        made = plain(*args, told=tell, **kwargs)
        seen.append(bar_of(look(at.carla, url)))
        return made

    monkeypatch.setattr(uploads, "stage", watched)
    read_upload(upload_id=Upload.objects.get().pk)
    assert seen == [f"{rows} rows read so far. [working]" for rows in (0, 4, 8, 11)]

    seen.clear()
    answer(at.carla, at.carla.get(url, follow=True))
    real: Any = uploads.with_columns

    def looking(*args: Any) -> Any:
        seen.append(bar_of(look(at.carla, url)))
        return real(*args)

    monkeypatch.setattr(uploads, "with_columns", looking)
    check_upload(upload_id=Upload.objects.get().pk)
    assert seen == ["Checking 11 rows against the register. [working]"]
    assert at.carla.get(url, follow=True).context["plan"].can_apply


def test_while_an_import_is_applied_its_page_shows_the_step_the_rows_and_the_share(
    cast: Cast, at: Browsers, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(at.carla, FILE)
    pk = Upload.objects.get().pk
    read_upload(upload_id=pk)
    answer(at.carla, at.carla.get(address("users_file", pk=pk), follow=True))
    check_upload(upload_id=pk)
    confirm(at.carla, address("users_file_preview", pk=pk))
    job, users = OperationJob.objects.get(), []
    url = address("job", pk=job.pk)
    seen = [bar_of(look(at.carla, url))]
    plain: Any = jobs.apply

    def watched(*args: Any, progress: Progress, **kwargs: Any) -> OperationRecord:
        def tell(done: Done) -> None:
            progress(done)
            seen.append(bar_of(look(at.carla, url)))
            users.append(look(at.carla, address("users")).count("Nele"))

        record: OperationRecord = plain(*args, progress=tell, **kwargs)
        return record

    monkeypatch.setattr(jobs, "apply", watched)
    apply_operation(job_id=job.pk)
    # Created users, then the one who is changed, then the IDs of the new ones; no ID is replaced.
    assert seen == [
        "Waiting for the worker. [0 %]",
        "Step 1 of 4: 0 of 21 rows. [0 %]",
        "Step 2 of 4: 10 of 21 rows. [47 %]",
        "Step 3 of 4: 11 of 21 rows. [52 %]",
        "All 21 rows are changed; checking and recording. [100 %]",
    ]
    assert set(users) == {0}
    assert User.objects.filter(first_name__startswith="Nele").count() == 10
    assert "Done" in at.carla.get(url).text
