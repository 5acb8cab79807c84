"""Import of 10,000, 100,000 and 1,000,000 users from CSV against a bare COPY of the same rows into the same tables.

Bare: the users, their identifiers and attribute values are copied from text, with the triggers off, into the register
as it is, with all its indexes and with foreign keys checked, and then rolled back. Import: reading and staging the
file, checking each row and counting (plan), and applying: every rule is asked again and every row recorded, in one
transaction. BENCH_IMPORTS names other sizes, with commas.
"""

import csv
import os
import resource
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from django.db import connection, transaction

from benchmarks.resets import Spent, timed
from rollbook.ledger.undo import Undo
from rollbook.ledger.writer import apply, preview
from rollbook.operations.import_users import ImportUsers
from rollbook.people.access import operator
from rollbook.people.importing.models import ImportFile
from rollbook.people.importing.staging import Choice, discard, stage
from rollbook.people.models import UserAttribute

TABLES = ("user", "identifier", "attribute_value")
COLUMNS = ("Username", "First name", "Last name", "E-mail", "Location", "Employee ID")
USER_COLUMNS = ["id", "first_name", "last_name", "email", "access_level", "location_id", "status"]
Row = tuple[str, ...]
T = TypeVar("T")


def run(users: int) -> None:
    """Print seconds and ratios for each size."""
    sizes = [int(size) for size in os.environ.get("BENCH_IMPORTS", "10000,100000,1000000").split(",")]
    print(f"a register of {users:,} users (budget: import / bare at most 5, plan and apply together)")
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            _measure(size, Path(folder) / "users.csv")


def _rows(size: int) -> Iterator[Row]:
    for i in range(size):
        name = f"{i * 7919 % 1_000_003:x}"
        yield (
            f"imp{i:09}",
            f"First{name}"[:12],
            f"Last{name[::-1]}",
            f"imported{i}@example.com",
            f"Place {1 + i % 100}",
            f"E{i:09}",
        )


def _measure(size: int, path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(_rows(size))
    acting = operator("bench")

    def step(name: str, work: Callable[[], T]) -> tuple[Spent, T]:
        # Each figure as it comes: with a million rows it takes half an hour until the last.
        spent, result = timed(work)
        print(f"   {name} {spent}", end="", flush=True)
        return spent, result

    print(f"{size:>9,} users:", end="", flush=True)
    bare = _bare(size)
    print(f"   bare {bare}", end="", flush=True)
    _vacuum()
    staged, file_row = step(
        "stage", lambda: stage(path, ImportFile.Kind.IMPORT, acting=acting, choice=Choice({}))
    )
    operation = ImportUsers(file_id=file_row.pk)
    checked, _ = step("check", lambda: operation.prepare(acting))
    planned, plan = step("plan", lambda: preview(operation, acting=acting))
    applied, record = step("apply", lambda: apply(plan, acting=acting, reason="bench"))
    wall = staged.wall + checked.wall + planned.wall + applied.wall
    cpu = staged.cpu + checked.cpu + planned.cpu + applied.cpu
    print(
        f"   import / bare {wall / bare.wall:4.2f} (database CPU {cpu / bare.cpu:4.2f})", end="", flush=True
    )
    step("the same file again: check", lambda: operation.prepare(acting))
    _vacuum()
    step("undo", lambda: apply(preview(Undo(operation_id=record.pk), acting=acting), acting=acting))
    discard(file_row)
    _vacuum()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"   peak memory of this process {peak:.0f} MB", flush=True)


def _bare(size: int) -> Spent:
    attributes = dict(UserAttribute.objects.values_list("code", "pk"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM rollbook_user")
        (last,) = cursor.fetchone()
        cursor.execute("SELECT name, id FROM rollbook_location")
        places = dict(cursor.fetchall())
    copies: list[tuple[str, Callable[[int, Row], tuple[Any, ...]]]] = [
        (
            f"COPY rollbook_user ({', '.join(USER_COLUMNS)}, send_notifications) FROM STDIN",
            lambda pk, row: (pk, row[1], row[2], row[3], "learner", places[row[4]], "active", True),
        ),
        (
            "COPY rollbook_identifier (attribute_id, value, user_id) FROM STDIN",
            lambda pk, row: (attributes["username"], row[0], pk),
        ),
        (
            "COPY rollbook_attribute_value (attribute_id, value, user_id) FROM STDIN",
            lambda pk, row: (attributes["employee_id"], row[5], pk),
        ),
    ]

    def copy() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            _triggers(cursor, "DISABLE")
            for sql, values in copies:
                with cursor.copy(sql) as target:
                    for number, row in enumerate(_rows(size), 1):
                        target.write_row(values(last + number, row))
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            transaction.set_rollback(True)

    _vacuum()
    spent, _ = timed(copy)
    return spent


def _triggers(cursor: Any, how: str) -> None:
    for table in TABLES:
        cursor.execute(f"ALTER TABLE rollbook_{table} {how} TRIGGER USER")


def _vacuum() -> None:
    with connection.cursor() as cursor:
        for table in (*TABLES, "change", "operation_subject", "import_row"):
            cursor.execute(f"VACUUM ANALYZE rollbook_{table}")
