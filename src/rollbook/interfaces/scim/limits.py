"""How long and how deep a filter, a path or a body may be: looked at before it is worked on. Pure."""

from typing import Any

LONGEST, DEEPEST, MOST_TERMS = 2000, 10, 50
# A bulk request of PATCHes that replace an address has nine.
DEEPEST_BODY = 30


def too_much(text: str) -> str | None:
    """Say in what a filter goes beyond the bounds, or None.

    Counts brackets outside of quotes, and the words that join comparisons.
    """
    if len(text) > LONGEST:
        return f"has {len(text)} characters; {LONGEST} are the most"
    depth = deepest = 0
    quoted = escaped = False
    plain: list[str] = []
    for character in text:
        if quoted:
            quoted = escaped or character != '"'
            escaped = character == "\\" and not escaped
            continue
        quoted = character == '"'
        depth += (character in "([") - (character in ")]")
        deepest = max(deepest, depth)
        plain.append(" " if character in '()[]"\t\r\n\f' else character)
    if deepest > DEEPEST:
        return f"has {deepest} brackets inside each other; {DEEPEST} are the most"
    terms = 1 + sum(word in {"and", "or"} for word in "".join(plain).lower().split())
    return f"has {terms} comparisons; {MOST_TERMS} are the most" if terms > MOST_TERMS else None


def too_deep(body: Any) -> bool:
    """Say whether lists and objects lie deeper in each other than `DEEPEST_BODY`."""
    level = [body]
    for _ in range(DEEPEST_BODY):
        inside = [
            each.values() if isinstance(each, dict) else each
            for each in level
            if isinstance(each, dict | list)
        ]
        level = [each for several in inside for each in several]
    return any(isinstance(each, dict | list) for each in level)
