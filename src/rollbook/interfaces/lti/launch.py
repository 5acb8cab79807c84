"""The launch itself: the LMS's signed message arrives (1EdTech Security Framework 1.0, 5.1.1.3)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from rollbook.common.origins import origin
from rollbook.interfaces.lti import cookies, framing, parameters
from rollbook.interfaces.lti.entry import enter
from rollbook.interfaces.lti.landing import landing
from rollbook.interfaces.lti.login import our_origin, storage_key
from rollbook.interfaces.lti.pages import with_refusals
from rollbook.lms import logins
from rollbook.lms.login_refusals import BrowserOther, LMSReportedError, TokenMissing
from rollbook.lms.origins import frame_origins
from rollbook.lms.verification import verify_launch
from rollbook.operations.arrive import arrive

NAMES = ("id_token", "state", "binding", "error", "error_description", "lti_storage_target")


@csrf_exempt
@with_refusals
def launch(request: HttpRequest) -> HttpResponse:
    """Verify the message, decide who it is, and let the person in or say why not."""
    sent = parameters.read(request, NAMES, ("POST",))
    state = sent.get("state", "")
    page = logins.read_state(state)
    framing.allow(request, [page.origin] if page.origin else [])
    if "error" in sent:
        raise LMSReportedError(f"{sent['error']} {sent.get('error_description', '')}")
    if not sent.get("id_token"):
        raise TokenMissing
    key = cookies.browser_key(request)
    if key is None and page.frame and "binding" not in sent:
        return _ask_storage(request, state, sent["id_token"], page)
    # What stands for the cookie comes from our own page with the script. From elsewhere it could be a stranger's, with
    # the stranger's launch, so that the person unknowingly works as the stranger.
    if key is None and sent.get("binding") and framing.asking_origin(request) != our_origin():
        raise BrowserOther
    binding = logins.bind(key, state) if key else sent.get("binding")
    verified = verify_launch(sent["id_token"], state, binding)
    framing.allow(request, frame_origins(verified.lms, verified.claims))
    return enter(request, arrive(verified), cookies_work=key is not None, landing=landing(verified))


def _ask_storage(request: HttpRequest, state: str, id_token: str, page: logins.LoginPage) -> HttpResponse:
    """Return the page whose script fetches the binding from the LMS's storage and sends everything again."""
    lms = logins.find(state).row.lms
    framing.allow(request, sorted({*frame_origins(lms), page.origin} - {""}))
    context = {
        "id_token": id_token,
        "state": state,
        "frame": page.frame,
        "storage_origin": origin(lms.auth_url),
        "storage_key": storage_key(state),
    }
    return render(request, "lti/storage.html", context)
