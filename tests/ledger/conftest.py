"""Every test of the ledger starts with the cast on the stage."""

import pytest

from tests.cast import Cast, assemble


@pytest.fixture
def cast(db: None) -> Cast:
    """Return the cast."""
    return assemble()
