"""One verb per file; this is the explicit list."""

from rollbook.ledger.operation import Operation
from rollbook.ledger.undo import Undo
from rollbook.operations.create_user import CreateUser
from rollbook.operations.deactivate_users import DeactivateUsers
from rollbook.operations.edit_user import EditUser
from rollbook.operations.remove_attribute import RemoveAttribute
from rollbook.operations.remove_location import RemoveLocation
from rollbook.operations.retrieve_users import RetrieveUsers
from rollbook.operations.save_attribute import SaveAttribute
from rollbook.operations.save_location import SaveLocation

OPERATIONS: tuple[type[Operation], ...] = (
    CreateUser,
    DeactivateUsers,
    EditUser,
    RemoveAttribute,
    RemoveLocation,
    RetrieveUsers,
    SaveAttribute,
    SaveLocation,
    Undo,
)
