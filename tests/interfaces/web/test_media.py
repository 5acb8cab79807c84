"""Videos and captions: part by part, and only for whoever may see the chapter."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from rollbook.interfaces.web.ranges import wanted_bytes
from rollbook.training.catalogue import Chapter, RoleContent, RoleGrant
from rollbook.training.records import Enrolment
from rollbook.training.videos import keep_video, video_kind
from tests.cast import Cast, outside_the_ledger
from tests.interfaces.conftest import SignIn
from tests.operations.catalogue_cases import CAPTIONS
from tests.training.stage import Stage, furnish

FILM = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp41" + bytes(range(256)) * 4
SIZE = len(FILM)
WEBM = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm"
Get = Callable[..., Any]


@pytest.fixture
def stage(cast: Cast, settings: Settings, tmp_path: Path) -> Stage:
    """Return the catalogue; its first chapter has an uploaded film with captions."""
    settings.MEDIA_ROOT = str(tmp_path)
    stage = furnish()
    name = keep_video(ContentFile(FILM))
    with outside_the_ledger():
        Chapter.objects.filter(pk=stage.film.pk).update(video=name, video_url="", captions=CAPTIONS)
    stage.film.refresh_from_db()
    return stage


@pytest.fixture
def get(stage: Stage, cast: Cast, signed_in: SignIn) -> Get:
    """Return what asks for the film as Lou, who may look at the catalogue."""
    lou = signed_in(cast.lou)

    def ask(method: str = "get", **headers: str) -> Any:
        return getattr(lou, method)(reverse("web:video", args=[stage.film.pk]), headers=headers)

    return ask


def content(answer: Any) -> bytes:
    """Return the body, read to its end: the test's browser then closes the answer."""
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_the_whole_film_is_sent_in_pieces(get: Get) -> None:
    answer = get()
    assert (answer.status_code, answer.streaming) == (200, True)
    assert content(answer) == FILM
    assert answer["Content-Length"] == str(SIZE)
    assert answer["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-", 0, SIZE - 1),
        ("bytes=0-0", 0, 0),
        ("bytes=100-199", 100, 199),
        ("bytes=1000-999999", 1000, SIZE - 1),
        ("bytes=-10", SIZE - 10, SIZE - 1),
        ("bytes=-999999", 0, SIZE - 1),
        ("Bytes = 5-6", 5, 6),
    ],
)
def test_a_part_is_sent_so_that_seeking_works(get: Get, asked: str, first: int, last: int) -> None:
    answer = get(range=asked)
    assert answer.status_code == 206
    assert answer["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
    assert answer["Content-Length"] == str(last - first + 1)
    assert content(answer) == FILM[first : last + 1]


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", "bytes=99999-100000", "bytes=-0"])
def test_a_part_beyond_the_end_is_refused_with_the_size(get: Get, asked: str) -> None:
    answer = get(range=asked)
    assert answer.status_code == 416
    assert answer["Content-Range"] == f"bytes */{SIZE}"
    assert content(answer) == b""


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "bytes=",
        "bytes=-",
        "bytes=5-2",
        "bytes=0-1,5-6",
        "seconds=1-2",
        "bytes=a-b",
        "bytes=" + "9" * 99 + "-",
    ],
)
def test_what_is_no_single_range_gets_the_whole_film(get: Get, asked: str) -> None:
    answer = get(range=asked)
    assert answer.status_code == 200
    assert content(answer) == FILM


@given(st.integers(1, 500), st.integers(0, 600), st.none() | st.integers(0, 600))
def test_a_part_is_never_more_than_there_is(size: int, first: int, last: int | None) -> None:
    part = wanted_bytes(f"bytes={first}-{'' if last is None else last}", size)
    if last is not None and last < first:
        assert part is None
    else:
        assert list(part or []) == [
            at for at in range(size) if first <= at <= (size if last is None else last)
        ]


def test_a_part_is_sent_only_of_the_version_that_the_player_began_with(get: Get) -> None:
    whole = get()
    content(whole)
    for version in (whole["ETag"], whole["Last-Modified"]):
        part = get(range="bytes=0-9", **{"if-range": version})
        assert part.status_code == 206
        assert content(part) == FILM[:10]
    for version in ('"another"', "Wed, 21 Oct 2015 07:28:00 GMT", "nonsense"):
        answer = get(range="bytes=0-9", **{"if-range": version})
        assert answer.status_code == 200
        assert content(answer) == FILM


def test_what_the_browser_has_already_is_not_sent_again(get: Get) -> None:
    whole = get()
    content(whole)
    assert get(**{"if-none-match": whole["ETag"]}).status_code == 304
    assert get(**{"if-modified-since": whole["Last-Modified"]}).status_code == 304


def test_a_player_that_stops_reading_holds_no_thread(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rollbook.interfaces.web.ranges.LONGEST_PART", 100)
    answer = get(range="bytes=200-")
    assert not answer.streaming, "it is handed over at once, and short"
    assert answer["Content-Range"] == f"bytes 200-299/{SIZE}"
    assert content(answer) == FILM[200:300]


def test_one_reader_at_a_time_gets_the_whole_film(get: Get) -> None:
    first, second, part = get(), get(), get(range="bytes=0-9")
    assert [first.status_code, second.status_code, part.status_code] == [200, 503, 206]
    assert second["Retry-After"] == "5"
    assert content(first) == FILM
    assert get("head").status_code == 200
    third = get()
    assert content(third) == FILM


def test_head_tells_the_size_and_sends_nothing(get: Get) -> None:
    for headers in ({}, {"range": "bytes=0-9"}):
        answer = get("head", **headers)
        assert (answer.status_code, answer["Content-Length"], answer.content) == (200, str(SIZE), b"")


def test_no_browser_runs_what_was_uploaded(stage: Stage, cast: Cast, signed_in: SignIn) -> None:
    for name, kind in (("web:video", "video/mp4"), ("web:captions", "text/vtt; charset=utf-8")):
        answer = signed_in(cast.lou).get(reverse(name, args=[stage.film.pk]))
        assert answer["Content-Type"] == kind
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer["Content-Disposition"] == "inline"
        assert answer["Cache-Control"] == "private, no-cache"
        content(answer)


def test_captions_have_an_address_of_their_own(stage: Stage, cast: Cast, signed_in: SignIn) -> None:
    lou = signed_in(cast.lou)
    assert lou.get(reverse("web:captions", args=[stage.film.pk])).text == CAPTIONS
    assert lou.get(reverse("web:captions", args=[stage.extra.pk])).status_code == 404


def seen_by(client: Client, chapter: Chapter) -> list[int]:
    answers = [client.get(reverse(f"web:{name}", args=[chapter.pk])) for name in ("video", "captions")]
    for answer in answers:
        content(answer)
    return [answer.status_code for answer in answers]


def test_a_learner_sees_the_video_by_enrolment_or_content_role_while_the_course_is_open(
    stage: Stage, cast: Cast, signed_in: SignIn
) -> None:
    ben, bea, mallory = map(signed_in, (cast.ben, cast.bea, cast.mallory))
    assert [seen_by(who, stage.film) for who in (Client(), ben)] == [[302, 302], [404, 404]]
    with outside_the_ledger():
        RoleContent.objects.filter(course=stage.fire).update(course=None, chapter=stage.film)
        RoleGrant.objects.create(user=cast.bea, content_role=stage.crew)
    enrolment = Enrolment.objects.create(user=cast.ben, course=stage.fire)
    assert [seen_by(who, stage.film) for who in (ben, bea, mallory)] == [[200, 200], [200, 200], [404, 404]]
    Enrolment.objects.filter(pk=enrolment.pk).update(current=False)
    assert seen_by(ben, stage.film) == [404, 404]
    with outside_the_ledger():
        type(stage.fire).objects.update(open=False)
    assert seen_by(bea, stage.film) == [404, 404]


def test_a_file_that_is_gone_is_said_to_be_not_there(stage: Stage, cast: Cast, signed_in: SignIn) -> None:
    Path(stage.film.video.path).unlink()
    assert seen_by(signed_in(cast.alice), stage.film) == [404, 200]
    assert seen_by(signed_in(cast.alice), stage.extra) == [404, 404], "its video is elsewhere"


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (FILM, "mp4"),
        (b"\x00\x00\x00\x14ftypmp42\x00\x00\x00\x00", "mp4"),
        (WEBM, "webm"),
        (WEBM.replace(b"\x84webm", b"\x88matroska"), None),
        (b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  ", None),
        (b"\x00\x00\x00\x14ftypavif\x00\x00\x00\x00mif1", None),
        (b"<html><script>alert(1)</script>", None),
        (b"#!/bin/sh\nftypmp42", None),
        (b"\x00\x00\x00\x10ftypisom\x00\x00\x00\x00mp41", None),
        (b"", None),
    ],
)
def test_a_video_is_told_by_its_content(head: bytes, kind: str | None) -> None:
    assert video_kind(head) == kind
