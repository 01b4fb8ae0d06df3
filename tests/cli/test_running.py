"""Which face a command shows, and on which event loop it runs."""

import asyncio

import pytest

from config import Settings
from worker.app.face import Face
from worker.cli.running import face, wait_for


def test_without_a_terminal_the_log_is_json() -> None:
    assert face(Settings()) == Face("json", "info", terminal=False)


def test_a_setting_decides_over_the_terminal() -> None:
    assert face(Settings(log_format="console", log_level="error")) == Face("console", "error", terminal=False)


def test_the_result_of_a_command_is_handed_back_and_its_error_raised() -> None:
    async def work(result: int) -> int:
        await asyncio.sleep(0)
        return 12 // result

    assert wait_for(work(3)) == 4
    with pytest.raises(ZeroDivisionError):
        wait_for(work(0))
