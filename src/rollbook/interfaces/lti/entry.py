"""What follows a decided launch: a fresh session, a sign-in to prove it, or a page that says why not."""

from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render

from rollbook.interfaces.lti import framing
from rollbook.interfaces.lti.pages import not_admitted
from rollbook.interfaces.web.sessions import SessionStore
from rollbook.lms import proofs
from rollbook.lms.models import Launch
from rollbook.operations.arrive import Arrival
from rollbook.people.models import User

BACKEND = "rollbook.people.sign_in.IdentifierBackend"
HANDOVER = "handover"
LANDING = "landing"
HANDOVER_SECONDS = 300


def enter(request: HttpRequest, arrival: Arrival, *, cookies_work: bool, landing: str) -> HttpResponse:
    """Let the person in, ask for a proof, or refuse. `landing` is the path of the page that the launch leads to.

    It goes on in a new window where the frame keeps no cookies, and for staff: whoever can change the LMS's pages
    must not be able to put something over the console (clickjacking).
    """
    person = arrival.decision.person
    if arrival.user is not None:
        values, target = session_of(arrival, arrival.user), landing
    elif arrival.decision.outcome == Launch.Outcome.PROOF_ASKED and person is not None:
        proof, secret = proofs.ask(arrival.launch, person.id)
        values = {"proof_id": proof.pk, "proof_secret": secret, LANDING: landing}
        target = "lti:prove"
    else:
        return not_admitted(request, arrival.launch)
    staff = person is not None and not person.learner
    if cookies_work and not (staff and framing.is_framed(request)):
        start(request, values, staff=staff)
        return redirect(target)
    return render(request, "lti/new_window.html", {"ticket": _hand_over(values, target), "staff": staff})


def session_of(arrival: Arrival, user: User) -> dict[str, Any]:
    """Return what a session holds that begins with a launch. Who was signed in before it is not asked."""
    return {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: BACKEND,
        HASH_SESSION_KEY: user.get_session_auth_hash(),
        "lms_account_id": arrival.account_id,
        "launch_id": arrival.launch.pk,
    }


def start(request: HttpRequest, values: dict[str, Any], *, staff: bool) -> None:
    """Begin a fresh session under a new key; whatever this browser's session held before is gone.

    An old browser does not say whether this is a frame: then a frame may show it, but not to staff.
    """
    origins = framing.remember(request)[0]
    request.session.flush()
    request.session.update(values)
    if framing.is_framed(request) or not (staff or "Sec-Fetch-Dest" in request.headers):
        request.session[framing.ORIGINS] = origins
        request.session[framing.PARTITIONED] = framing.is_of_another_site(request)
    rotate_token(request)


def keep_frame(request: HttpRequest, values: dict[str, Any]) -> None:
    """Begin a fresh session that is framed as this one is."""
    kept = (framing.ORIGINS, framing.PARTITIONED)
    begin(request, values | {name: request.session[name] for name in kept if name in request.session})


def begin(request: HttpRequest, values: dict[str, Any]) -> None:
    """Begin a fresh session in a window of its own: no page may frame it, whatever this browser's session was."""
    request.session.flush()
    request.session.update(values)
    rotate_token(request)


def _hand_over(values: dict[str, Any], target: str) -> str:
    """Return a ticket that starts the session elsewhere: a row in the session table in which nobody is signed in."""
    store = SessionStore()
    store[HANDOVER] = {"values": values, "target": target}
    store.set_expiry(HANDOVER_SECONDS)
    store.create()
    return store.session_key or ""


def take_over(ticket: str) -> dict[str, Any] | None:
    """Return what was handed over under this ticket, once."""
    handed: dict[str, Any] | None = SessionStore(ticket).get(HANDOVER)
    if handed is None or not SessionStore.get_model_class().objects.filter(session_key=ticket).delete()[0]:
        return None
    return handed
