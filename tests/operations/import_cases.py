"""Scenes of what is taken from files, and how tests send one."""

import csv
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from rollbook.ledger.actor import Actor
from rollbook.ledger.operation import Operation
from rollbook.operations.import_users import ImportUsers
from rollbook.operations.link_users import LinkUsers
from rollbook.people.access import actor_for
from rollbook.people.importing.models import ImportFile
from rollbook.people.importing.staging import Choice, stage
from rollbook.people.models import Identifier
from tests.cast import Cast, outside_the_ledger
from tests.operations.scene import Scene, touch


def sent(
    acting: Actor,
    columns: str,
    *rows: Sequence[str],
    kind: str = ImportFile.Kind.IMPORT,
    by: str = "",
    to_set: str = "",
) -> ImportFile:
    """Stage a file of these columns (a text with commas) and rows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "users.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([columns.split(","), *rows])
        return stage(path, kind, acting=acting, choice=Choice({}, by, to_set))


def link(cast: Cast) -> Scene:
    acting = actor_for(cast.carla)
    rows = [
        ("ben.baker@example.org", "00777"),
        ("BEA.BROWN@example.org", "00124"),
        ("dora.dunn@example.org", "00778"),
    ]
    file = sent(acting, "E-mail,Student ID", *rows, kind=ImportFile.Kind.LINK)
    operation = LinkUsers(file_id=file.pk)
    operation.prepare(acting)

    def correct_by_hand() -> None:
        with outside_the_ledger():
            Identifier.objects.filter(user=cast.ben, attribute=cast.student_id).update(value="00120")

    return Scene(operation, acting, actor_for(cast.sam), correct_by_hand)


def bring(cast: Cast) -> Scene:
    acting = actor_for(cast.carla)
    file = sent(
        acting,
        "Student ID,First name,Last name,E-mail,Location,Employee ID,Username,Notifications",
        ("00123", "Ben", "Bäcker", "", "North", "E-8", "benjamin", "no"),
        ("00124", "Bea", "", "", "", "E-9", "", ""),
        ("00777", "Nele", "New", "nele.new@example.org", "North / Oak", "E-10", "nele", "yes"),
        ("00778", "Ole", "", "", "Oak", "", "", ""),
        ("00999", "Mallory", "Moved", "", "", "", "", ""),
    )
    operation = ImportUsers(file_id=file.pk)
    operation.prepare(acting)
    return Scene(operation, acting, actor_for(cast.sam), touch(cast.ben))


def clear(cast: Cast) -> Scene:
    acting = actor_for(cast.carla)
    file = sent(acting, "Student ID,E-mail,Employee ID,Username", ("00123", "", "", ""))
    operation = ImportUsers(file_id=file.pk, empty_clears=True)
    operation.prepare(acting)
    return Scene(operation, acting, actor_for(cast.sam), touch(cast.ben))


def leave(cast: Cast) -> Scene:
    acting = actor_for(cast.carla)
    file = sent(acting, "Student ID,Last name", ("00124", "Braun"))
    operation = ImportUsers(file_id=file.pk, deactivate_missing=True)
    operation.prepare(acting)
    return Scene(operation, acting, actor_for(cast.sam), touch(cast.ben))


IMPORT_SCENES: dict[type[Operation], list[Callable[[Cast], Scene]]] = {
    ImportUsers: [bring, clear, leave],
    LinkUsers: [link],
}
