"""The cast, and the small catalogue."""

import pytest

from tests.cast import Cast, assemble
from tests.training.stage import Stage, furnish


@pytest.fixture
def cast(db: None) -> Cast:
    """Return the cast."""
    return assemble()


@pytest.fixture
def stage(cast: Cast) -> Stage:
    """Return the catalogue."""
    return furnish()
