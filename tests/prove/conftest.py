"""The process from which all lives of these tests are forked."""

import pytest

from worker.prove.lives import ready


@pytest.fixture(scope="session", autouse=True)
def _ready() -> None:
    """Loaded once, with the planted lives."""
    ready(["worker.prove.child", "tests.prove.planted"])
