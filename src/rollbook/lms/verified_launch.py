"""What a launch is once every check has passed."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from rollbook.lms.models import LMS


@dataclass(frozen=True)
class VerifiedLaunch:
    """A launch whose signature, login, browser and claims are all in order; who it is comes next.

    `subject` is the LMS's own id for the person (1 to 255 characters); `target` an address of this Rollbook.
    `claims` are as sent, read-only: of their shape only what LTI 1.3 core demands has been checked.
    """

    lms: LMS
    deployment_id: str
    subject: str
    target: str
    claims: Mapping[str, object]

    def __post_init__(self) -> None:
        """Make the claims read-only."""
        object.__setattr__(self, "claims", MappingProxyType(dict(self.claims)))
