"""Logs that hold nothing personal."""

import logging


class WithoutRowValues(logging.Formatter):
    """Leaves out the lines in which PostgreSQL quotes the values of a row ("DETAIL: Key (email)=(...)")."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the event as text."""
        lines = super().format(record).splitlines()
        return "\n".join(line for line in lines if not line.lstrip().startswith(("DETAIL:", "CONTEXT:")))
