"""The beginning of a launch: OIDC third-party initiated login (1EdTech Security Framework 1.0, 5.1.1.1)."""

from dataclasses import fields
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from rollbook.common.origins import origin
from rollbook.interfaces.lti import cookies, framing, parameters
from rollbook.interfaces.lti.pages import with_refusals
from rollbook.lms import logins
from rollbook.lms.origins import frame_origins

NAMES = tuple(field.name for field in fields(logins.LoginRequest))


def our_origin() -> str:
    """Return this Rollbook's own origin, as in `https://rollbook.example.org`."""
    return origin(settings.PUBLIC_URL) or ""


@csrf_exempt
@with_refusals
def login(request: HttpRequest) -> HttpResponse:
    """Send the browser on to the LMS; from within a frame by way of a page that sees whether it will come back."""
    sent = parameters.read(request, NAMES, ("GET", "POST"))
    page = framing.asking_origin(request)
    framing.allow(request, [found for found in {page, origin(sent.get("iss", ""))} if found])
    key = cookies.browser_key(request) or cookies.new_browser_key()
    begun = logins.begin(
        logins.LoginRequest(**sent),
        our_origin=our_origin(),
        redirect_uri=settings.PUBLIC_URL + reverse("lti:launch"),
        browser_key=key,
        page=page,
    )
    says_nothing = "Sec-Fetch-Dest" not in request.headers
    if framing.is_framed(request) or (says_nothing and begun.frame):
        response = _in_frame(request, begun, sent)
    else:
        response = HttpResponseRedirect(begun.auth_request)
    cookies.keep_browser_key(request, response, key, begun.lms)
    return response


def _in_frame(request: HttpRequest, begun: logins.BegunLogin, sent: dict[str, str]) -> HttpResponse:
    """Return the page whose script tries the LMS's storage and the cookie, and else offers a new window."""
    framing.allow(request, sorted({*frame_origins(begun.lms), *request.framed_by}))  # type: ignore[attr-defined]  # set by allow()
    again = {name: value for name, value in sent.items() if name != "lti_storage_target"}
    context = {
        "begun": begun,
        "storage_origin": origin(begun.lms.auth_url),
        "storage_key": storage_key(begun.state),
        "new_window": f"{reverse('lti:login')}?{urlencode(again)}",
        "probe": cookies.PROBE,
    }
    return render(request, "lti/login.html", context)


def storage_key(state: str) -> str:
    """Return the name under which the LMS's storage keeps what shows that this browser began the login."""
    return f"rollbook_{state}"
