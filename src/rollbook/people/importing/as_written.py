"""IDs that are written in another way than people see or mean them (CASES 38), as PostgreSQL finds them."""

# What spreadsheet programs, Java and others make of a long number. Nobody makes 12E4 of one: that is an ID.
DIGITS_LOST = "^[0-9]+([.,][0-9]+[eE][+]?[0-9]+|[eE][+][0-9]+|[.]0+|[.,][0-9]+[eE]-[0-9]{2})$"
# What takes no room between letters: marks of direction, joints and the mark of an encoding. It comes along when text
# is copied. Joiners of letters are left out, which the spelling of some languages needs.
UNSEEN = "[\u00ad\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"


def plain(value: str) -> str:
    """Return SQL for a text without what nobody sees, and with full-width characters as they are in English."""
    return f"regexp_replace(normalize({value}, NFKC), '{UNSEEN}', '', 'g')"


def has_other_letters(value: str) -> str:
    """Return the condition that not all of a text is ASCII: few IDs need to be looked at closely."""
    return f"octet_length({value}) <> length({value})"
