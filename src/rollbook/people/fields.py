"""What a name, an e-mail address and an attribute's value may be."""

from django.core.exceptions import ValidationError

from rollbook.common.text import control_characters


def validate_name(value: str) -> None:
    """Refuse control characters; any script, digit and sign is welcome in a name."""
    if found := control_characters(value):
        raise ValidationError(
            "This has characters that cannot be seen (%(found)s). Type it again instead of pasting it.",
            code="control_characters",
            params={"found": ", ".join(sorted(set(found)))},
        )
