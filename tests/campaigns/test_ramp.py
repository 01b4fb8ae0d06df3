"""`ramp` over whole campaigns: stages on the wire and in the audit log, and what becomes of a stage that fails."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.campaigns.judge import counted
from tests.campaigns.stage import FACE, Stage, cast, staged
from worker.app import commands, ending
from worker.errors import Exit, SettingsWrong


def intents_before_the(verdicts: int, ending: ending.Ending) -> int:
    """How many intents of the audit log stand before so many customers were deleted."""
    lines: Iterator[dict[str, object]] = map(json.loads, (ending.directory / "audit.jsonl").read_bytes().splitlines())
    intents = deleted = 0
    for line in lines:
        intents += line["kind"] == "intent"
        deleted += line.get("verdict") in ("deleted", "deleted_inferred")
        if deleted == verdicts:
            return intents
    return -1


async def ramped(stage: Stage, attempts: int = 3, max_deletes: int = 1000) -> ending.Ending:
    return await stage.run(ramp=True, concurrency=16, attempts=attempts, max_deletes=max_deletes)


async def test_each_stage_is_settled_before_the_next_begins(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(free=130, documents=20)) as stage:
        ending = await ramped(stage)
        assert (ending.exit, counted(ending)["deleted"]) == (Exit.SETTLED, 130)
        assert [intents_before_the(stage_end, ending) for stage_end in (1, 11, 111)] == [1, 11, 111]


async def test_without_it_deletions_do_not_wait_for_each_other(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(free=40)) as stage:
        ending = await stage.run(concurrency=16)
        assert intents_before_the(11, ending) > 11


@pytest.mark.parametrize(("fault", "verdict"), [("arrives@delete", "refused"), ("http_500@delete", "in_doubt")])
async def test_a_first_deletion_that_fails_stops_the_run_and_bars_later_starts(
    tmp_path: Path, fault: str, verdict: str
) -> None:
    async with staged(tmp_path, cast(free=30), fault) as stage:
        ending = await ramped(stage, attempts=1)
        assert ending.stop is not None
        assert (ending.exit, ending.stop.why, counted(ending)[verdict]) == (20, "ramp", 1)
        assert stage.sent()["delete"] == 1
        assert (ending.note.latch or "").startswith("ramp: the ramp's stage of 1")
        assert (await ramped(stage)).exit == 20
        assert stage.sent()["delete"] == 0


async def test_after_the_latch_is_lifted_it_begins_with_one_again(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(free=30), "arrives@delete") as stage:
        ending = await ramped(stage)
        await stage.resume(ending)
        stage.faults("")
        again = await ramped(stage)
        assert (again.exit, counted(again)) == (Exit.SETTLED, {"deleted": 29, "refused": 1})


async def test_a_customer_that_needs_no_delete_gives_its_place_to_the_next(tmp_path: Path) -> None:
    people = cast(free=15, documents=1)
    async with staged(tmp_path, people) as stage:
        plan = await stage.plan()
        for number in people.free[:3]:
            stage.sandbox.world.delete(number, 0.0, 0)
        stage.sandbox.world.attach(people.free[3], documents=1)
        ending = await stage.apply(plan, ramp=True, concurrency=16)
        assert (ending.exit, counted(ending)) == (0, {"deleted": 11, "already_absent": 3, "ineligible": 2})


async def test_answers_that_are_lost_take_no_second_place(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(free=15), "reset_after@delete") as stage:
        ending = await ramped(stage)
        assert (ending.exit, counted(ending)) == (0, {"deleted_inferred": 15})


async def test_the_cap_holds_within_a_stage(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(free=15)) as stage:
        ending = await ramped(stage, max_deletes=5)
        assert ending.stop is not None
        assert (ending.stop.why, counted(ending)["deleted"]) == ("max_deletes", 5)


async def test_where_several_processes_may_work_it_is_refused(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(free=1)) as stage:
        shared = {"ledger": "postgresql://nowhere/db", "ramp": True}
        with pytest.raises(SettingsWrong, match="several"):
            await commands.apply(stage.loaded(**shared), "spring", approve=lambda _: True, face=FACE, command="apply")
        with pytest.raises(SettingsWrong, match="several"):
            await stage.run(ledger="postgresql://nowhere/db", ramp=True)
        assert not stage.news()
