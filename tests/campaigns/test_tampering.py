"""What is found when an audit file is not as the ledger has it, and the way out of it."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.campaigns.judge import Files, counted, files
from tests.campaigns.stage import Stage, cast, staged
from worker.app.ending import Ending
from worker.errors import Exit, InputWrong, LogBroken, UsageWrong
from worker.sandbox.faults import Kind

PEOPLE = cast(free=6, documents=1)
Harm = Callable[[bytes], bytes]


def _without_last_line(data: bytes) -> bytes:
    return data[: data.rstrip(b"\n").rindex(b"\n") + 1]


def _torn(data: bytes) -> bytes:
    return data[:-40]


def _other_byte(data: bytes) -> bytes:
    return data.replace(b'"verdict":"deleted"', b'"verdict":"DELETED"', 1)


def _longer(data: bytes) -> bytes:
    return data + b"{}\n"


HARMS: dict[str, Harm] = {
    "cut": _without_last_line,
    "torn": _torn,
    "empty": lambda _: b"",
    "changed": _other_byte,
    "longer": _longer,
}


async def _killed(stage: Stage) -> Files:
    """A run that was torn away in the middle: nothing of its end was recorded."""
    running = asyncio.create_task(stage.run(concurrency=1))
    for _ in range(2):
        await stage.until(Kind.DELETE)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    stage.killed = True
    (directory,) = stage.campaigns.iterdir()
    return Files(directory)


def _harmed(found: Files, harm: Harm) -> bytes:
    data = found.audit.read_bytes()
    found.audit.write_bytes(harm(data))
    return data


@pytest.mark.parametrize("harm", HARMS)
async def test_after_a_clean_end_any_difference_is_70_and_nothing_is_sent(tmp_path: Path, harm: str) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        ending = await stage.run(max_deletes=2, concurrency=1)
        _harmed(files(ending), HARMS[harm])
        stage.news()
        assert not (await stage.verify(ending)).ok
        with pytest.raises(LogBroken):
            await stage.run()
        with pytest.raises(LogBroken):
            await stage.resume(ending)
        assert not stage.news()


@pytest.mark.parametrize("harm", ["changed", "longer"])
async def test_after_a_kill_a_differing_byte_is_70_all_the_same(tmp_path: Path, harm: str) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        found = await _killed(stage)
        _harmed(found, HARMS[harm])
        assert not (await stage.verify(found.directory.name)).ok
        with pytest.raises(LogBroken):
            await stage.run()


@pytest.mark.parametrize("harm", ["cut", "torn", "empty"])
async def test_after_a_kill_a_file_that_is_behind_is_completed_by_the_next_start(tmp_path: Path, harm: str) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        found = await _killed(stage)
        whole = _harmed(found, HARMS[harm])
        proof = await stage.verify(found.directory.name)
        assert (proof.ok, "behind" in proof.notes[0]) == (True, True)
        ending = await stage.run()
        assert found.audit.read_bytes().startswith(whole)
        assert (ending.exit, counted(ending)) == (
            0,
            {"deleted": 6 - _inferred(ending), "ineligible": 1} | _told(ending),
        )


def _inferred(ending: Ending) -> int:
    return counted(ending).get("deleted_inferred", 0)


def _told(ending: Ending) -> dict[str, int]:
    return {"deleted_inferred": _inferred(ending)} if _inferred(ending) else {}


async def test_a_file_that_was_only_touched_is_as_good_as_before(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        ending = await stage.run(max_deletes=2)
        files(ending).audit.write_bytes(files(ending).audit.read_bytes())
        assert (await stage.verify(ending)).problems == ()
        assert (await stage.run()).exit is Exit.SETTLED


async def test_a_file_that_was_moved_away_is_rebuilt_by_report_which_records_that(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        ending = await stage.run(max_deletes=2)
        found = files(ending)
        before = _harmed(found, _other_byte)
        found.audit.rename(tmp_path / "evidence.jsonl")
        await stage.report(ending)
        after = found.audit.read_bytes()
        assert after.startswith(before)
        assert found.lines[-1]["kind"] == "control"
        assert after.count(b"\n") == before.count(b"\n") + 1
        assert (await stage.verify(ending)).problems == ()
        assert (await stage.run()).exit is Exit.SETTLED


async def test_a_missing_file_is_70_until_report_has_rebuilt_it(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        ending = await stage.run(max_deletes=2)
        files(ending).audit.unlink()
        assert not (await stage.verify(ending)).ok
        with pytest.raises(LogBroken):
            await stage.run()
        await stage.report(ending)
        assert (await stage.run()).exit is Exit.SETTLED


async def test_report_never_overwrites_a_file_that_does_not_verify(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        ending = await stage.run(max_deletes=2)
        _harmed(files(ending), _other_byte)
        harmed = files(ending).audit.read_bytes()
        await stage.report(ending)
        assert files(ending).audit.read_bytes() == harmed


async def test_verify_proves_a_whole_campaign_and_counts_its_verdicts(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        ending = await stage.run()
        proof = await stage.verify(ending)
        assert (proof.problems, proof.notes) == ((), ())
        assert (proof.lines, proof.head.hash) == (len(files(ending).lines), files(ending).summary["audit"]["head"])
        assert {verdict.value: count for verdict, count in proof.verdicts.items()} == counted(ending)


@pytest.mark.parametrize(("harm", "ok"), [("cut", True), ("torn", True), ("empty", False), ("changed", False)])
async def test_verify_of_a_bare_file_says_what_it_cannot_prove(tmp_path: Path, harm: str, ok: bool) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        ending = await stage.run()
        _harmed(files(ending), HARMS[harm])
        proof = await stage.verify(str(files(ending).audit))
        assert proof.ok is ok
        assert "cut off" in proof.notes[0]


async def test_verify_takes_what_looks_like_a_file_for_one_and_anything_else_for_a_campaign(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        await stage.run(name="spring")
        assert (await stage.verify("spr")).ok
        for argument in ("nothing.jsonl", "./nothing"):
            with pytest.raises(InputWrong):
                await stage.verify(argument)
        with pytest.raises(UsageWrong):
            await stage.verify("nothing")
