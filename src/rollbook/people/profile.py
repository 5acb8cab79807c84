"""What is given about a user, by a form, a file, a launch or the command line, brought into one form."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from rollbook.common.text import tidy


@dataclass(frozen=True, kw_only=True)
class Profile:
    """The details given for a user. None, and an attribute that is not named, leave things as they are.

    `attributes` maps an attribute's code to its values: none, one, or for a Username attribute several.
    Texts are tidied here, once, so that what is checked, compared and stored is the same.
    """

    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    access_level: str | None = None
    location_id: int | None = None
    managed_location_ids: tuple[int, ...] | None = None
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    send_notifications: bool | None = None

    def __post_init__(self) -> None:
        """Tidy texts, and leave out empty and repeated values."""
        for of in fields(self):
            if isinstance(value := getattr(self, of.name), str):
                object.__setattr__(self, of.name, tidy(value))
        if self.managed_location_ids is not None:
            object.__setattr__(self, "managed_location_ids", tuple(sorted(set(self.managed_location_ids))))
        clean = {
            code: tuple(dict.fromkeys(filter(None, map(tidy, v)))) for code, v in self.attributes.items()
        }
        object.__setattr__(self, "attributes", clean)

    def columns(self) -> dict[str, object]:
        """Return {field of User: value} for those that are given."""
        names = ("first_name", "last_name", "email", "access_level", "location_id", "send_notifications")
        return {name: value for name in names if (value := getattr(self, name)) is not None}
