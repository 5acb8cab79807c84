"""The operation that takes a file which was sent to the console."""

from typing import cast

from rollbook.ledger.operation import PreparedOperation
from rollbook.operations.import_users import ImportUsers
from rollbook.operations.link_users import LinkUsers
from rollbook.operations.rebuilt import from_params
from rollbook.people.importing.models import ImportFile, Upload

VERBS = {ImportFile.Kind.IMPORT.value: ImportUsers.verb, ImportFile.Kind.LINK.value: LinkUsers.verb}


def operation_of(upload: Upload) -> PreparedOperation:
    """Return the operation with the options that were chosen."""
    params = {**upload.options, "file_id": upload.file_id}
    return cast("PreparedOperation", from_params(VERBS[upload.kind], params))
