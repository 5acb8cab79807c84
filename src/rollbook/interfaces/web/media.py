"""The video of a chapter and its captions, for whoever may see the chapter."""

from pathlib import PurePath
from typing import cast

from django.contrib.auth.decorators import login_required
from django.core.files.storage import Storage
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from rollbook.interfaces.web.middleware import acting
from rollbook.interfaces.web.ranges import file_response
from rollbook.people.access import Right
from rollbook.people.models import User
from rollbook.training.access import may_watch
from rollbook.training.catalogue import Chapter
from rollbook.training.videos import CONTENT_TYPES


@login_required
@require_safe
def video(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Serve the uploaded video, or the part of it that was asked for."""
    kept = _chapter(request, pk).video
    storage: Storage = kept.storage
    name = PurePath(kept.name or "")
    kind = CONTENT_TYPES.get(name.suffix[1:])
    if kind is None or not storage.exists(str(name)):
        raise Http404
    # A name belongs to one content for ever.
    response = file_response(
        request,
        lambda: storage.open(str(name)),
        size=storage.size(str(name)),
        etag=f'"{name.stem}"',
        modified=storage.get_modified_time(str(name)),
    )
    return _kept_in(response, kind)


@login_required
@require_safe
def captions(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Serve the captions as WebVTT."""
    text = _chapter(request, pk).captions
    if not text:
        raise Http404
    return _kept_in(HttpResponse(text), "text/vtt; charset=utf-8")


def _chapter(request: HttpRequest, pk: int) -> Chapter:
    """Return the chapter. Raises Http404 for whoever may not see it, as for one that does not exist."""
    chapter, actor = get_object_or_404(Chapter, pk=pk), acting(request)
    if not (actor and actor.may(Right.CATALOGUE_VIEW)) and not may_watch(cast("User", request.user), chapter):
        raise Http404
    return chapter


def _kept_in(response: HttpResponseBase, content_type: str) -> HttpResponseBase:
    """Let browsers play it and do nothing else with it, whatever somebody managed to upload."""
    headers = {
        "Content-Type": content_type,
        "Content-Disposition": "inline",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        # Asked for again each time: who may see it can change.
        "Cache-Control": "private, no-cache",
    }
    for name, value in headers.items():
        response.headers[name] = value
    return response
