"""What Rollbook and the browser ask of a platform: login initiation, authentication, keys, token."""

import jwt
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from lti1p3platform.exceptions import (
    LtiException,
    MissingRequiredClaim,
    PreflightRequestValidationException,
    UnsupportedGrantType,
)

from demo.addresses import tool_launch_url
from demo.cast import PLATFORMS
from demo.lms.launches import Pending
from demo.lms.platform import Configuration, Launch, LoginInitiation, PlatformRequest
from demo.lms.state import KEY, LAUNCHES


def configuration(pending: Pending) -> Configuration:
    """Return the registration that a launch goes by."""
    deployment_id = pending.claims["deployment_id"]
    return Configuration(key=KEY, client_id=pending.platform.client_id, deployment_id=deployment_id)


def problem(request: HttpRequest, sentence: str) -> HttpResponse:
    """Return a page that says why a launch cannot go on."""
    return render(request, "problem.html", {"sentence": sentence}, status=400)


@require_GET
def start(request: HttpRequest, hint: str) -> HttpResponse:
    """Send the browser to Rollbook's login."""
    pending = LAUNCHES.find(hint)
    if pending is None:
        return problem(request, "This launch is too old. Go back and launch again.")
    login = LoginInitiation(request, configuration(pending))
    login.set_storage_target(pending.storage_target)
    login.set_lti_message_hint(hint=hint)
    response: HttpResponse = login.initiate_login(pending.login_hint)
    return response


@require_http_methods(["GET", "POST"])
def auth(request: HttpRequest) -> HttpResponse:
    """Answer Rollbook's authentication request with a signed launch (LTI 1.3 core, section 5.1.1.3)."""
    asked = request.GET if request.method == "GET" else request.POST
    pending = LAUNCHES.find(asked.get("lti_message_hint", ""))
    if pending is None:
        return problem(request, "This launch is unknown or too old. Go back and launch again.")
    expected = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "login_hint": pending.login_hint,
        "redirect_uri": tool_launch_url(),
    }
    for name, value in expected.items():
        if asked.get(name) != value:
            return problem(
                request, f"Rollbook asked with {name} “{asked.get(name, '')}” instead of “{value}”."
            )
    launch = Launch(PlatformRequest(request), configuration(pending), pending)
    try:
        response: HttpResponse = launch.lti_launch(request=request)
    except PreflightRequestValidationException:
        return problem(request, "Rollbook asked without a nonce or a state, or for another client id.")
    return response


@require_GET
def jwks(request: HttpRequest) -> JsonResponse:
    """Return the key set that both LMSs sign with."""
    any_of_them = PLATFORMS[0]
    keys = Configuration(key=KEY, client_id=any_of_them.client_id, deployment_id="").get_jwks()
    return JsonResponse(dict(keys))


@require_POST
def token(request: HttpRequest) -> JsonResponse:
    """Give Rollbook an access token for its signed assertion (1EdTech security framework, section 4.1)."""
    try:
        asserted = jwt.decode(request.POST.get("client_assertion", ""), options={"verify_signature": False})
        platform = next((row for row in PLATFORMS if row.client_id == asserted.get("sub")), None)
        if platform is None:
            return JsonResponse({"error": "invalid_client"}, status=401)
        registered = Configuration(key=KEY, client_id=platform.client_id, deployment_id="")
        return JsonResponse(dict(registered.get_access_token(request.POST.dict())))
    except UnsupportedGrantType:
        return JsonResponse({"error": "unsupported_grant_type"}, status=400)
    except MissingRequiredClaim as error:
        return JsonResponse({"error": "invalid_request", "error_description": str(error)}, status=400)
    except (LtiException, jwt.InvalidTokenError) as error:
        return JsonResponse({"error": "invalid_client", "error_description": str(error)}, status=401)
