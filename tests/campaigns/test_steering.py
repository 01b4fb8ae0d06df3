"""A person steers a campaign while it is worked, from another process's view: in a file, and in a database."""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.campaigns.stage import FACE, Stage, cast, staged
from tests.databases import database
from worker.app import commands, ending, looking, steering
from worker.errors import Exit, UsageWrong
from worker.sandbox.faults import Kind
from worker.sandbox.journal import Record

MANY = cast(free=60)
NAME = "steered"
OBEYED = 2.0
"""Seconds within which an order must have reached every worker."""


@pytest.fixture(params=["file", "database"])
async def stage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stage]:
    with ExitStack() as stack:
        async with staged(tmp_path, MANY) as stage:
            if request.param == "database":
                stage.environ["AMILI_LEDGER"] = stack.enter_context(database())
            stage.flags |= {"rate": "20", "concurrency": "3"}
            yield stage


def controls(stage: Stage) -> list[dict[str, object]]:
    """What the audit log tells of people's orders."""
    looking.report(stage.offline(), NAME)
    lines = (stage.campaigns / NAME / "audit.jsonl").read_text("utf-8").splitlines()
    told = [json.loads(line) for line in lines]
    return [line for line in told if line["kind"] == "control"]


def deletes(records: list[Record]) -> int:
    return sum(record.kind is Kind.DELETE for record in records)


async def begun(stage: Stage) -> "asyncio.Task[ending.Ending]":
    """A run that is under way."""
    task = asyncio.create_task(stage.run(name=NAME))
    await stage.until(Kind.DELETE)
    return task


async def test_a_pause_stops_all_requests_and_a_resume_goes_on(stage: Stage) -> None:
    task = await begun(stage)
    await steering.pause(stage.offline(), NAME)
    await asyncio.sleep(OBEYED)
    stage.news()
    await asyncio.sleep(0.5)
    assert stage.news() == []
    assert looking.status(stage.offline(), NAME).orders.paused
    await steering.set_rate(stage.offline(), NAME, 2000.0)
    resumed = await steering.resume(stage.offline(), NAME, None)
    assert (resumed.before.paused, resumed.now.paused) == (True, False)
    assert (await task).exit is Exit.SETTLED
    assert [line["action"] for line in controls(stage)] == ["pause", "set_rate", "resume"]
    assert all(line["user"] and line["host"] for line in controls(stage))


async def test_a_pause_outlives_the_process_and_bars_a_later_start_from_sending(stage: Stage) -> None:
    planned = await stage.plan(name=NAME, limit=2)
    await steering.pause(stage.offline(), NAME)
    stage.news()
    task = asyncio.create_task(stage.apply(planned))
    await asyncio.sleep(1.0)
    assert stage.news() == []
    assert not task.done()
    await steering.resume(stage.offline(), NAME, None)
    assert (await task).exit is Exit.SETTLED


async def test_a_stop_ends_the_run_with_20_and_bars_later_starts_until_it_is_lifted(stage: Stage) -> None:
    task = await begun(stage)
    began = time.monotonic()
    await steering.stop(stage.offline(), NAME)
    ending = await task
    assert time.monotonic() - began < OBEYED + 3  # the last readings of what had left come on top
    assert (ending.exit, ending.stop and ending.stop.why) == (Exit.SAFETY_STOP, "stop")
    stage.news()
    assert (await stage.run(None, name=NAME)).exit is Exit.SAFETY_STOP
    assert stage.news() == []
    with pytest.raises(UsageWrong, match="stopped for safety"):
        await steering.resume(stage.offline(), NAME, None)
    assert (await steering.resume(stage.offline(), NAME, "it was a drill")).lifted
    assert (await stage.run(None, name=NAME, rate="2000")).exit is Exit.SETTLED
    assert [(line["action"], line.get("because")) for line in controls(stage)] == [
        ("stop", None),
        ("resume", "it was a drill"),
    ]


async def test_a_stop_without_a_run_bars_the_next_start(stage: Stage) -> None:
    await stage.plan(name=NAME, limit=1)
    await steering.stop(stage.offline(), NAME)
    ending = await stage.apply(NAME)
    assert (ending.exit, ending.stop and ending.stop.why) == (Exit.SAFETY_STOP, "latched")


async def test_another_rate_is_kept_to_within_two_seconds(stage: Stage) -> None:
    task = await begun(stage)
    await steering.set_rate(stage.offline(), NAME, 2.0)
    await asyncio.sleep(OBEYED)
    stage.news()
    await asyncio.sleep(2.0)
    assert len(stage.news()) <= 2 * 2 + 1
    await steering.set_rate(stage.offline(), NAME, 2000.0)
    assert (await task).exit is Exit.SETTLED


async def test_a_lower_cap_stops_the_run_there_and_a_higher_one_goes_on(stage: Stage) -> None:
    task = await begun(stage)
    await steering.set_max_deletes(stage.offline(), NAME, 6)
    ending = await task
    assert (ending.exit, ending.stop and ending.stop.why) == (Exit.SAFETY_STOP, "max_deletes")
    assert len(stage.deleted) <= 8  # two seconds at this rate may bring two more before the order is heard
    before = len(stage.deleted)
    assert (await stage.run(None, name=NAME)).exit is Exit.SAFETY_STOP
    assert len(stage.deleted) == before
    await steering.set_max_deletes(stage.offline(), NAME, 1000)
    assert (await stage.run(None, name=NAME, rate="2000")).exit is Exit.SETTLED


async def test_status_tells_of_the_worker_its_share_and_the_oldest_customer_in_flight(stage: Stage) -> None:
    task = await begun(stage)
    await asyncio.sleep(1.2)
    (worker,) = looking.status(stage.offline(), NAME).workers
    assert (worker.command, worker.pid) == ("run", os.getpid())
    oldest = worker.pulse["oldest_in_flight"]
    assert isinstance(oldest, dict)
    assert oldest["customer"] in MANY.all
    assert worker.pulse["share"] == 20.0
    await steering.set_rate(stage.offline(), NAME, 2000.0)
    await task
    assert looking.status(stage.offline(), NAME).workers == []


async def test_orders_beside_a_run_stand_in_the_audit_file_and_it_verifies(stage: Stage) -> None:
    task = await begun(stage)
    for rate in (30.0, 40.0, 2000.0):
        await steering.set_rate(stage.offline(), NAME, rate)
    ending = await task
    proof = await stage.verify(NAME)
    assert (proof.ok, proof.notes) == (True, ())
    assert proof.head == ending.summary.head
    assert [line["rate"] for line in controls(stage)] == [30.0, 40.0, 2000.0]


async def test_a_later_start_keeps_to_the_more_careful_of_its_own_rate_and_the_ordered_one(stage: Stage) -> None:
    planned = await stage.plan(name=NAME, limit=3, rate="2000")
    await steering.set_rate(stage.offline(), NAME, 5.0)
    stage.news()
    began = time.monotonic()
    assert (await stage.apply(planned, rate="2000")).exit is Exit.SETTLED
    assert len(stage.news()) / (time.monotonic() - began) < 8
    assert looking.status(stage.offline(), NAME).orders.rate == 5.0


async def test_whoever_leaves_before_others_says_that_they_go_on(tmp_path: Path) -> None:
    async with staged(tmp_path, MANY) as stage:
        with database() as url:
            stage.environ["AMILI_LEDGER"] = url
            stage.flags |= {"rate": "40", "concurrency": "3"}
            loaded = stage.loaded(max_deletes=1000)
            runs = [
                commands.run(loaded, stage.list, name=NAME, recheck=False, face=FACE, command="run") for _ in range(2)
            ]
            last, first = sorted(await asyncio.gather(*runs), key=lambda ending: ending.others_go_on)
            assert (first.others_go_on, last.others_go_on) == (True, False)
            assert "other workers go on" in " ".join(first.warnings)
            assert not any("other workers" in told for told in last.warnings)
