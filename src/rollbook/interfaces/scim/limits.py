"""How long and how deep a filter or a path may be: looked at before it is parsed. Pure."""

LONGEST, DEEPEST, MOST_TERMS = 2000, 10, 50


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
