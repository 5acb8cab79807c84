"""What each kind of operation is called in lists and filters."""

from rollbook.operations import OPERATIONS

SPELLED = {"api": "API", "lms": "LMS"}


def verb_label(verb: str) -> str:
    """Return "Reset LMS accounts" for `reset_lms_accounts`."""
    words = " ".join(SPELLED.get(word, word) for word in verb.split("_"))
    return words[:1].upper() + words[1:]


VERBS = tuple(sorted(((op.verb, verb_label(op.verb)) for op in OPERATIONS), key=lambda pair: pair[1]))
