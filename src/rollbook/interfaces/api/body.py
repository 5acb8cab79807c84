"""Bodies of requests: exactly what the document says, and nothing besides."""

import json
from typing import Annotated, Any

from ninja import Schema
from pydantic import ConfigDict, TypeAdapter, WrapValidator

# Each is looked up: a hundred thousand keep a thread of the web server busy for ten seconds.
MOST = 10_000
TOO_MANY = f"a list holds {MOST:,} at most. Send several requests, or choose users by their location."


class Body(Schema):
    """What is sent, and no field besides."""

    model_config = ConfigDict(extra="forbid")


class Exact(Body):
    """A body of plain values. A number is a number: `true` would else be the user with the ID 1."""

    model_config = ConfigDict(strict=True)


def exactly(kind: type[Any]) -> Any:
    """Return a type that is sent as `kind`, such as a dataclass, whose numbers are numbers too.

    It is looked at as JSON, which has lists for tuples; of Python's own values a tuple would be asked for.
    """
    strict = TypeAdapter(kind)

    def read(sent: Any, made: Any) -> Any:
        if longest_list(sent) > MOST:
            raise ValueError(TOO_MANY)
        strict.validate_json(json.dumps(sent), strict=True)
        return made(sent)

    return Annotated[kind, WrapValidator(read)]


def longest_list(sent: Any) -> int:
    """Return how many things the longest list in something that was sent as JSON holds."""
    longest, waiting = 0, [sent]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            longest = max(longest, len(each))
            waiting += each
        elif isinstance(each, dict):
            waiting += each.values()
    return longest
