"""Light, dark, or as the device is set."""

from django.http import HttpRequest, HttpResponse

COOKIE = "theme"
# Value, label, icon.
CHOICES = (
    ("auto", "As this device", "device-desktop"),
    ("light", "Light", "sun"),
    ("dark", "Dark", "moon"),
)
VALUES = {value for value, _, _ in CHOICES}


def theme_of(request: HttpRequest) -> str:
    """Return what the person chose in this browser, or "auto"."""
    chosen = request.COOKIES.get(COOKIE, "auto")
    return chosen if chosen in VALUES else "auto"


def remember(request: HttpRequest, response: HttpResponse, theme: str) -> None:
    """Keep a choice in this browser for a year; a cookie, so that the server draws the first page right."""
    if theme in VALUES:
        response.set_cookie(
            COOKIE, theme, 365 * 86400, secure=request.is_secure(), httponly=True, samesite="Lax"
        )
