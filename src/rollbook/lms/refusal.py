"""What every refused launch has: a reason in plain words, a remedy, and a short code."""

import inspect
import re
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from rollbook.lms.models import LMS

DETAIL_LENGTH = 300


class LaunchRefused(Exception):
    """Rollbook did not accept this launch.

    Compare the LMS's registration in Rollbook with Rollbook's in the LMS.
    """

    status: ClassVar[int] = 400
    # Whether opening the link again from the LMS may be enough.
    again: ClassVar[bool] = False

    def __init__(self, detail: object = "", *, lms: "LMS | None" = None) -> None:
        self.detail = str(detail)[:DETAIL_LENGTH]
        self.lms = lms
        super().__init__(f"{self.reason} {self.detail}".strip())

    @property
    def code(self) -> str:
        """Return the short code of the reason, as in `audience-other`."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=LMS)(?=[A-Z])", "-", type(self).__name__).lower()

    @property
    def reason(self) -> str:
        """Return what is wrong: the first paragraph of the docstring, on one line."""
        return _paragraphs(type(self))[0]

    @property
    def remedy(self) -> str:
        """Return what an administrator can do about it: the rest of the docstring, on one line."""
        return " ".join(_paragraphs(type(self))[1:])


def _paragraphs(cls: type[LaunchRefused]) -> list[str]:
    return [" ".join(part.split()) for part in inspect.cleandoc(cls.__doc__ or "").split("\n\n")]
