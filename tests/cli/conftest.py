"""The places where commands are typed in tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.typing_in import Shell, environment, in_a_thread
from worker.sandbox.options import SandboxOptions
from worker.sandbox.server import Sandbox


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Shell:
    """A person in an empty directory."""
    return Shell(capsys, monkeypatch, tmp_path)


@pytest.fixture
def sandbox(shell: Shell) -> Iterator[Sandbox]:
    """Thirty customers, their list in customers.csv, and the settings to reach them in the shell's environment."""
    sandbox = Sandbox(SandboxOptions(customers=30, seed=3, sample=shell.here / "customers.csv"))
    with in_a_thread(sandbox):
        shell.export(**environment(sandbox))
        shell.export(AMILI_RATE="500", AMILI_SETTLE_TIME="0.05", AMILI_MAX_INVALID_SHARE="0.1")
        yield sandbox
