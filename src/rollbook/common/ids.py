"""Random identifiers that people read out over the telephone."""

import secrets

# Crockford's base 32: no I, L, O or U, so that nothing is misread or spells a word.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def random_code(length: int) -> str:
    """Return `length` random characters of Crockford's base 32 (5 bits each)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def grouped_code(groups: int) -> str:
    """Return groups of four such as `K7QM-2XPD` (20 bits each), so that people keep their place."""
    return "-".join(random_code(4) for _ in range(groups))


def reference() -> str:
    """Return a reference such as `K7QM-2XPD` (40 bits): unguessable enough to look a log line up."""
    return grouped_code(2)
