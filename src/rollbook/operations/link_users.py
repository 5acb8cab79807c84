"""Link users by spreadsheet: set one Username attribute of users who are found by another column."""

from dataclasses import dataclass

from rollbook.ledger.actor import Actor
from rollbook.ledger.operation import Plan, PreparedOperation
from rollbook.operations.from_rows import check_rows, plan_of
from rollbook.people.access import Right
from rollbook.people.importing.models import ImportFile
from rollbook.people.importing.terms import Terms

TERMS = Terms(creates=False)


@dataclass(frozen=True, kw_only=True)
class LinkUsers(PreparedOperation):
    """Give each user whom a row of a staged file means the ID that the row names; nobody is created."""

    verb = "link_users"
    right = Right.USERS_IMPORT

    file_id: int

    def prepare(self, acting: Actor) -> None:
        """Check every row against the register of now."""
        check_rows(self.file_id, ImportFile.Kind.LINK, TERMS, acting)

    def plan(self, acting: Actor) -> Plan:
        """Say what each row would set."""
        return plan_of(self, self.file_id, TERMS, acting)
