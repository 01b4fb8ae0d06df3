"""Who lets us in and who can be reached: tokens of every kind, outages, waits that are too long, and signals."""

import asyncio
import os
import signal
import time
from itertools import pairwise
from pathlib import Path

from tests.campaigns.judge import counted, files
from tests.campaigns.stage import Stage, cast, staged
from worker.app.ending import Ending
from worker.errors import Exit
from worker.sandbox.faults import Kind
from worker.sandbox.options import SandboxOptions


def _why(ending: Ending) -> str:
    return "" if ending.stop is None else ending.stop.why


def _open(ending: Ending) -> int:
    """How many rows a later run takes up, with no DELETE sent for any of them."""
    return sum(counted(ending).get(verdict, 0) for verdict in ("unchecked", "not_reached"))


def _with_credentials(stage: Stage) -> None:
    """Client credentials take the place of the ready token."""
    ready = stage.sandbox.ready()
    stage.environ = {"AMILI_OAUTH_CLIENT_SECRET": ready.oauth_client_secret}
    stage.flags |= {"token_url": ready.token_url, "oauth_client_id": ready.oauth_client_id}


async def test_a_401_with_a_fixed_token_is_77(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(free=3)) as stage:
        stage.environ = {"AMILI_TOKEN": "nobody-knows-me"}
        ending = await stage.run(concurrency=1)
        assert (ending.exit, _why(ending), _open(ending)) == (77, "unauthorised", 3)
        assert stage.sent() == {"get_customer": 1}


async def test_a_401_to_a_delete_is_no_doubt(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(free=3), "http_401@delete") as stage:
        ending = await stage.run(concurrency=1)
        assert (ending.exit, counted(ending)) == (77, {"not_reached": 3})
        assert stage.sent()["delete"] == 1


async def test_a_token_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    people = cast(free=6)
    async with staged(tmp_path, people, options=SandboxOptions(token_uses=9)) as stage:
        token = tmp_path / "token"
        token.write_text(stage.sandbox.token, "utf-8")
        stage.environ = {}
        stage.flags["token_file"] = str(token)
        worn_out = await stage.run(concurrency=1)
        assert (worn_out.exit, len(stage.deleted)) == (Exit.FORBIDDEN, 2)
        _renew(stage, token)
        running = asyncio.create_task(stage.run(concurrency=1))
        await stage.until(Kind.DELETE)
        _renew(stage, token)
        assert (await running).exit is Exit.FORBIDDEN  # one with the second token, two with the third
        assert len(stage.deleted) == 5


def _renew(stage: Stage, file: Path) -> None:
    """Somebody else keeps the file fresh."""
    file.write_text(stage.sandbox.tokens.issue(time.monotonic(), time.time()), "utf-8")


async def test_client_credentials_renew_a_token_that_wears_out(tmp_path: Path) -> None:
    people = cast(free=20)
    async with staged(tmp_path, people, options=SandboxOptions(token_uses=40)) as stage:
        _with_credentials(stage)
        ending = await stage.run()
        sent = stage.sent()
        assert (ending.exit, counted(ending)) == (0, {"deleted": 20})
        assert sent["token"] >= 2
        assert files(ending).summary["requests"]["token"] == sent["token"]


async def test_one_renewal_serves_all_who_were_answered_401(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(free=8), "latency=0.05,http_401#2-5") as stage:
        _with_credentials(stage)
        ending = await stage.run(concurrency=4)
        assert ending.exit is Exit.SETTLED
        assert stage.sent()["token"] == 2


async def test_client_credentials_renew_ahead_of_expiry(tmp_path: Path) -> None:
    people = cast(free=15)
    async with staged(tmp_path, people, options=SandboxOptions(token_seconds=1)) as stage:
        _with_credentials(stage)
        ending = await stage.run(rate=50)
        assert (ending.exit, counted(ending)) == (0, {"deleted": 15})
        assert stage.sandbox.journal.counts()["token"] >= 2
        assert {record.status for record in stage.news() if record.kind is not Kind.TOKEN} == {200}


async def test_credentials_that_the_token_service_refuses_are_77(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(free=3)) as stage:
        _with_credentials(stage)
        stage.environ = {"AMILI_OAUTH_CLIENT_SECRET": "wrong"}
        ending = await stage.run(concurrency=1)
        assert (ending.exit, _open(ending)) == (77, 3)
        assert stage.sent() == {"token": 1}


async def test_a_401_with_a_fresh_token_is_77(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(free=3), "http_401") as stage:
        _with_credentials(stage)
        ending = await stage.run(concurrency=1)
        assert (ending.exit, _why(ending)) == (77, "unauthorised")
        assert stage.sent() == {"token": 2, "get_customer": 2}


async def test_an_outage_beyond_the_budget_is_69_and_spends_no_attempt(tmp_path: Path) -> None:
    people = cast(free=6)
    async with staged(tmp_path, people) as stage:
        plan = await stage.plan()
        stage.faults("outage")
        ending = await stage.apply(plan, outage_budget=0.3, attempts=1)
        assert (ending.exit, _why(ending)) == (69, "outage")
        assert _open(ending) == 6
        stage.faults("")
        again = await stage.apply(plan)
        assert (again.exit, counted(again)) == (0, {"deleted": 6})


async def test_a_server_that_refuses_connections_is_69(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(free=2), "refused=1:30s") as stage:
        ending = await stage.run(outage_budget=0.3, concurrency=1)
        assert (ending.exit, _open(ending)) == (69, 2)


async def test_an_outage_within_the_budget_is_sat_out(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(free=4), "outage#3-3") as stage:
        ending = await stage.run(attempts=1, concurrency=1)
        assert (ending.exit, counted(ending)) == (0, {"deleted": 4})


async def test_a_retry_after_longer_than_the_budget_is_69(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(free=4), "http_429=1:60s") as stage:
        ending = await stage.run(concurrency=1)
        assert (ending.exit, _why(ending), _open(ending)) == (69, "outage", 4)
        assert stage.sent() == {"get_customer": 1}


async def test_retry_after_parks_all_work_and_spends_no_attempt(tmp_path: Path) -> None:
    people = cast(free=12)
    async with staged(tmp_path, people, "http_429#10-10=1:1s") as stage:
        ending = await stage.run(attempts=1, concurrency=2)
        times = [record.arrived for record in stage.news()]
        assert counted(ending) == {"deleted": 12}
        assert max(after - before for before, after in pairwise(times)) >= 0.95


async def test_a_redirect_is_never_followed(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(free=3), "redirect") as stage:
        ending = await stage.run(concurrency=1)
        assert (ending.exit, _why(ending)) == (76, "redirected")
        assert stage.sent() == {"get_customer": 1}


async def test_sigterm_is_75_and_what_has_left_is_settled(tmp_path: Path) -> None:
    people = cast(free=20)
    async with staged(tmp_path, people, "latency@delete=0.2") as stage:
        running = asyncio.create_task(stage.run(concurrency=2, rate=200))
        await stage.until(Kind.DELETE)
        os.kill(os.getpid(), signal.SIGTERM)
        ending = await running
        assert (ending.exit, _why(ending)) == (75, "interrupted")
        assert counted(ending) == {"deleted": len(stage.deleted), "not_reached": 20 - len(stage.deleted)}
        assert 1 <= len(stage.deleted) <= 2
        stage.faults("")
        assert (await stage.run()).exit is Exit.SETTLED


async def test_a_delete_that_goes_unanswered_after_sigterm_is_read_back_once(tmp_path: Path) -> None:
    people = cast(free=3, documents=1)
    async with staged(tmp_path, people, "latency@delete=0.2,reset_after@delete") as stage:
        running = asyncio.create_task(stage.run(concurrency=1))
        await stage.until(Kind.DELETE)
        os.kill(os.getpid(), signal.SIGTERM)
        ending = await running
        assert (ending.exit, counted(ending)) == (75, {"deleted_inferred": 1, "ineligible": 1, "not_reached": 2})


async def test_a_delete_that_nobody_took_is_given_up_unsent_and_no_doubt(tmp_path: Path) -> None:
    """Between check and DELETE the server goes away: no connection, so nobody can have acted on it."""
    async with staged(tmp_path, cast(free=2)) as stage:
        running = asyncio.create_task(stage.run(rate=5, concurrency=1, outage_budget=0.3))
        await stage.until(Kind.GET_ARITEMS)
        await asyncio.sleep(0.1)
        stage.sandbox.refuse(30.0)
        ending = await running
        assert (ending.exit, _open(ending)) == (69, 2)
        assert [line["evidence"]["sent"] for line in files(ending).kinds("attempt")] == [False]
        assert stage.sent()["delete"] == 0
