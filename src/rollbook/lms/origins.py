"""Origins of addresses: which target is ours, and which pages may show Rollbook in a frame."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from rollbook.lms.models import LMS

PORTS = {"http": 80, "https": 443}
HOST = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?|[0-9a-f:]*:[0-9a-f:.]*")
PRESENTATION = "https://purl.imsglobal.org/spec/lti/claim/launch_presentation"


def origin(url: str) -> str | None:
    """Return `scheme://host[:port]` in lower case, or None for anything but a plain http(s) address.

    User names, backslashes, blanks and control characters make it None: browsers read those in their own way.
    """
    if "\\" in url or any(c <= " " or c == "\x7f" for c in url):
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in PORTS or not host or "@" in parts.netloc or not HOST.fullmatch(host):
        return None
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}" + (f":{port}" if port not in {None, PORTS[parts.scheme]} else "")


def frame_origins(lms: LMS, claims: Mapping[str, object] | None = None) -> list[str]:
    """Return the origins whose pages may show Rollbook in a frame for this LMS.

    These are its issuer and its sign-in address, and once a launch is verified the page to which it returns:
    hosted Canvas signs in at one address for all its customers and shows the frame at the customer's.
    """
    presentation = (claims or {}).get(PRESENTATION)
    back = presentation.get("return_url") if isinstance(presentation, dict) else None
    found = [origin(url) for url in (lms.issuer, lms.auth_url, back) if isinstance(url, str)]
    return sorted({one for one in found if one})
