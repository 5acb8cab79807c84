"""What the columns of a file can be, and what they probably are."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from rollbook.people.models import UserAttribute

ATTRIBUTE = "attributes."
ID = "id"
EMAIL = "email"
LOCATION = "location"
NOTIFY = "send_notifications"
# Each field of a user that is no attribute, as people call it, and what else its column may be called.
LABELS = {
    ID: "ID",
    "first_name": "First name",
    "last_name": "Last name",
    EMAIL: "E-mail",
    LOCATION: "Location",
    NOTIFY: "Send notifications",
}
SYNONYMS = {
    ID: "rollbook id, user id, userid",
    "first_name": "given name, forename, vorname, prenom, nombre, nome, voornaam, fornavn",
    "last_name": "surname, family name, nachname, familienname, nom, nom de famille, apellido, apellidos, cognome, "
    "achternaam, etternavn, efternamn",
    EMAIL: "mail, email address, mail address, emailadresse, mailadresse, courriel, adresse email, correo, "
    "correo electronico, posta elettronica",
    LOCATION: "site, place, standort, ort, lieu, ubicacion, sede, locatie",
    NOTIFY: "notifications, notify, benachrichtigungen",
}
OF_ATTRIBUTES = {
    "username": "user name, login, login name, benutzername, anmeldename, identifiant, usuario",
    "employee_id": "employee number, employee no, staff id, staff number, personnel number, personalnummer, "
    "mitarbeiternummer, matricule",
    "student_id": "matrikel, student number, student no, matriculation number, matrikelnummer, sis id, sis user id, "
    "numero etudiant, learner id",
}


@dataclass(frozen=True)
class Field:
    """What a column can be: `key` is a name in SYNONYMS or `attributes.<code>`; `finds` says that it can find users."""

    key: str
    label: str
    finds: bool
    attribute: UserAttribute | None = None

    @property
    def is_id(self) -> bool:
        """Say whether its values are numbers that stand for somebody, which spreadsheet programs damage."""
        return self.attribute is not None and self.finds


def said_of_column(text: str) -> tuple[str, str]:
    """Return (name of a column, its field) of `NAME=FIELD`. A name may have a = in it. Raises ValueError."""
    name, sign, field = text.rpartition("=")
    if not sign:
        raise ValueError(
            f"“{text}” does not say what the column is. Write it as NAME=FIELD, like “Matrikel=attributes.student_id”."
        )
    return name.strip(), field.strip()


def importable() -> dict[str, Field]:
    """Return every field that a column can be, by its key. Access levels are not: rights are given one by one."""
    found = {key: Field(key, label, key in {ID, EMAIL}) for key, label in LABELS.items()}
    for attribute in UserAttribute.objects.all():
        finds = attribute.key or attribute.code == "employee_id"
        key = f"{ATTRIBUTE}{attribute.code}"
        found[key] = Field(key, attribute.label, finds, attribute)
    return found


def guessed(names: Sequence[str], fields: dict[str, Field]) -> list[str]:
    """Return the field that each column probably is, or an empty text; no field twice."""
    called: dict[str, str] = {}
    for key, field in fields.items():
        code = key.removeprefix(ATTRIBUTE)
        synonyms = OF_ATTRIBUTES.get(code, "") if field.attribute else SYNONYMS[key]
        # What the register itself calls a field comes first.
        for name in (field.label, code):
            called[_plain(name)] = key
        for name in filter(None, synonyms.split(", ")):
            called.setdefault(_plain(name), key)
    found: list[str] = []
    for name in names:
        key = called.get(_plain(name), "")
        found.append(key if key not in found else "")
    return found


def finding(chosen: Sequence[str], fields: dict[str, Field]) -> str:
    """Return the field by which users are probably found: their ID, a Username attribute, e-mail, employee ID."""
    ranks = {ID: 0, EMAIL: 2}
    able = [key for key in chosen if key and fields[key].finds]

    def rank(key: str) -> tuple[int, int]:
        attribute = fields[key].attribute
        if attribute is None:
            return ranks[key], 0
        # The username is what people choose, an ID what another system gives them.
        return (1 if attribute.key else 3), 1 if attribute.code == "username" else 0

    return min(able, key=rank, default="")


def linking(chosen: Sequence[str], fields: dict[str, Field]) -> tuple[str, str]:
    """Return (the field that finds users, the Username attribute that is probably to be set); empty texts for none."""
    keys = [key for key in chosen if key and (attribute := fields[key].attribute) and attribute.key]
    # Given by another system rather than chosen by people.
    keys.sort(key=lambda key: key == f"{ATTRIBUTE}username")
    to_set = keys[0] if keys else ""
    return finding([key for key in chosen if key != to_set], fields), to_set


def _plain(name: str) -> str:
    """Return a name without case, accents, blanks and signs."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKD", name.casefold()))
