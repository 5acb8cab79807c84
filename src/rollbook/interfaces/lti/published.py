"""What Rollbook publishes for an LMS: its public keys, and its configuration to copy."""

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from rollbook.lms.tool_keys import public_key_set


@require_safe
@cache_control(public=True, max_age=3600)
def key_set(_request: HttpRequest) -> JsonResponse:
    """Return our public keys (RFC 7517)."""
    return JsonResponse(public_key_set())


@require_safe
def configuration(_request: HttpRequest) -> JsonResponse:
    """Return what an LMS's administrator enters or pastes; the shape is the one that Canvas reads."""
    launch = settings.PUBLIC_URL + reverse("lti:launch")
    placement = {
        "placement": "course_navigation",
        "message_type": "LtiResourceLinkRequest",
        "target_link_uri": launch,
    }
    canvas = {
        "platform": "canvas.instructure.com",
        "privacy_level": "public",
        "settings": {"placements": [placement]},
    }
    return JsonResponse(
        {
            "title": "Rollbook",
            "description": "The learner register that can be rolled back.",
            "oidc_initiation_url": settings.PUBLIC_URL + reverse("lti:login"),
            "target_link_uri": launch,
            "redirect_uris": [launch],
            "public_jwk_url": settings.PUBLIC_URL + reverse("lti:key_set"),
            "scopes": [],
            "custom_fields": {},
            "extensions": [canvas],
        }
    )
