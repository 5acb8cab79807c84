"""Origins of web addresses, read as browsers read them, or not at all."""

import re
from urllib.parse import urlsplit

PORTS = {"http": 80, "https": 443}
HOST = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?|[0-9a-f:]*:[0-9a-f:.]*")


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
