"""Where a launch leads: to the course or chapter that it names, else to the learner's landing page."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve, reverse

from rollbook.lms.verified_launch import VerifiedLaunch

HOME = "learner:home"
KINDS = ("chapter", "course")
CUSTOM = "https://purl.imsglobal.org/spec/lti/claim/custom"
LONGEST = 18


def landing(verified: VerifiedLaunch) -> str:
    """Return the path of the page: that of the target link, or by the custom claim `chapter` or `course`, an ID number.

    What is open to the person is for the page to say.
    """
    path = urlsplit(verified.target).path
    try:
        if resolve(path).view_name in {f"learner:{kind}" for kind in KINDS}:
            return path
    except Resolver404:
        pass
    custom = verified.claims.get(CUSTOM)
    for kind in KINDS:
        number = str(custom.get(kind, "")).strip() if isinstance(custom, Mapping) else ""
        if number.isascii() and number.isdigit() and len(number) <= LONGEST:
            return reverse(f"learner:{kind}", args=[int(number)])
    return reverse(HOME)
