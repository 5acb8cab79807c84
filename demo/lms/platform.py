"""The platform's side of LTI 1.3, as `lti1p3platform` has it, bound to Django's requests and responses."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import urlencode
from lti1p3platform.ltiplatform import LTI1P3PlatformConfAbstract
from lti1p3platform.message_launch import MessageLaunchAbstract
from lti1p3platform.oidc_login import OIDCLoginAbstract
from lti1p3platform.registration import Registration
from lti1p3platform.request import Request, TRequest

from demo.addresses import lms_url, tool_key_set_url, tool_launch_url, tool_login_url
from demo.lms.keys import PlatformKey
from demo.lms.launches import Pending

_CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
_ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership#"


class Configuration(LTI1P3PlatformConfAbstract):
    """One LMS's registration of Rollbook, for one deployment of it."""

    def __init__(self, *, key: PlatformKey, client_id: str, deployment_id: str) -> None:
        self._fixed = (
            Registration()
            .set_iss(lms_url())
            .set_client_id(client_id)
            .set_deployment_id(deployment_id)
            .set_oidc_login_url(tool_login_url())
            .set_launch_url(tool_launch_url())
            .set_tool_key_set_url(tool_key_set_url())
            .set_platform_private_key(key.private_pem)
            .set_platform_public_key(key.public_pem)
        )
        super().__init__()

    def init_platform_config(self, **kwargs: Any) -> None:
        """Have the library find its registration: two of its methods expect that this was done."""
        self.get_registration(**kwargs)

    def get_registration_by_params(self, **_kwargs: Any) -> Registration:
        """Return the one registration that there is."""
        return self._fixed


class PlatformRequest(Request):
    """A Django request as the library reads it."""

    def build_metadata(self, request: HttpRequest) -> TRequest:
        """Return the parts of the request that a launch is made of."""
        return {"method": request.method, "get_data": request.GET.dict(), "form_data": request.POST.dict()}


class LoginInitiation(OIDCLoginAbstract):
    """The first step: the person's browser is sent to Rollbook's login (LTI 1.3 core, section 5.1.1.1)."""

    _hint = ""
    _storage_target = ""

    def set_lti_message_hint(self, **kwargs: str) -> None:
        """Set `hint`, which finds the pending launch again when Rollbook asks for the authentication."""
        self._hint = kwargs["hint"]

    def get_lti_message_hint(self) -> str:
        """Return the hint."""
        return self._hint

    def set_storage_target(self, frame: str) -> None:
        """Set the name of the frame that keeps data for the tool."""
        self._storage_target = frame

    def get_redirect(self, url: str) -> HttpResponseRedirect:
        """Return the redirect, naming the frame that keeps data for the tool, if there is one.

        Source: LTI OIDC Login with LTI Client Side postMessages, section 2.1.
        """
        if self._storage_target:
            url = f"{url}&{urlencode({'lti_storage_target': self._storage_target})}"
        return HttpResponseRedirect(url)


class Launch(MessageLaunchAbstract):
    """The last step: a signed launch, posted to Rollbook by the person's browser."""

    def __init__(self, request: PlatformRequest, configuration: Configuration, pending: Pending) -> None:
        super().__init__(request, configuration)
        self._pending = pending
        claims, target = pending.claims, pending.document_target
        self.set_user_data(
            claims["sub"],
            [_ROLE + claims["role"]],
            full_name=f"{claims['given_name']} {claims['family_name']}".strip(),
            email_address=claims["email"],
        )
        if not claims["sub"] and self.lti_claim_user_data:
            del self.lti_claim_user_data["sub"]
        self.set_resource_link_claim("rollbook-1", title="Rollbook")
        self.set_launch_context_claim("demo-course", context_title="Demo course")
        self.set_launch_presentation_claim(document_target=target, return_url=lms_url())
        if claims["custom"]:
            self.set_custom_parameters_claim(claims["custom"])
        names = {name: claims[name] for name in ("given_name", "family_name") if claims[name]}
        lis = {_CLAIM + "lis": {"person_sourcedid": claims["sourcedid"]}} if claims["sourcedid"] else {}
        self.set_id_token_expiration(claims["lifetime"])
        # The other claims come last, so that they can also spoil one of those above.
        self.set_extra_claims({**names, **lis, **claims["other"]})

    def message(self) -> dict[str, Any]:
        """Return the claims as they will be signed, without the nonce and the times."""
        self._registration = self._platform_config.get_registration()
        return dict(self.get_launch_message())

    def render_launch_form(self, launch_data: Mapping[str, Any], **kwargs: Any) -> HttpResponse:
        """Return the page that posts the launch to Rollbook."""
        context = {**launch_data, "storage_target": self._pending.storage_target}
        return render(kwargs["request"], "send.html", context)
