"""Why Rollbook cannot start."""


class StartError(Exception):
    """Rollbook cannot start; the message is one sentence that names the thing, the reason and the remedy."""
