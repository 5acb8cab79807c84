"""Why a file cannot be read as a table: a sentence that names the thing, the reason and the remedy."""


class BadFile(ValueError):
    """The file cannot be read as a table. The message is for the person who sent it."""


NOT_A_TABLE = "This is neither a CSV file nor an Excel workbook (.xlsx). Save the table as one of the two and send that."
EMPTY = (
    "This file is empty. Send one that has the names of its columns in the first row and a row for each user."
)
BROKEN_WORKBOOK = (
    "The Excel file cannot be read: it is damaged, or was not transferred whole. Send it again, or save it once more as "
    ".xlsx without a password, or as “CSV UTF-8”."
)
NO_HEADER = "The first row has no names of columns. Put a name above each column, such as “E-mail”."
CUT_OFF = (
    "This file seems to be cut off: it ends in the middle of {where}. It was probably not transferred whole; "
    "send it again."
)
