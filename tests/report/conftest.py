"""A browser for the tests that look at the page: one a module, as starting it takes longest."""

from collections.abc import Iterator

import pytest

from tests.report.browser import Viewer, started


@pytest.fixture(scope="module")
def viewer() -> Iterator[Viewer]:
    """A headless browser."""
    with started() as viewer:
        yield viewer
