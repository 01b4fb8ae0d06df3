"""Starts what takes half a minute, whatever the machine, before everything else here."""

import subprocess
import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def liar(tmp_path_factory: pytest.TempPathFactory) -> Iterator["subprocess.Popen[str]"]:
    """The campaign of `lying`, on its way."""
    command = [sys.executable, "-m", "tests.campaigns.lying", str(tmp_path_factory.mktemp("lying"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()
