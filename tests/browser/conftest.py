"""What all browser tests need."""

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def waiting_is_allowed() -> Iterator[None]:
    """Let the test speak to the database while Chromium runs.

    Playwright's waiting runs an event loop in this thread, which Django takes for a view that must not wait.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield
