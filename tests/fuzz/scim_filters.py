"""Fuzzing of SCIM filters, asked of a register: a condition that the database understands, or a refusal."""

import os

import atheris
import django
from django.core.management import call_command

from tests.fuzz.fuzzing import fuzz
from tests.run import SETTINGS

os.environ.update(SETTINGS)
with atheris.instrument_imports(include=["rollbook.interfaces.scim", "scim2_models"]):
    django.setup()
    from django.db.models import Q
    from scim2_models import InvalidFilterException

    from rollbook.interfaces.scim.asked import Asked
    from rollbook.interfaces.scim.columns import group_columns, user_columns
    from rollbook.interfaces.scim.filters import condition
    from rollbook.interfaces.scim.shapes import Group
    from rollbook.people.access import Right
    from rollbook.people.api_tokens import scim_actor
    from rollbook.people.models import User
    from rollbook.training.catalogue import ContentRole
    from tests.cast import assemble, token

EXAMPLES = (
    'userName eq "ben"',
    'emails[type eq "work"].value co "@example.org" and active eq true',
    'not (name.familyName sw "B") or meta.created gt "2026-01-01T00:00:00Z"',
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber eq "E-7"',
    'externalId ne null and id eq "5"',
    'displayName co "\\u00fc" or preferredLanguage pr',
    'members[value eq "1"]',
)
WORDS = (
    *(
        " eq ",
        " ne ",
        " co ",
        " sw ",
        " ew ",
        " gt ",
        " ge ",
        " lt ",
        " le ",
        " pr",
        " and ",
        " or ",
        "not (",
        "(",
        ")",
    ),
    *(
        "[",
        "]",
        '"',
        "\\u0000",
        "true",
        "false",
        "null",
        "userName",
        "externalId",
        "emails",
        "emails.value",
        "id",
        "active",
    ),
    *(
        "name.givenName",
        "meta.created",
        "groups",
        "members.value",
        "displayName",
        "9" * 30,
        "1e9",
        "10000-01-01T00:00:00Z",
    ),
)


def main() -> None:
    """Put the cast on a stage of its own, and fuzz what a client may ask of it."""
    call_command("migrate", verbosity=0, interactive=False)
    cast = assemble()
    rights = (Right.SCIM_CONNECT, Right.SCIM_ADOPT, Right.USERS_VIEW)
    acting = scim_actor(token(cast, *rights, location=cast.oak)[1])
    assert acting
    asked = Asked(acting, "GET", "/Users")
    places = [
        (asked.shapes.user, user_columns(asked), User),
        (Group, group_columns(asked), ContentRole),
    ]

    def target(data: bytes) -> None:
        written = data.decode("utf-8", "surrogateescape" if data[:1] == b"\xff" else "replace")
        for shape, columns, model in places:
            try:
                found = condition(written, shape, columns)
            except InvalidFilterException:
                continue
            assert isinstance(found, Q)
            chosen = model.objects.filter(found).values("pk")
            assert chosen.count() <= model.objects.count()

    fuzz(target, map(str.encode, EXAMPLES), WORDS, longest=2100)


if __name__ == "__main__":
    main()
