"""The people of the demo LMS, with what was changed in their profiles since."""

import json
from pathlib import Path
from threading import Lock
from typing import Any

from demo.cast import PLATFORMS, PROFILES
from demo.lms.keys import DataFolderError, replace_file
from demo.people import Platform, Profile


def find_platform(key: str) -> Platform | None:
    """Return one of the two LMSs."""
    return next((platform for platform in PLATFORMS if platform.key == key), None)


def find_profile(lms: str, person: str) -> Profile | None:
    """Return one person of an LMS, as the demo began."""
    return next((profile for profile in PROFILES if (profile.lms, profile.person) == (lms, person)), None)


def original(profile: Profile) -> dict[str, str]:
    """Return a person's values for the claims form, as the demo began."""
    platform = next(platform for platform in PLATFORMS if platform.key == profile.lms)
    return {
        "sub": profile.sub,
        "email": profile.email,
        "given_name": profile.given_name,
        "family_name": profile.family_name,
        "sourcedid": profile.sourcedid,
        "role": "Instructor" if profile.instructor else "Learner",
        "custom": "\n".join(f"{name}={value}" for name, value in profile.custom.items()),
        "deployment_id": platform.deployment_ids[0],
        "lifetime": "300",
        "other": "",
    }


class Changes:
    """What was changed in the claims form, kept in a file so that it outlives a restart."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        try:
            self._values: dict[str, dict[str, str]] = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            self._values = {}
        except (OSError, ValueError) as error:
            raise DataFolderError(
                f"The demo LMS cannot read {path}: {error}. Delete it and start again."
            ) from error

    def values(self, profile: Profile) -> dict[str, Any]:
        """Return a person's values for the claims form, as they are now."""
        return self._values.get(_key(profile)) or original(profile)

    def changed(self, profile: Profile) -> bool:
        """Return whether a person's profile differs from the demo's beginning."""
        return _key(profile) in self._values

    def keep(self, profile: Profile, values: dict[str, str]) -> None:
        """Remember a person's values; the original ones are no change."""
        with self._lock:
            others = {key: value for key, value in self._values.items() if key != _key(profile)}
            self._values = others if values == original(profile) else {**others, _key(profile): values}
            replace_file(self._path, json.dumps(self._values, ensure_ascii=False, indent=1))


def _key(profile: Profile) -> str:
    return f"{profile.lms}:{profile.person}"
