"""Whatever rows a file has: what the preview said is done, and the same file again changes nothing."""

import os

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rollbook.ledger.undo import Undo
from rollbook.ledger.writer import apply, preview
from rollbook.operations.import_users import ImportUsers
from rollbook.people.access import actor_for
from rollbook.people.importing.models import ImportRow
from rollbook.people.importing.results import counts_of
from rollbook.people.models import Identifier
from tests.cast import Cast, outside_the_ledger
from tests.operations.import_cases import sent
from tests.snapshots import differences, snapshot

EXAMPLES = int(os.environ.get("TEST_HISTORIES", "30"))
ADDRESSES = (
    "ben.baker@example.org",
    "BEA.Brown@example.org",
    "new@example.org",
    "dora.dunn@example.org",
    "x",
)
# What makes a row refused is rarer than what does not, or hardly any file would be taken.
CELLS = {
    "Student ID": ("00123", "00123", "00124", "00124", "00777", "00778", "123", "00999", "ben", "1.2E+05"),
    "Username": ("", "", "", "ben", "bea", "benny", "nele", "alice", "00124", "ben.baker@example.org"),
    "Employee ID": ("", "", "E-7", "E-7", "E-8", "E-9", "00123"),
    "E-mail": ("", "", "", "", *ADDRESSES),
    "First name": ("Ben", "Nele", "Nele", "Nele", ""),
    "Last name": ("", "Baker", "Bäcker"),
    "Location": ("Oak", "Oak", "Oak", "North", "North", "", "", "South", "nowhere"),
    "Send notifications": ("", "", "no", "yes", "yes", "perhaps"),
}
FINDERS = {
    "Student ID": "attributes.student_id",
    "Username": "attributes.username",
    "Employee ID": "attributes.employee_id",
    "E-mail": "email",
}
row = st.tuples(*map(st.sampled_from, CELLS.values()))
# With rows of which no two have one student ID, and with any.
rows = st.lists(row, min_size=1, max_size=6, unique_by=lambda cells: cells[0]) | st.lists(
    row, min_size=1, max_size=3
)
finders = st.sampled_from(["Student ID", "Student ID", "Student ID", "Username", "Employee ID", "E-mail"])


@given(
    rows=rows,
    finder=finders,
    others=st.sets(st.sampled_from(sorted(CELLS)), max_size=3),
    clears=st.booleans(),
)
@settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_rows(
    cast: Cast, rows: list[tuple[str, ...]], finder: str, others: set[str], *, clears: bool
) -> None:
    acting = actor_for(cast.carla)
    columns = sorted({finder, "First name", *others})
    places = [list(CELLS).index(name) for name in columns]
    with transaction.atomic():
        with outside_the_ledger():
            Identifier.objects.create(attribute=cast.username, user=cast.ben, value="benny")
        file = sent(
            acting, ",".join(columns), *([row[i] for i in places] for row in rows), by=FINDERS[finder]
        )
        operation = ImportUsers(file_id=file.pk, empty_clears=clears, location_id=cast.oak.pk)
        operation.prepare(acting)
        said = counts_of(file)
        plan = preview(operation, acting=acting)
        before = snapshot()
        if not plan.can_apply:
            assert said.created + said.updated == 0
        else:
            record = apply(plan, acting=acting)
            assert record.counts == plan.counts
            taken = set(
                ImportRow.objects.filter(file=file).exclude(state="refused").values_list("pk", flat=True)
            )
            operation.prepare(acting)
            again = ImportRow.objects.filter(pk__in=taken).exclude(state="unchanged")
            assert not again.exists(), list(again.values("number", "state", "given", "changes", "reasons"))
            undo = preview(Undo(operation_id=record.pk), acting=acting)
            apply(undo, acting=acting)
            assert differences(before, snapshot()) == set()
        transaction.set_rollback(True)
