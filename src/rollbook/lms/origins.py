"""Which pages may show Rollbook in a frame."""

from collections.abc import Mapping

from rollbook.common.origins import origin
from rollbook.lms.models import LMS

PRESENTATION = "https://purl.imsglobal.org/spec/lti/claim/launch_presentation"


def frame_origins(lms: LMS, claims: Mapping[str, object] | None = None) -> list[str]:
    """Return the origins whose pages may show Rollbook in a frame for this LMS.

    These are its issuer and its sign-in address, and once a launch is verified the page to which it returns:
    hosted Canvas signs in at one address for all its customers and shows the frame at the customer's.
    """
    presentation = (claims or {}).get(PRESENTATION)
    back = presentation.get("return_url") if isinstance(presentation, dict) else None
    found = [origin(url) for url in (lms.issuer, lms.auth_url, back) if isinstance(url, str)]
    return sorted({one for one in found if one})
