"""A ledger of an older version, in the middle of a campaign, is taken up by this one and settled."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.acceptance.stage import Box, Desk, sandbox
from tests.upgrades.dump import NAME, RUN, WORLD, restored, sealed
from worker.ledger.database import open_for_writing
from worker.prove.evidence import fold
from worker.sandbox.faults import Kind

OLD = sorted(Path(__file__).parent.glob("version_*.sql"))
ON = (*(word for word in RUN if word != "list.csv"), "--settle-time", "0.05")


def verdicts(desk: Desk) -> dict[str, str]:
    """The verdict of each customer, by the audit log."""
    lines = map(json.loads, (desk.campaigns / NAME / "audit.jsonl").read_text("utf-8").splitlines())
    return {line["customerNo"]: line["verdict"] for line in lines if line["kind"] == "verdict"}


def states(ledger: Path) -> dict[str, str]:
    with closing(sqlite3.connect(ledger)) as connection:
        return dict(connection.execute("SELECT number, state FROM customers"))


def version_of(ledger: Path) -> int:
    with closing(sqlite3.connect(ledger)) as connection:
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        return version


def wire(box: Box) -> list[str]:
    return [fold(str(record.customer)) for record in box.settled_wire() if record.kind is Kind.DELETE]


@pytest.mark.parametrize("dump", OLD, ids=lambda path: path.stem)
def test_an_older_ledger_is_taken_up_in_the_middle_of_its_campaign(tmp_path: Path, dump: Path) -> None:
    with sandbox(tmp_path, *WORLD) as box:
        desk = Desk(tmp_path, box.api())
        before = states(restored(dump, str(box.ready["base_url"]), desk.campaigns))
        settled = {number for number, state in before.items() if state in {"deleted", "ineligible"}}
        in_flight = {number for number, state in before.items() if state == "intended"}
        assert len(settled) > 5
        assert len(in_flight) == 2
        ended = desk.do(*ON)
        assert ended.code == 0, ended.err
        assert desk.do("verify", NAME).code == 0
        sent = wire(box)
    after = verdicts(desk)
    assert set(after) == set(before)
    # What was settled is asked for no more; what was in flight was read first, found there, and deleted then.
    assert not settled & set(sent)
    assert {after[number] for number in in_flight} == {"deleted"}
    assert len(sent) == len(set(sent))


@pytest.mark.parametrize("dump", OLD, ids=lambda path: path.stem)
def test_an_older_ledger_can_be_looked_at_before_and_after(tmp_path: Path, dump: Path) -> None:
    desk = Desk(tmp_path, {})
    ledger = restored(dump, "http://127.0.0.1:9/arm/v1", desk.campaigns)
    looks = [desk.do(*words) for words in (("status", NAME), ("list",), ("verify", NAME))]
    assert [look.code for look in looks] == [0, 0, 0], looks[0].err
    # The version that wrote it may still be working it.
    assert version_of(ledger) == int(dump.stem.removeprefix("version_"))
    open_for_writing(ledger).close()
    assert [desk.do(*words).code for words in (("status", NAME), ("list",), ("report", NAME))] == [0, 0, 0]


def test_there_is_a_ledger_of_every_older_version(tmp_path: Path) -> None:
    open_for_writing(tmp_path / "new.db").close()
    newest = version_of(tmp_path / "new.db")
    kept = {int(dump.stem.removeprefix("version_")) for dump in OLD}
    assert set(range(1, newest)) <= kept


def test_a_dump_that_nobody_changed_is_sealed_as_it_stands() -> None:
    for dump in OLD:
        text = dump.read_text("utf-8")
        assert sealed(text) == text
