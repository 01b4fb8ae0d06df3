"""The same over real sockets, through whole campaigns: a crowd is held at the server's gate when the reason comes."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import web

from tests.campaigns.judge import counted
from tests.campaigns.stage import cast, staged
from tests.limits.gated import Gated, gated
from worker.sandbox.faults import Faults, Kind

FREE = tuple(str(100_000 + place) for place in range(150))
GHOSTS = tuple(str(400_000 + place) for place in range(24))
SENTINEL = "900001"
CROWD = 64


def is_delete(request: web.BaseRequest) -> bool:
    return request.method == "DELETE"


def is_delete_or_about_a_ghost(request: web.BaseRequest) -> bool:
    return is_delete(request) or request.raw_path.rpartition("/")[2] in GHOSTS


async def until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110 - neither a journal nor a file tells anybody
        await asyncio.sleep(0.01)


def answered(sandbox: Gated, status: int) -> int:
    return sum(record.status == status for record in sandbox.journal.records)


async def test_after_a_403_in_a_crowd_no_delete_arrives(tmp_path: Path) -> None:
    async with gated(tmp_path, is_delete, FREE) as (stage, sandbox):
        run = asyncio.create_task(stage.run(name="may"))
        await sandbox.crowd(CROWD)  # all in flight wait for an answer, so that nothing else can begin
        stage.faults("http_403@delete")
        sandbox.let_in(1)
        audit = stage.campaigns / "may" / "audit.jsonl"
        await until(lambda: b'"status":403' in audit.read_bytes())
        stage.faults("")
        sandbox.open()
        ending = await run
        assert (ending.exit, sandbox.arrived, sandbox.journal.counts()[Kind.DELETE]) == (77, CROWD, CROWD)
        assert counted(ending) == {"deleted": CROWD - 1, "not_reached": len(FREE) - CROWD + 1}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_after_a_signal_in_a_crowd_no_delete_arrives(tmp_path: Path, number: signal.Signals) -> None:
    async with gated(tmp_path, is_delete, FREE) as (stage, sandbox):
        run = asyncio.create_task(stage.run())
        await sandbox.crowd(CROWD)
        os.kill(os.getpid(), number)
        await asyncio.sleep(0.1)  # Python runs the handler in one of the loop's next turns
        sandbox.open()
        ending = await run
        assert (ending.exit, sandbox.arrived, sandbox.journal.counts()[Kind.DELETE]) == (75, CROWD, CROWD)
        assert counted(ending) == {"deleted": CROWD, "not_reached": len(FREE) - CROWD}


async def test_after_the_sentinel_was_lost_no_delete_arrives(tmp_path: Path) -> None:
    first, rest = FREE[:40], FREE[40:]
    async with gated(tmp_path, is_delete_or_about_a_ghost, (*FREE, SENTINEL)) as (stage, sandbox):
        stage.list = stage.file((*first, *GHOSTS, *rest))
        run = asyncio.create_task(stage.run(sentinel=SENTINEL))
        await sandbox.crowd(CROWD)
        sandbox.world.delete(SENTINEL, 0.0, 0)
        since = len(sandbox.journal.records)
        sandbox.let_in(len(GHOSTS), "GET")
        await until(lambda: any(record.customer == SENTINEL for record in sandbox.journal.records[since:]))
        await asyncio.sleep(0.1)  # until the answer has come to the worker
        sandbox.open()
        ending = await run
        assert ending.stop is not None
        assert (ending.exit, ending.stop.why) == (20, "sentinel_lost")
        assert sandbox.journal.counts()[Kind.DELETE] == len(first)
        assert counted(ending)["not_reached"] == len(rest)


async def test_in_a_crowd_that_is_not_stopped_deletes_do_arrive(tmp_path: Path) -> None:
    async with gated(tmp_path, is_delete, FREE) as (stage, sandbox):
        run = asyncio.create_task(stage.run())
        await sandbox.crowd(CROWD)
        sandbox.open()
        assert counted(await run) == {"deleted": len(FREE)}


@pytest.mark.parametrize(("seed", "cap"), [(1, 1), (2, 63), (3, 90)])
async def test_with_answers_lost_the_server_never_loses_one_customer_too_many(
    tmp_path: Path, seed: int, cap: int
) -> None:
    people = cast(free=120, documents=10)
    async with staged(tmp_path, people) as stage:
        stage.sandbox.faults = Faults.parse("reset_after=0.05,reset_before=0.05,late_silent@delete=0.03:0.2s")
        for _ in range(3):
            ending = await stage.run(max_deletes=cap, concurrency=CROWD, max_failure_share=1)
            assert len(stage.deleted) <= cap
            at_risk = sum(counted(ending).get(word, 0) for word in ("deleted", "deleted_inferred", "in_doubt"))
            assert at_risk <= cap
        stage.faults("")
        await stage.run(max_deletes=cap, concurrency=CROWD, max_failure_share=1)
        ending = await stage.run(max_deletes=cap, concurrency=CROWD, max_failure_share=1)
        assert (ending.exit, len(stage.deleted)) == (20, cap)


async def test_two_hundred_401s_at_once_lead_to_one_token_request(tmp_path: Path) -> None:
    many = tuple(str(100_000 + place) for place in range(220))
    async with gated(tmp_path, lambda request: "/customers/" in request.raw_path, many) as (stage, sandbox):
        ready = sandbox.ready()
        stage.environ = {"AMILI_OAUTH_CLIENT_SECRET": ready.oauth_client_secret}
        stage.flags |= {"token_url": ready.token_url, "oauth_client_id": ready.oauth_client_id, "concurrency": 200}
        run = asyncio.create_task(stage.run())
        await sandbox.crowd(200)
        before = sandbox.journal.counts()[Kind.TOKEN]
        stage.faults("http_401@get_customer")
        sandbox.let_in(200)
        await sandbox.crowd(400)  # each of them again, with the new token
        stage.faults("")
        assert (before, answered(sandbox, 401), sandbox.journal.counts()[Kind.TOKEN]) == (1, 200, 2)
        sandbox.open()
        assert counted(await run) == {"deleted": len(many)}
        assert sandbox.journal.counts()[Kind.TOKEN] == 2
