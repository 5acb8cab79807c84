"""Tags and components that pages are made of."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django import forms
from django.contrib.messages.storage.session import SessionStorage
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import timezone

from rollbook.interfaces.web import notices
from rollbook.interfaces.web.tags import MenuItem, row_menu, when
from rollbook.people.access import actor_for
from tests.cast import Cast


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(seconds=-30), "in less than a minute"),
        (timedelta(minutes=3, seconds=5), "3\xa0minutes ago"),
        (timedelta(days=15), "2\xa0weeks ago"),
        (timedelta(minutes=-10, seconds=-5), "in 10\xa0minutes"),
    ],
)
def test_a_moment_is_told_relative_to_now(ago: timedelta, said: str) -> None:
    assert f">{said}</time>" in when(timezone.now() - ago)


def test_a_moment_has_its_exact_time_on_hover_and_for_scripts() -> None:
    drawn = when(datetime(2026, 11, 22, 18, 5, 9, tzinfo=UTC))
    assert 'datetime="2026-11-22T18:05:09+00:00"' in drawn
    assert 'title="Sunday 22 November 2026, 18:05:09 UTC"' in drawn


def test_no_moment_is_never() -> None:
    assert "never" in when(None)


def test_what_a_person_may_not_do_is_not_offered(cast: Cast) -> None:
    page = Template('{% may "lms:edit" as ok %}{% if ok %}Edit{% endif %}')
    seen = {}
    for who in ("alice", "lou"):
        request = RequestFactory().get("/")
        request.actor = actor_for(getattr(cast, who))
        seen[who] = page.render(Context({"request": request}))
    assert seen == {"alice": "Edit", "lou": ""}
    assert page.render(Context({})) == ""


def test_the_row_menu_names_its_row_and_its_items() -> None:
    items = [MenuItem("Open", "/open/"), MenuItem("Deactivate", "/off/?a=1&b=2", "user-off", danger=True)]
    drawn = row_menu(7, 'Ben "B" <Baker>', items)
    assert 'aria-label="Actions for Ben &quot;B&quot; &lt;Baker&gt;"' in drawn
    assert 'popovertarget="menu-7"' in drawn
    assert 'id="menu-7"' in drawn
    assert 'href="/off/?a=1&amp;b=2"' in drawn


def test_a_row_without_anything_to_do_has_no_chevron() -> None:
    assert row_menu(7, "Ben", []) == ""


class Form(forms.Form):
    """One field of each look."""

    name = forms.CharField(help_text="In any script.")
    level = forms.ChoiceField(choices=[("a", "A")], widget=forms.RadioSelect, help_text="How far.")
    told = forms.BooleanField(required=False)
    place = forms.ChoiceField(choices=[("a", "A")])


def test_help_and_errors_belong_to_their_field_for_a_screen_reader() -> None:
    drawn = str(Form({}))
    named = re.search(r'<input[^>]*name="name"[^>]*>', drawn)
    assert named
    assert 'aria-describedby="id_name_helptext id_name_error"' in named[0]
    assert 'aria-invalid="true"' in named[0]
    assert 'class="form-control is-invalid"' in named[0]
    for anchor in ("id_name_helptext", "id_name_error", "id_level_helptext", "id_level_error"):
        assert f'id="{anchor}"' in drawn
    assert '<fieldset class="mb-3" aria-describedby="id_level_helptext id_level_error">' in drawn


def test_each_field_has_the_look_of_its_kind() -> None:
    drawn = str(Form())
    assert 'class="form-select"' in drawn
    assert drawn.count('class="form-check-input"') == 2
    assert "is-invalid" not in drawn


def test_before_and_after_are_told_apart_without_colours() -> None:
    drawn = render_to_string("components/before_after.html", {"before": "Ben", "after": ""})
    assert "before: </span>Ben</del>" in drawn
    assert '<span class="absent">empty</span></ins>' in drawn
    assert "<del>" not in render_to_string("components/before_after.html", {"before": None, "after": "Ben"})


def with_messages() -> HttpRequest:
    request = RequestFactory().get("/")
    request.session = {}
    request._messages = SessionStorage(request)
    return request


def test_a_message_of_a_change_offers_undo_and_escapes_names() -> None:
    request = with_messages()
    notices.changed(request, "1 LMS account of <b>Ben</b> was removed.", "/console/operations/7/undo/")
    storage = request._messages
    storage._store(storage._queued_messages, None)
    drawn = render_to_string("components/messages.html", {"messages": SessionStorage(request)})
    assert "&lt;b&gt;Ben" in drawn
    assert 'href="/console/operations/7/undo/"' in drawn
    assert 'role="status"' in drawn


@pytest.mark.parametrize("total", [1, None])
def test_one_row_is_not_spoken_of_as_several(total: int | None) -> None:
    context = {"page": Paginator(["Ben"], 25).page(1), "thing": "user", "things": "users", "total": total}
    drawn = render_to_string("components/pagination.html", context)
    assert '<p class="m-0 text-secondary"> 1 user </p>' in " ".join(drawn.split())


def test_pages_keep_the_filters_in_their_links() -> None:
    request = RequestFactory().get("/?status=active&page=2")
    context = {"page": Paginator(range(3000), 1000).page(2), "things": "users", "total": 3000}
    drawn = render_to_string("components/pagination.html", context, request)
    assert "1,001–2,000 of 3,000 users" in " ".join(drawn.split())
    assert 'rel="prev" href="?status=active&amp;page=1"' in drawn
    assert 'rel="next" href="?status=active&amp;page=3"' in drawn
