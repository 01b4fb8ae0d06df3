"""A campaign's files when they are not what they were: what is refused or completed, and that nothing is sent."""

import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from typing import cast as as_type

import pytest

from tests.campaigns.judge import chained, counted, files
from tests.campaigns.stage import cast, staged
from tests.contracts.ledgers import SqliteHome
from tests.disk.failing_sync import available, fail_syncs
from worker.audit import AuditFile
from worker.core.facts import CampaignFact
from worker.errors import CommandFailed, Exit, LogBroken, NotDurable

FEW = cast(free=6, documents=2)
NOTED = CampaignFact("noted", {})
may_fail = pytest.mark.skipif(not available, reason="system calls are made to fail on Linux only")


def altered(ledger: Path, statement: str) -> None:
    """Change the ledger behind everybody's back."""
    with closing(sqlite3.connect(ledger)) as connection, connection:
        connection.execute(statement)


def in_a_thread(act: Callable[[], object]) -> list[BaseException]:
    """Do something on a thread of its own; what it raised."""
    raised = list[BaseException]()

    def main() -> None:
        try:
            act()
        except CommandFailed as failure:
            raised.append(failure)

    thread = threading.Thread(target=main)
    thread.start()
    thread.join()
    return raised


@may_fail
async def test_a_commit_whose_sync_fails_is_never_tried_again(tmp_path: Path) -> None:
    home, seen = SqliteHome(tmp_path), list[str]()
    ledger = await home.begun("1", "2")
    await ledger.call(
        lambda transaction: as_type("sqlite3.Connection", transaction.connection).set_trace_callback(seen.append)
    )
    await ledger.call(lambda _: fail_syncs())  # on the thread that writes, and on no other
    seen.clear()
    for _ in range(3):
        with pytest.raises(NotDurable, match="disk I/O error"):
            await ledger.note(NOTED)
    assert [word for word in seen if word in {"BEGIN IMMEDIATE", "COMMIT"}] == ["BEGIN IMMEDIATE", "COMMIT"]
    with pytest.raises(NotDurable):
        await ledger.charged()
    await home.close()


@may_fail
async def test_what_was_durable_before_the_sync_failed_is_there_for_the_next_start(tmp_path: Path) -> None:
    home = SqliteHome(tmp_path)
    ledger = await home.begun("1", "2")
    told = await ledger.note(NOTED)
    await ledger.call(lambda _: fail_syncs())
    with pytest.raises(NotDurable):
        await ledger.note(NOTED)
    ledger = await home.restarted()
    assert told.line in list(home.books().lines())
    chained(b"".join(line + b"\n" for line in home.books().lines()))
    await home.close()


@may_fail
def test_an_audit_file_that_cannot_be_synced_has_no_clean_end(tmp_path: Path) -> None:
    file = AuditFile(tmp_path / "audit.jsonl")
    file.append([b"{}"])

    def close() -> None:
        fail_syncs()
        file.close_clean()

    (failure,) = in_a_thread(close)
    assert isinstance(failure, NotDurable)
    file.close()


async def test_an_audit_line_that_a_full_device_does_not_take_ends_all_recording_at_once(tmp_path: Path) -> None:
    home, tries = SqliteHome(tmp_path), list[int]()
    ledger, full = await home.begun("1"), AuditFile(Path("/dev/full"))

    def sink(lines: Sequence[bytes]) -> None:
        tries.append(len(lines))
        full.append(lines)

    ledger.attach(sink)
    for _ in range(3):
        with pytest.raises(NotDurable, match="No space left"):
            await ledger.note(NOTED)
    assert tries == [1]
    full.close()
    await home.close()


async def test_a_campaign_whose_audit_file_is_on_a_full_device_sends_nothing(tmp_path: Path) -> None:
    async with staged(tmp_path, FEW) as stage:
        ending = await stage.plan(name="may")
        stage.news()
        files(ending).audit.unlink()
        files(ending).audit.symlink_to("/dev/full")
        altered(ending.directory / "ledger.db", "UPDATE campaign SET audit_mark = NULL")
        with pytest.raises(NotDurable) as failure:
            await stage.apply("may")
        assert (failure.value.code, stage.news()) == (Exit.NOT_DURABLE, [])


async def test_a_newer_ledger_is_78_and_nothing_is_sent(tmp_path: Path) -> None:
    async with staged(tmp_path, FEW) as stage:
        ending = await stage.plan(name="may")
        stage.news()
        altered(ending.directory / "ledger.db", "PRAGMA user_version = 99")
        before = (ending.directory / "ledger.db").read_bytes()
        for command in (stage.apply("may"), stage.plan(name="may")):
            with pytest.raises(CommandFailed, match="newer amili-purge") as failure:
                await command
            assert failure.value.code == Exit.SETTINGS
        assert stage.news() == []
        assert (ending.directory / "ledger.db").read_bytes() == before


@pytest.mark.parametrize("change", [{"client_no": 2219}, {"base_url": "http://127.0.0.1:9/arm/v1"}])
async def test_a_ledger_of_another_client_or_api_is_78_and_nothing_is_sent(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    async with staged(tmp_path, FEW) as stage:
        ending = await stage.plan(name="may")
        stage.news()
        for command in (stage.apply("may", **change), stage.reconcile(ending, **change)):
            with pytest.raises(CommandFailed, match="is bound to") as failure:
                await command
            assert failure.value.code == Exit.SETTINGS
        assert stage.news() == []


EDITS: dict[str, Callable[[bytes], bytes]] = {
    "a byte": lambda text: text.replace(b"eligible", b"Eligible", 1),
    "cut within a line": lambda text: text[:-5],
    "cut after a line": lambda text: text[: text[:-1].rfind(b"\n") + 1],
    "one line more": lambda text: text + text.splitlines(keepends=True)[-1],
    "two lines swapped": lambda text: b"".join(sorted(text.splitlines(keepends=True), reverse=True)),
    "emptied": lambda _: b"",
}


@pytest.mark.parametrize("name", EDITS)
async def test_an_audit_file_edited_or_cut_after_a_clean_end_is_70_until_it_is_moved_away(
    tmp_path: Path, name: str
) -> None:
    async with staged(tmp_path, FEW) as stage:
        plan = await stage.plan(name="may")
        stage.news()
        audit = files(plan).audit
        audit.write_bytes(EDITS[name](audit.read_bytes()))
        assert not (await stage.verify(plan)).ok
        with pytest.raises(LogBroken) as failure:
            await stage.apply("may")
        assert (failure.value.code, stage.news()) == (Exit.BROKEN, [])
        audit.rename(audit.with_name("kept.jsonl"))
        await stage.report(plan)
        ending = await stage.apply("may")  # judged by the stage: its chain and its account hold
        assert counted(ending) == {"deleted": 6, "ineligible": 2}
        assert [line["action"] for line in files(ending).kinds("control")] == ["audit_rebuilt"]


@pytest.mark.parametrize("cut", [0, 1, 5, 400, 10_000])
async def test_a_file_merely_behind_after_a_kill_is_said_to_be_so_and_completed(tmp_path: Path, cut: int) -> None:
    async with staged(tmp_path, FEW) as stage:
        plan = await stage.plan(name="may")
        altered(plan.directory / "ledger.db", "UPDATE campaign SET audit_mark = NULL")  # as a kill leaves it
        audit, text = files(plan).audit, files(plan).audit.read_bytes()
        audit.write_bytes(text[: max(0, len(text) - cut)])
        found = await stage.verify(plan)
        assert found.ok
        assert any("left it behind" in note for note in found.notes) == (cut > 0)
        ending = await stage.apply("may")
        assert ending.exit is Exit.SETTLED
        assert audit.read_bytes().startswith(text)


async def test_a_differing_byte_is_70_after_a_kill_too(tmp_path: Path) -> None:
    async with staged(tmp_path, FEW) as stage:
        plan = await stage.plan(name="may")
        altered(plan.directory / "ledger.db", "UPDATE campaign SET audit_mark = NULL")
        files(plan).audit.write_bytes(EDITS["a byte"](files(plan).audit.read_bytes()))
        stage.news()
        with pytest.raises(LogBroken):
            await stage.apply("may")
        assert stage.news() == []
