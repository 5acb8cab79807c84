"""What a launch keeps of its decision: whom it names, and what of it is for whoever may not look at all of them."""

from collections.abc import Collection
from typing import Any

# The holders of a value, and those who hold it as another kind of ID.
HOLDERS = ("found", "crosswise")


def found_in(evidence: dict[str, Any]) -> list[int]:
    """Return the ids of the users whom a decision's evidence names."""
    matchers = evidence.get("matchers", [])
    return [holder["user"] for row in matchers for kind in HOLDERS for holder in row.get(kind, [])]


def seen_by(seen: Collection[int], evidence: dict[str, Any]) -> dict[str, Any]:
    """Return the evidence with nobody in it but those `seen`: the others have no id and are "another user"."""

    def told(holder: dict[str, Any]) -> dict[str, Any]:
        return holder if holder["user"] in seen else {**holder, "user": None, "name": "another user"}

    matchers = [
        {**row, **{kind: [told(holder) for holder in row[kind]] for kind in HOLDERS if kind in row}}
        for row in evidence.get("matchers", [])
    ]
    several = [pk if pk in seen else None for pk in evidence.get("several", [])]
    return {**evidence, "matchers": matchers, "several": several}
