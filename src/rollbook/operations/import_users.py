"""Import users by spreadsheet: create and update by one file."""

from dataclasses import dataclass, field

from rollbook.ledger.actor import Actor
from rollbook.ledger.operation import Plan, PreparedOperation
from rollbook.operations.from_rows import check_rows, plan_of
from rollbook.people.access import Right
from rollbook.people.importing.missing import Limits, Missing, missing_from
from rollbook.people.importing.models import ImportFile
from rollbook.people.importing.terms import Terms

MAY_NOT = "Your access level does not include deactivating users. Import without it."


@dataclass(frozen=True, kw_only=True)
class ImportUsers(PreparedOperation):
    """Create the users whom nobody is found for, and change what the rows of a staged file say of the others.

    A missing column leaves things as they are; so does an empty cell, unless `empty_clears`. `location_id` is where
    users are created whose row names no location. `deactivate_missing` makes learners inactive who are in no row (in
    `missing_in` and below, where it is given); where there are more of them than `limits` allow, a second person must
    approve all of it.
    """

    verb = "import_users"
    right = Right.USERS_IMPORT

    file_id: int
    empty_clears: bool = False
    location_id: int | None = None
    deactivate_missing: bool = False
    missing_in: int | None = None
    limits: Limits = field(default_factory=Limits)

    @property
    def terms(self) -> Terms:
        """Return how the rows are taken."""
        return Terms(creates=True, empty_clears=self.empty_clears, location_id=self.location_id)

    def prepare(self, acting: Actor) -> None:
        """Check every row against the register of now."""
        check_rows(self.file_id, ImportFile.Kind.IMPORT, self.terms, acting)

    def plan(self, acting: Actor) -> Plan:
        """Say what becomes of each row, and of those who are in none."""

        def missing(file: ImportFile) -> Missing:
            return missing_from(file, acting, self.missing_in, self.limits)

        plan = plan_of(
            self, self.file_id, self.terms, acting, missing=missing if self.deactivate_missing else None
        )
        if self.deactivate_missing and not acting.may(Right.USERS_DEACTIVATE):
            plan.refusals = [*plan.refusals, MAY_NOT]
        return plan
