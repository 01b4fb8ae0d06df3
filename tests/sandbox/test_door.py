"""The judge's door, and the sandbox as a process of its own."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp
import orjson
import pytest

from tests.sandbox.visiting import FREE, HELD, OWING, PLAIN, visiting
from worker.sandbox.__main__ import options
from worker.sandbox.faults import Faults
from worker.sandbox.journal import parse, read
from worker.sandbox.population import populate
from worker.sandbox.server import Ready


async def test_the_state_tells_a_judge_who_exists_and_what_happened() -> None:
    async with visiting("late_effect@delete#2-2=1:60s") as visitor:
        await visitor.delete(FREE)
        await visitor.delete(HELD)
        state = (await visitor.ask("GET", visitor.sandbox.ready().state_url, token="")).json
        assert state["existing"] == sorted([HELD, OWING.lower()])
        assert state["deletable"] == []
        assert state["deleted"] == visitor.sandbox.world.deleted_by_request()
        assert (state["counts"]["delete"], state["requests"], state["late_effects"]) == (2, 2, 1)
        assert state["most_in_a_second"] in {1, 2}


async def test_faults_are_replaced_through_the_door_and_wrong_ones_are_not() -> None:
    async with visiting("http_500") as visitor:
        door = f"{visitor.sandbox.origin}/sandbox/faults"
        assert (await visitor.ask("POST", door, data="http_403")).json == {"faults": "http_403=1"}
        assert (await visitor.get(FREE)).status == 403
        wrong = await visitor.ask("POST", door, data="http_999")
        assert (wrong.status, "http_999" in wrong.json["error"]) == (400, True)
        assert (await visitor.get(FREE)).status == 403


async def test_the_door_shows_the_journal_and_is_not_in_it(tmp_path: Path) -> None:
    async with visiting(options=replace(PLAIN, journal=tmp_path / "journal")) as visitor:
        await visitor.delete(FREE)
        shown = parse((await visitor.ask("GET", f"{visitor.sandbox.origin}/sandbox/journal")).body)
        assert shown == visitor.sandbox.journal.records == read(tmp_path / "journal")
        assert len(shown) == 1


@pytest.mark.parametrize(
    ("fault", "done"), [("hang_after=1:30s", True), ("hang_before=1:30s", False), ("latency=30", False)]
)
async def test_a_held_request_is_in_the_file_before_it_ends(tmp_path: Path, fault: str, *, done: bool) -> None:
    async with visiting(fault, replace(PLAIN, journal=tmp_path / "journal")) as visitor:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(visitor.delete(FREE), 0.1)
        (record,) = read(tmp_path / "journal")
        assert (record.ended.value, record.effect_at is not None) == ("pending", done)


async def test_a_late_effect_comes_into_the_file_when_it_comes(tmp_path: Path) -> None:
    async with visiting("late_effect=1:0.05s", replace(PLAIN, journal=tmp_path / "journal")) as visitor:
        await visitor.delete(FREE)
        assert [record.effect_at for record in read(tmp_path / "journal")] == [None]
        while visitor.sandbox.late_effects:  # noqa: ASYNC110 - the server tells nobody when it is done
            await asyncio.sleep(0.005)
        assert read(tmp_path / "journal") == visitor.sandbox.journal.effects()


async def test_an_unknown_door_says_which_there_are() -> None:
    async with visiting() as visitor:
        assert (await visitor.ask("GET", f"{visitor.sandbox.origin}/sandbox/window")).status == 404


def test_the_command_line_reads_every_option() -> None:
    words = "--port 8 --seed 7 --absent 0.5 --token-uses 3 --faults null=0.5 --journal j --aritems-key items"
    assert options(words.split()) == replace(
        PLAIN,
        port=8,
        seed=7,
        absent=0.5,
        token_uses=3,
        faults=Faults.parse("null=0.5"),
        journal=Path("j"),
        aritems_key="items",
    )
    assert options([]) == PLAIN


def test_a_wrong_fault_on_the_command_line_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        options(["--faults", "nonsense"])
    assert "nonsense" in capsys.readouterr().err


@asynccontextmanager
async def process(*words: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, Ready]]:
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "worker.sandbox", *words, stdout=asyncio.subprocess.PIPE
    )
    assert started.stdout is not None
    try:
        yield started, Ready(**orjson.loads(await started.stdout.readline()))
    finally:
        if started.returncode is None:
            started.terminate()
        await started.wait()


async def test_a_process_of_its_own_serves_and_ends_in_good_order(tmp_path: Path) -> None:
    words = ("--customers", "20", "--seed", "7", "--absent", "0", "--journal", str(tmp_path / "journal"))
    async with process(*words, "--sample", str(tmp_path / "kunder.csv")) as (started, ready):
        number = populate(20, 7, absent=0.0).numbers[0]
        url = f"{ready.base_url}/clients/{ready.client_no}/customers/{number}"
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {ready.token}"}) as session,
            session.get(url) as seen,
        ):
            assert (seen.status, (await seen.json())["customerNo"]) == (200, number)
        started.terminate()
        assert await started.wait() == 0
    assert [record.customer for record in read(tmp_path / "journal")] == [number.lower()]
    assert (tmp_path / "kunder.csv").exists()
