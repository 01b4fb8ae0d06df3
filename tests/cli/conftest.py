"""The places where commands are typed in tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.typing_in import Shell, sandbox


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Shell:
    """A person in an empty directory."""
    return Shell(capsys, monkeypatch, tmp_path)


@pytest.fixture
def served(shell: Shell) -> Iterator[dict[str, str]]:
    """A sandbox of thirty customers, its list in customers.csv, and its settings in the shell's environment."""
    with sandbox("--customers", "30", "--seed", "3", "--sample", str(shell.here / "customers.csv")) as told:
        names = {name: value for name, value in told.items() if name.startswith("AMILI_")}
        shell.export(**names, AMILI_RATE="500", AMILI_SETTLE_TIME="0.05", AMILI_MAX_INVALID_SHARE="0.1")
        yield told
