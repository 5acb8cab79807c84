"""Why a repair did not happen. Each class's docstring is the message that people read."""

import inspect


class LedgerError(Exception):
    """The operation was not applied. Nothing was changed."""

    def __init__(self, detail: str = "") -> None:
        message = inspect.cleandoc(type(self).__doc__ or "").replace("\n", " ")
        super().__init__(f"{message} {detail}".strip())


class StalePlan(LedgerError):
    """Something changed since this preview was made. Nothing was applied; look at the new preview and confirm again."""


class AlreadyApplied(LedgerError):
    """This was already done, by this very preview. Nothing was done twice."""


class NotAllowed(LedgerError):
    """Your access level does not include this. Nothing was changed; ask a super user if you need it."""


class OutOfScope(LedgerError):
    """This reaches beyond the users and locations that you manage. Nothing was changed."""


class Refused(LedgerError):
    """This cannot be done, and nothing was changed."""


class Held(LedgerError):
    """A second person must approve this before it is done. Nothing was changed."""


class NotTheSecond(LedgerError):
    """Only somebody else can decide this, who may do it to everybody whom it is about. Nothing was changed."""


class AlreadyDecided(LedgerError):
    """This no longer waits for approval: somebody decided it, or it waited too long."""


class WaitedTooLong(LedgerError):
    """Nobody approved this in time. Nothing was changed. Ask for it again if it is still wanted."""


class NothingToDo(LedgerError):
    """Everything is already as you asked for. Nothing was changed."""


class ReasonMissing(LedgerError):
    """Give a reason: whoever reads the history later will want to know why. Nothing was changed."""


class UnrecordedTable(LedgerError):
    """An operation may only change tables that are recorded, so that it can be undone."""
