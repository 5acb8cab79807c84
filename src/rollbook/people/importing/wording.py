"""Why a row is refused or doubted, and what would change, in words; names only of those whom the actor may see."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rollbook.common.text import in_sentence
from rollbook.ledger.actor import Actor
from rollbook.people.access import users_seen
from rollbook.people.importing.columns import ID, LOCATION, NOTIFY, importable
from rollbook.people.importing.models import ImportRow
from rollbook.people.models import Location, User

SENTENCES = {
    "no_key": "This row does not say whom it means: {label} is empty. Enter it.",
    "ambiguous": "{label} means several users: {text}. Give something that only one of them has.",
    "nobody": "Nobody has {the_label} {text}. Check it, or create the user first.",
    "merged": "The account that this row means was merged into {other}. Give the {label} of that user, or leave the row out.",
    "inactive": "{other} is inactive. Retrieve that account first, or leave the row out.",
    "beyond": "{other} is beyond your locations or access level. Leave the row out, or ask a super user.",
    "same_user": "Row {text} means the same user. Leave only the one that is right.",
    "same_value": "Row {text} has the same {label}. Correct one of the two.",
    "email_of_row": "The {label} is the e-mail address in row {text}. Give another one.",
    "taken": "{Label} {text} belongs to {other}. Give another one, or look whether the two are one person.",
    "identifies": "{text} identifies {other} already. Give another e-mail address.",
    "email_of": "{text} is the e-mail address of {other}. Give another {label}.",
    "signs_in": "{other}, whose access level is not below yours, signs in with {text}. Give another {label}.",
    "several": "{other} has more than one {label} ({text}), and this row does not say which of them it replaces. Change them "
    "on the user’s page, and leave the cell empty.",
    "zeros_lost": "{other} has the {label} {text}: a spreadsheet program has probably removed the zeros. Format the "
    "column as text, and enter the ID again.",
    "digits_lost": "{Label} “{text}” is what a spreadsheet program makes of a long number. Format the column as text, and enter "
    "the ID again. If it is the ID, enter it on the user’s page first.",
    "unseen": "{Label} {text} has characters in it that cannot be seen: they come along when text is copied. Type the ID again.",
    "wide": "{other} has the {label} {text}: this one is written with other characters that look like it. Type the ID again.",
    "as_date": "{Label} {text} is what a spreadsheet program makes of an ID that looks like a date to it. Format the column as "
    "text, and enter the ID again. If it is the ID, enter it on the user’s page first.",
    "perhaps_date": "{Label} {text} may be what a spreadsheet program made of an ID that looked like a date to it. If so, format "
    "the column as text, and enter the ID again.",
    "required": "{Label} is required. Enter it.",
    "no_place": "There is no location {text} among those that you manage. Give its name, or a path like North / Oak.",
    "places": "Several locations are called {text}. Give a path like North / Oak.",
    "short": "{Label} is shorter than others, which begin with zeros: if {text} is meant, format the column as text and "
    "enter it again. Otherwise it is right as it is.",
}

# Whom the actor may not see.
UNKNOWN = "another user"
# What is said of the very user whom a row means.
OF_WHOM_IT_MEANS = {"inactive", "several"}


class Words:
    """Puts rows into words, with as few queries as there are batches of rows."""

    def __init__(self, acting: Actor) -> None:
        self.acting = acting
        self.labels = {key: field.label for key, field in importable().items()}

    def reasons(self, rows: Sequence[ImportRow]) -> list[list[str]]:
        """Return why each row is refused: about its cells first."""
        names = self._names(rows, "reasons")
        return [[*row.problems, *self._said(row.reasons, names)] for row in rows]

    def warnings(self, rows: Sequence[ImportRow]) -> list[list[str]]:
        """Return what makes one doubt each row."""
        names = self._names(rows, "warnings")
        return [self._said(row.warnings, names) for row in rows]

    def changes(self, rows: Sequence[ImportRow]) -> list[list[tuple[str, str, str]]]:
        """Return (label, before, after) of what would change by each row, in the order of a form."""
        # Empty texts stand for nothing.
        order = {key: position for position, key in enumerate(self.labels)}
        ids = {value for row in rows for value in row.changes.get(LOCATION, ()) if value is not None}
        places = {place.pk: place.name for place in Location.objects.filter(pk__in=ids)}

        def shown(key: str, value: Any) -> str:
            if value is None:
                return ""
            if key == LOCATION:
                return places.get(value, f"#{value}")
            return {"true": "yes", "false": "no"}.get(value, value) if key == NOTIFY else str(value)

        return [
            [
                (self.label(key), shown(key, old), shown(key, new))
                for key, (old, new) in sorted(
                    row.changes.items(), key=lambda one: order.get(one[0], len(order))
                )
            ]
            for row in rows
        ]

    def known(self, rows: Sequence[ImportRow]) -> set[int]:
        """Return the ids of the users whom rows mean and the actor may see; whoever is still to be created counts."""
        new = {row.user_id for row in rows if row.user_id and row.state == ImportRow.State.CREATED}
        ids = {row.user_id for row in rows if row.user_id} - new
        seen = users_seen(self.acting, User.objects.filter(pk__in=ids)) if ids else User.objects.none()
        return new | set(seen.values_list("pk", flat=True))

    def label(self, key: str) -> str:
        """Return what people call a field."""
        return self.labels.get(key, key.rpartition(".")[2])

    def _said(self, told: Sequence[Sequence[Any]], names: Mapping[int, str]) -> list[str]:
        unseen = {other for code, _, other, _ in told if code == "beyond" and other not in names}
        said = [each for each in told if each[0] not in OF_WHOM_IT_MEANS or each[2] not in unseen]
        # One row may stand against several users in one field.
        return list(dict.fromkeys(self._sentence(*each, names=names) for each in said))

    def _sentence(
        self, code: str, field: str, other: int | None, text: str | None, *, names: Mapping[int, str]
    ) -> str:
        label = self.label(field)
        if code == "ambiguous" and text:
            seen = [one if pk in names else UNKNOWN for one, pk in _numbers(text)]
            text = ", ".join(sorted(set(seen), key=lambda one: (one[:1] != "#", seen.index(one))))
        sentence = SENTENCES[code].format(
            label=in_sentence(label) if code not in {"no_key", "ambiguous"} else label,
            Label=label,
            the_label=f"the {'ID' if field == ID else in_sentence(label)}",
            other=names.get(other or 0, UNKNOWN),
            text=text if field != LOCATION else f"“{text}”",
        )
        # A value that it begins with stays as it is.
        return (
            f"{UNKNOWN.capitalize()}{sentence[len(UNKNOWN) :]}" if sentence.startswith(UNKNOWN) else sentence
        )

    def _names(self, rows: Iterable[ImportRow], what: str) -> dict[int, str]:
        told = [each for row in rows for each in getattr(row, what)]
        ids = {other for _, _, other, _ in told if other}
        ids |= {pk for code, _, _, text in told if code == "ambiguous" for _, pk in _numbers(text)}
        if not ids:
            return {}
        seen = users_seen(self.acting, User.objects.filter(pk__in=ids))
        return {user.pk: f"{user.full_name} (#{user.pk})" for user in seen}


def _numbers(text: str) -> list[tuple[str, int]]:
    """Return the numbers of a text like "#4, #7", each as it stands there too."""
    return [(one, int(one.removeprefix("#"))) for one in text.split(", ")]
