"""Successes that are read back (`verify_share`): those that hold, and those that are lies.

The name of this module puts it last: the campaign that is lied to runs beside all the others.
"""

import json
import subprocess
from pathlib import Path

from tests.campaigns.judge import counted, files
from tests.campaigns.stage import cast, staged


async def test_a_success_that_holds_is_read_back_once(tmp_path: Path) -> None:
    people = cast(free=5)
    async with staged(tmp_path, people) as stage:
        ending = await stage.run(verify_share=1)
        assert (ending.exit, counted(ending)) == (0, {"deleted": 5})
        assert {reason for _, reason in files(ending).verdicts().values()} == {"read_back"}
        assert stage.sent() == {"get_customer": 10, "get_documents": 5, "get_aritems": 5, "delete": 5}


async def test_a_share_of_the_deletions_is_read_back(tmp_path: Path) -> None:
    people = cast(free=60)
    async with staged(tmp_path, people) as stage:
        await stage.run(verify_share=0.3)
        assert 60 + 5 < stage.sent()["get_customer"] < 60 + 35


async def test_a_success_that_cannot_be_read_back_is_believed(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(free=1), "http_400@get_customer#5-") as stage:
        ending = await stage.run(verify_share=1)
        assert (ending.exit, counted(ending)) == (0, {"deleted": 1})


def test_a_success_that_is_a_lie_is_in_doubt_and_stops_the_run(liar: "subprocess.Popen[str]") -> None:
    told, _ = liar.communicate(timeout=60)
    found = json.loads(told)
    assert (found["exit"], found["why"]) == (76, "still_there")
    assert found["verdicts"] == {"in_doubt": 1, "not_reached": 2}
    assert (found["sent"]["delete"], found["existing"]) == (1, 3)
