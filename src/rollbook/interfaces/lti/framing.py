"""Rollbook inside an LMS's frame: which pages may show it, and cookies that work there."""

from collections.abc import Callable

from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from rollbook.common.origins import origin
from rollbook.interfaces.lti.cookies import make_partitioned

ORIGINS = "framed_by"
PARTITIONED = "framed_by_another_site"
FRAMES = {"iframe", "frame", "embed", "object"}


class FramingMiddleware:
    """Lets the LMS's own pages show a launch in a frame, and nobody else's.

    Above SessionMiddleware and CsrfViewMiddleware, whose cookies it changes, and below CSPMiddleware, which writes
    the header.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def process_view(self, request: HttpRequest, *_view: object) -> None:
        """Remember how the session was framed before the view can end it."""
        remember(request)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, and open the answer to the frame that the session or the view names."""
        response = self.get_response(request)
        origins, partitioned = remember(request)
        if origins:
            response = csp_replace({"frame-ancestors": origins})(lambda _request: response)(request)
            response.headers.pop("X-Frame-Options", None)
        if partitioned:
            make_partitioned(response, settings.SESSION_COOKIE_NAME)
            make_partitioned(response, settings.CSRF_COOKIE_NAME)
        return response


def remember(request: HttpRequest) -> tuple[list[str], bool]:
    """Return the origins that may frame the answer, and whether its cookies are for a frame of another site."""
    session = getattr(request, "session", {})
    origins: list[str] = session.get(ORIGINS) or getattr(request, ORIGINS, [])
    partitioned = bool(session.get(PARTITIONED) or getattr(request, PARTITIONED, False))
    allow(request, origins)
    setattr(request, PARTITIONED, partitioned)
    return origins, partitioned


def allow(request: HttpRequest, origins: list[str]) -> None:
    """Let pages of these origins show the answer to this one request in a frame."""
    setattr(request, ORIGINS, origins)


def is_framed(request: HttpRequest) -> bool:
    """Return whether the browser says that it shows this in a frame."""
    return request.headers.get("Sec-Fetch-Dest") in FRAMES


def is_of_another_site(request: HttpRequest) -> bool:
    """Return whether a frame's cookies must be third-party ones. Browsers that do not say get those on https."""
    return request.headers.get("Sec-Fetch-Site", "cross-site" if request.is_secure() else "") == "cross-site"


def asking_origin(request: HttpRequest) -> str:
    """Return the origin of the page that sent the browser here, as far as the browser says ("" if not)."""
    for name in ("Origin", "Referer"):
        if found := origin(request.headers.get(name, "")):
            return found
    return ""
