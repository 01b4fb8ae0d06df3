"""What the SQLite ledger promises by itself: its file, its versions, its failures, runs, latch and sink."""

import asyncio
import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.contracts.ledgers import APPLY, BINDING, HEADER, PLAN, RUN, SqliteHome, deleted, rows, settled, verdict
from worker.core.facts import CampaignFact, ControlFact
from worker.core.intake import number_of
from worker.core.lifecycle import Standing, State, Verdict
from worker.core.steps import Purpose
from worker.errors import NotDurable, SettingsWrong
from worker.ledger import SqliteBooks, SqliteLedger, enrol
from worker.ports import Entry, PlanNote, Started

NOTED = CampaignFact("noted", {})


def altered(path: Path, statement: str) -> None:
    """Change the file behind the ledger's back."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


@pytest.mark.parametrize("statement", ["UPDATE facts SET line = x'00'", "DELETE FROM facts"])
async def test_facts_can_neither_be_changed_nor_removed(sqlite: SqliteHome, statement: str) -> None:
    await sqlite.begun("1")
    with pytest.raises(sqlite3.IntegrityError, match="never"):
        altered(sqlite.path, statement)


async def test_commits_are_synced_and_readers_do_not_hold_them_up(sqlite: SqliteHome) -> None:
    ledger = await sqlite.begun("1")
    pragmas = await ledger.call(
        lambda tx: [tx.connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    )
    assert pragmas == ["wal", 2]
    reader = sqlite.books().lines()
    next(reader)
    await ledger.note(NOTED)
    assert len(list(reader)) == 1


async def test_the_ledger_is_for_its_owner_alone(sqlite: SqliteHome) -> None:
    await sqlite.begun("1")
    assert sqlite.path.stat().st_mode & 0o077 == 0


async def test_a_newer_ledger_is_neither_opened_nor_read_nor_turned_back(sqlite: SqliteHome) -> None:
    await sqlite.begun("1")
    await sqlite.close()
    altered(sqlite.path, "PRAGMA user_version = 99")
    for opening in (SqliteLedger, SqliteBooks):
        with pytest.raises(SettingsWrong, match="newer amili-purge"):
            opening(sqlite.path)
    with closing(sqlite3.connect(sqlite.path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (99,)


async def test_a_file_that_is_no_ledger_is_not_durable(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(b"customer;name\r\n" * 100)
    for opening in (SqliteLedger, SqliteBooks):
        with pytest.raises(NotDurable, match="not a database"):
            opening(path)


async def test_whatever_the_machine_says_time_never_goes_back(tmp_path: Path) -> None:
    moment = datetime(2026, 5, 1, 12, tzinfo=UTC)
    clock = iter([moment, moment - timedelta(hours=2), moment + timedelta(seconds=1)])
    ledger = SqliteLedger(tmp_path / "ledger.db", now=lambda: next(clock))
    times = [(await ledger.note(NOTED)).time for _ in range(3)]
    await ledger.close()
    assert times == ["2026-05-01T12:00:00.000000Z", "2026-05-01T12:00:00.000000Z", "2026-05-01T12:00:01.000000Z"]
    ledger = SqliteLedger(tmp_path / "ledger.db", now=lambda: moment - timedelta(days=1))
    assert (await ledger.note(NOTED)).time == times[-1]
    await ledger.close()


async def test_the_sink_hears_of_lines_once_they_are_committed_and_before_their_caller(sqlite: SqliteHome) -> None:
    heard, ledger = list[bytes](), await sqlite.begun("1")

    def sink(lines: Sequence[bytes]) -> None:
        assert list(sqlite.books().lines())[-len(lines) :] == list(lines)
        heard.extend(lines)

    ledger.attach(sink)
    records = await asyncio.gather(*(ledger.note(NOTED) for _ in range(5)))
    assert heard == [record.line for record in records]


async def test_a_sink_that_fails_ends_all_recording(sqlite: SqliteHome) -> None:
    def full(_: Sequence[bytes]) -> None:
        raise NotDurable("no space", "make room")

    ledger = await sqlite.begun("1")
    ledger.attach(full)
    with pytest.raises(NotDurable) as failure:
        await ledger.note(NOTED)
    assert (str(failure.value), failure.value.advice) == ("no space", ("make room",))
    with pytest.raises(NotDurable, match="no space"):
        await ledger.charged()
    assert json.loads(list(sqlite.books().lines())[-1])["event"] == "noted"  # The ledger was first.


async def test_an_error_of_the_database_fails_all_who_wait_and_all_who_come_later(sqlite: SqliteHome) -> None:
    ledger = await sqlite.begun("1", "2")
    await ledger.call(lambda tx: tx.connection.execute("PRAGMA max_page_count = 1").fetchone()[0])
    big = CampaignFact("big", {"text": "x" * 1_000_000})
    waiting = await asyncio.gather(*(ledger.note(big) for _ in range(3)), return_exceptions=True)
    assert all(isinstance(one, NotDurable) and "full" in str(one) for one in waiting)
    with pytest.raises(NotDurable, match="full"):
        await ledger.note(NOTED)
    assert b"big" not in b"".join(sqlite.books().lines())


async def test_a_bug_in_one_job_is_its_callers_alone(sqlite: SqliteHome) -> None:
    ledger = await sqlite.begun("1")
    outcomes = await asyncio.gather(
        ledger.call(lambda tx: tx.seal(NOTED).seq // 0), ledger.note(NOTED), return_exceptions=True
    )
    assert isinstance(outcomes[0], ZeroDivisionError)
    assert [json.loads(line)["seq"] for line in sqlite.books().lines()] == [1, 2, 3]


async def test_a_closed_ledger_records_nothing_more(sqlite: SqliteHome) -> None:
    ledger = await sqlite.begun("1")
    last = asyncio.create_task(ledger.note(NOTED))
    await asyncio.sleep(0)
    await ledger.close()
    await ledger.close()
    assert (await last).seq == 3
    with pytest.raises(NotDurable, match="closed"):
        await ledger.note(NOTED)


async def test_a_run_is_noted_from_its_begin_to_its_end(sqlite: SqliteHome) -> None:
    ledger = await sqlite.begun("1")
    books = sqlite.books()
    (going,) = books.runs()
    assert (going.command, going.ended_at, going.exit_code, going.requests) == ("run", None, None, {})
    await ledger.beat({"delete": 1}, {})
    assert books.runs()[0].requests == {"delete": 1}
    end = await ledger.end_run(NOTED, exit_code=20, stopped_by="max_deletes", requests={"delete": 2})
    (run,) = books.runs()
    assert (run.ended_at, run.exit_code, run.stopped_by, run.requests) == (end.time, 20, "max_deletes", {"delete": 2})
    await sqlite.restarted()
    assert [run.exit_code for run in books.runs()] == [20, None]


async def test_a_latch_holds_over_restarts_until_it_is_lifted_on_record(sqlite: SqliteHome) -> None:
    ledger = await sqlite.begun("1")
    await ledger.set_latch("too many failures")
    ledger = await sqlite.restarted()
    assert sqlite.books().campaign().latch == "too many failures"
    record = await ledger.lift_latch(ControlFact("resume", {"because": "looked at it"}))
    assert sqlite.books().campaign().latch is None
    assert list(sqlite.books().lines())[-1] == record.line


async def test_planning_ends_with_the_first_run_that_deletes(sqlite: SqliteHome) -> None:
    ledger = SqliteLedger(sqlite.path)
    await enrol(ledger, BINDING, HEADER, rows("1", "2", "3"), number_of)
    await ledger.begin_run(Started("plan", deleting=False), NOTED)
    one, two, _ = await ledger.claim(PLAN, count=3, spread=False)
    await settled(ledger, one, Verdict.ELIGIBLE)
    await settled(ledger, two, Verdict.INELIGIBLE, "documents")
    plan = PlanNote("ab" * 32, 1, "2026-05-01T12:00:00Z", {"max_deletes": 7, "protect": None})
    await ledger.set_plan(plan)
    books = sqlite.books()
    assert (books.campaign().planning, books.campaign().plan) == (True, plan)
    assert list(books.eligible_keys()) == ["1"]
    assert books.verdicts() == {Verdict.ELIGIBLE: 1, Verdict.INELIGIBLE: 1, Verdict.NOT_REACHED: 1}
    await ledger.close()
    ledger = SqliteLedger(sqlite.path)
    await ledger.begin_run(Started("apply", deleting=True), NOTED)
    assert (books.campaign().planning, books.campaign().plan) == (False, plan)
    assert books.verdicts() == {Verdict.INELIGIBLE: 1, Verdict.NOT_REACHED: 2}
    assert books.reasons()[Verdict.NOT_REACHED, "not_applied"] == 1
    await settled(ledger, (await ledger.claim(APPLY, count=1, spread=False))[0], Verdict.INELIGIBLE)
    assert (list(books.eligible_keys()), list(books.approved_keys())) == ([], ["1"])
    await ledger.close()


async def test_a_campaign_begun_by_a_run_never_plans(sqlite: SqliteHome) -> None:
    ledger = SqliteLedger(sqlite.path)
    run = BINDING.__class__("may", "https://x.example", 1, "d", Purpose.DELETE)
    await enrol(ledger, run, HEADER, rows("1"), number_of)
    assert not sqlite.books().campaign().planning
    await ledger.close()


async def test_the_protect_list_is_replaced_at_each_start(sqlite: SqliteHome) -> None:
    ledger = await sqlite.begun("1", "2", protect=("1",))
    await ledger.set_protect(iter(["2", "2"]))
    claims = await ledger.claim(RUN, count=2, spread=False)
    assert [claim.protected for claim in claims] == [False, True]
    await ledger.record(Entry(claims[1], (verdict(Verdict.PROTECTED),), Standing(State.PROTECTED)))


async def test_a_report_tells_each_row_as_it_stands(sqlite: SqliteHome) -> None:
    ledger = await sqlite.begun(*"12345", "2")
    one, two, three, four, _ = await ledger.claim(RUN, count=5, spread=False)
    await deleted(ledger, one)
    await settled(ledger, two, Verdict.UNCHECKED, "documents:http_500")
    await ledger.record(Entry(three, (), three.standing, setback=True))
    await ledger.record(Entry(four, (), Standing(State.OPEN, 1)))
    books = sqlite.books()
    told = [(row.verdict, row.reason, row.http_status, row.settled_at is not None) for row in books.rows()]
    assert told == [
        (Verdict.DELETED, "confirmed", 200, True),
        (Verdict.UNCHECKED, "documents:http_500", None, False),
        (Verdict.NOT_REACHED, "http_403", None, False),
        (Verdict.IN_DOUBT, "not_read_back", None, False),
        (Verdict.NOT_REACHED, "run_ended", None, False),
        (Verdict.DUPLICATE, "line 3", None, False),
    ]
    assert sum(books.verdicts().values()) == books.campaign().rows == 6
    assert books.reasons()[Verdict.DELETED, "confirmed"] == 1


async def test_within_a_snapshot_the_books_stand_still(sqlite: SqliteHome) -> None:
    ledger, books = await sqlite.begun("1"), sqlite.books()
    with books.snapshot():
        before = books.head()
        await ledger.note(NOTED)
        assert books.head() == before
        assert len(list(books.lines())) == before.seq
    assert books.head().seq == before.seq + 1
    assert len(list(books.lines(after=before.seq))) == 1
