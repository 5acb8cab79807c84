"""Proving who one is: a launch that points to staff, or to a user known otherwise, waits for one sign-in."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from rollbook.interfaces.lti.entry import LANDING, keep_frame, session_of
from rollbook.interfaces.lti.landing import HOME
from rollbook.interfaces.lti.pages import not_admitted
from rollbook.interfaces.web.sign_in import SignInForm
from rollbook.lms import proofs
from rollbook.lms.models import Proof
from rollbook.operations.arrive import prove as arrive_proved


@never_cache
def prove(request: HttpRequest) -> HttpResponse:
    """Ask for the password once; the answer counts for this launch, this user and this session only."""
    proof = proofs.find(request.session.get("proof_id"), request.session.get("proof_secret"))
    if proof is None:
        return render(request, "lti/proof_over.html", status=HTTPStatus.GONE)
    form = SignInForm(request, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if form.get_user() == proof.user:
            return _proved(request, proof)
        form.add_error(
            None, "This is another user than the one whom this launch is about. Sign in as that one."
        )
    return render(request, "lti/prove.html", {"form": form, "launch": proof.launch})


def _proved(request: HttpRequest, proof: Proof) -> HttpResponse:
    if not proofs.use_up(proof):
        return render(request, "lti/proof_over.html", status=HTTPStatus.GONE)
    arrival = arrive_proved(proof.launch, proof.user)
    if arrival.user is None:
        keep_frame(request, {})
        return not_admitted(request, arrival.launch)
    landing = request.session.get(LANDING, HOME)
    keep_frame(request, session_of(arrival, arrival.user))
    return redirect(landing)
