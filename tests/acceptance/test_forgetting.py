"""A campaign forgets, as a user has it forget: when its time is up, wholly, whatever breaks it off, and once."""

import asyncio
import json
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from tests.acceptance.stage import Desk, waited
from tests.acceptance.test_pseudonyms import PACE, PEOPLE, STEM, do, seated
from tests.campaigns.stage import Cast, Stage
from tests.databases import database
from tests.evidence.second_verifier import faults

MANY = Cast(tuple(f"{STEM}{place:05}" for place in range(1500)), PEOPLE.documents[:1], (), ())
RUN = ("run", "list.csv", "--campaign", "spring", "--yes", "--max-deletes", "2000", *PACE)
FORGET = ("forget", "spring", "--forget-after", "0", "--yes")
MIDDLES = ("the ledger has forgotten", "the reports are gone")


@asynccontextmanager
async def settled(directory: Path, people: Cast = PEOPLE, faults: str = "") -> AsyncIterator[tuple[Stage, Desk]]:
    """A campaign with pseudonyms that came to its end."""
    async with seated(directory, people, faults) as (stage, desk):
        ran = await do(desk, *RUN, "--rate", "9000", "--concurrency", "16")
        assert ran.code in {0, 10}, ran.err
        yield stage, desk


def traces(desk: Desk) -> list[str]:
    """The campaign's files that still hold a number."""
    needle = STEM.lower().encode()
    return [path.name for path in (desk.campaigns / "spring").rglob("*") if needle in path.read_bytes().lower()]


def audit(desk: Desk) -> bytes:
    return (desk.campaigns / "spring/audit.jsonl").read_bytes()


async def state(desk: Desk) -> str:
    found: dict[str, str] = json.loads((await do(desk, "status", "spring", "--json")).out)
    return found["state"]


async def wholly_forgotten(desk: Desk) -> None:
    assert traces(desk) == []
    assert await state(desk) == "forgotten"
    told = [json.loads(line).get("action") for line in audit(desk).splitlines()]
    assert (told.count("forget"), told.count("forgotten")) == (1, 1)
    assert faults(audit(desk), (desk.directory / "kept.txt").read_text("utf-8"), [_key(desk)]) == []


def _key(desk: Desk) -> str:
    first = next(line for line in map(json.loads, audit(desk).splitlines()) if line.get("event") == "started")
    return str(first["settings"]["checkpoint_key"])


async def test_a_campaign_that_forgot_holds_no_number_and_still_proves_itself(tmp_path: Path) -> None:
    async with settled(tmp_path) as (_, desk):
        assert {"report.csv", "ledger.db"} <= set(traces(desk))
        before = json.loads((desk.campaigns / "spring/summary.json").read_bytes())
        forgot = await do(desk, *FORGET)
        assert forgot.code == 0, forgot.err
        await wholly_forgotten(desk)
        after = json.loads((desk.campaigns / "spring/summary.json").read_bytes())
        assert {**after, "audit": None} == {**before, "audit": None}
        assert after["audit"]["lines"] == len(audit(desk).splitlines())
        for words in (("verify", "spring", "--checkpoint", "kept.txt"), ("status", "spring"), ("list",)):
            assert (await do(desk, *words)).code == 0, words
        for start in (("report", "spring"), ("plan", "--campaign", "spring"), ("reconcile", "spring"), RUN):
            refused = await do(desk, *start)
            assert (refused.code, "forgotten at" in refused.err) == (64, True), start
        assert (await do(desk, "lookup", "spring", PEOPLE.free[0])).code == 0
        (desk.campaigns / "spring/audit.jsonl").rename(tmp_path / "aside.jsonl")
        assert (await do(desk, "report", "spring")).code == 64
        assert audit(desk).startswith((tmp_path / "aside.jsonl").read_bytes())
        again = await do(desk, *FORGET)
        assert (again.code, "had forgotten" in again.out) == (0, True)
        await wholly_forgotten(desk)


async def test_nothing_is_forgotten_before_its_time_or_unasked_or_unsettled(tmp_path: Path) -> None:
    async with settled(tmp_path, faults="http_500@get_documents=0.5") as (stage, desk):
        held = audit(desk)
        for words, why in (
            (("--yes",), "how long"),
            (("--yes", "--forget-after", "1h"), "before 20"),
            (("--yes", "--forget-after", "0"), "unchecked"),
            (("--unsettled", "--forget-after", "0"), "no terminal"),
        ):
            refused = await do(desk, "forget", "spring", *words)
            assert (refused.code, why in refused.err) == (64, True), refused.err
        assert audit(desk) == held
        stage.faults("")
        clear = {"AMILI_AUDIT_PSEUDONYMS": "false"}
        assert (await do(desk, *RUN[:2], "--campaign", "clear", *RUN[4:], **clear)).code == 0
        refused = await do(desk, "forget", "clear", *FORGET[2:])
        assert (refused.code, "customer numbers, no pseudonyms" in refused.err) == (64, True)
        assert (await do(desk, *FORGET, "--unsettled")).code == 0
        await wholly_forgotten(desk)
        (given_up,) = [line for line in map(json.loads, audit(desk).splitlines()) if line.get("action") == "forget"]
        assert given_up["unsettled"]["unchecked"] > 0


async def test_with_the_setting_flipped_or_another_key_no_start_is_made(tmp_path: Path) -> None:
    async with settled(tmp_path) as (_, desk):
        held = audit(desk)
        assert (await do(desk, "keygen", "other.key", "--for", "pseudonyms")).code == 0
        for more, why in (
            ({"AMILI_AUDIT_PSEUDONYMS": "false"}, "set audit_pseudonyms = true"),
            ({"AMILI_PSEUDONYM_KEY": "other.key"}, "own key"),
            ({"AMILI_PSEUDONYM_KEY": "none.key"}, "cannot be read"),
        ):
            for words in (RUN, ("reconcile", "spring")):
                refused = await do(desk, *words, **more)
                assert (refused.code, why in refused.err) == (78, True), refused.err
        assert audit(desk) == held
        for words in (("verify", "spring"), ("report", "spring"), ("pause", "spring"), ("resume", "spring")):
            assert (await do(desk, *words, AMILI_AUDIT_PSEUDONYMS="false")).code == 0, words


@pytest.mark.parametrize("middle", MIDDLES)
async def test_killed_in_the_middle_it_is_completed_by_the_same_line(tmp_path: Path, middle: str) -> None:
    async with settled(tmp_path, MANY) as (_, desk):
        place, kept = desk.campaigns / "spring", tmp_path / "as it was"
        shutil.copytree(place, kept)
        signed = (tmp_path / "kept.txt").read_bytes()
        for _ in range(20):
            running = desk.start(*FORGET)
            await asyncio.to_thread(waited, lambda: _reached(place, middle))
            await asyncio.to_thread(running.kill)
            if await state(desk) == "forgetting":
                break
            shutil.rmtree(place)
            shutil.copytree(kept, place)
            (tmp_path / "kept.txt").write_bytes(signed)
        assert await state(desk) == "forgetting"
        assert (await do(desk, *RUN)).code == 64
        again = await do(desk, "forget", "spring")
        assert again.code == 0, again.err
        await wholly_forgotten(desk)


def _reached(place: Path, middle: str) -> bool:
    if middle == MIDDLES[1]:
        return not (place / "report.csv").exists()
    with closing(sqlite3.connect(f"{(place / 'ledger.db').as_uri()}?mode=ro", uri=True)) as ledger:
        return bool(ledger.execute("SELECT closed_at FROM campaign").fetchone()[0])


async def test_a_campaign_in_a_database_forgets_there_and_on_this_machine(tmp_path: Path) -> None:
    with database() as url:
        async with seated(tmp_path, PEOPLE, "") as (_, desk):
            desk.environment = {**desk.environment, "AMILI_LEDGER": url}
            ran = await do(desk, *RUN)
            assert ran.code == 0, ran.err
            assert {"report.csv", "report.html"} & set(traces(desk))
            done = await do(desk, *FORGET)
            assert done.code == 0, done.err
            await wholly_forgotten(desk)
            assert (await do(desk, "verify", "spring", "--checkpoint", "kept.txt")).code == 0
            shutil.rmtree(desk.campaigns / "spring")
            elsewhere = await do(desk, *FORGET)
            assert (elsewhere.code, "had forgotten" in elsewhere.out) == (0, True), elsewhere.err
            refused = await do(desk, "report", "spring")
            assert (refused.code, "forgotten at" in refused.err) == (64, True)
