"""The launches that are on their way: chosen here, not yet asked for by Rollbook."""

import secrets
import time
from dataclasses import dataclass
from threading import Lock
from typing import Any, Literal

from demo.people import Platform

_LIFETIME = 600.0  # seconds


@dataclass(frozen=True)
class Pending:
    """What was chosen in the browser: `claims` are the values of the claims form."""

    platform: Platform
    person: str
    claims: dict[str, Any]
    document_target: Literal["iframe", "window"]

    @property
    def login_hint(self) -> str:
        """Return the hint by which Rollbook says who is signing in; it means nothing outside this LMS."""
        return f"{self.platform.key}:{self.person}"

    @property
    def storage_target(self) -> str:
        """Return the frame that keeps data for the tool; only a launch in a frame needs one."""
        return "_parent" if self.document_target == "iframe" else ""


class Launches:
    """The pending launches of the last ten minutes, by their hint."""

    def __init__(self) -> None:
        self._pending: dict[str, tuple[float, Pending]] = {}
        self._lock = Lock()

    def add(self, pending: Pending) -> str:
        """Keep a launch and return the hint that finds it."""
        hint = secrets.token_urlsafe(24)
        oldest = time.monotonic() - _LIFETIME
        with self._lock:
            self._pending = {key: row for key, row in self._pending.items() if row[0] > oldest}
            self._pending[hint] = (time.monotonic(), pending)
        return hint

    def find(self, hint: str) -> Pending | None:
        """Return the launch of a hint, unless it is too old."""
        at, pending = self._pending.get(hint, (0.0, None))
        return pending if time.monotonic() - at < _LIFETIME else None
