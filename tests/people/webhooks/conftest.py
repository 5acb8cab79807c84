"""The cast, and what the worker would do for webhooks, done here."""

import pytest

from tests.cast import Cast, assemble


@pytest.fixture
def cast(db: None) -> Cast:
    """Return the cast."""
    return assemble()
