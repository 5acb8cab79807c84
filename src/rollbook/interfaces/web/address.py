"""Where a request comes from."""

from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return the visitor's address, the /64 network for IPv6 (one visitor has it whole).

    Behind a trusted proxy it is the last address of X-Forwarded-For: the one that the proxy itself added.
    """
    text = str(request.META.get("REMOTE_ADDR", ""))
    if settings.SECURE_PROXY_SSL_HEADER:
        text = request.headers.get("X-Forwarded-For", text).rsplit(",", 1)[-1].strip()
    try:
        address = ip_address(text)
    except ValueError:
        return text
    return text if address.version == 4 else str(ip_network((address, 64), strict=False))
