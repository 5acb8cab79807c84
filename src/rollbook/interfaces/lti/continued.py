"""Going on in a new window, where the browser keeps cookies."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt

from rollbook.interfaces.lti import parameters
from rollbook.interfaces.lti.entry import begin, take_over
from rollbook.interfaces.lti.framing import asking_origin
from rollbook.interfaces.lti.login import our_origin
from rollbook.interfaces.lti.pages import with_refusals
from rollbook.lms.login_refusals import BrowserOther, StateUsed


@csrf_exempt
@with_refusals
def continued(request: HttpRequest) -> HttpResponse:
    """Begin the session that a frame could not. Only our own page may ask, so that nobody signs others in as them."""
    sent = parameters.read(request, ("ticket",), ("POST",))
    if asking_origin(request) != our_origin():
        raise BrowserOther
    handed = take_over(sent.get("ticket", ""))
    if handed is None:
        raise StateUsed
    begin(request, handed["values"])
    return redirect(handed["target"])
