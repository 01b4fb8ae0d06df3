"""What many jobs do that come in one batch: each builds on those before it, and none pays for another."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import TypeVar

import pytest

from tests.contracts.ledgers import CLEAR, RUN, SENT, PostgresHome, SqliteHome, told, verdict
from tests.contracts.test_sqlite_ledger import altered
from worker.core.chain import Flaw, follow
from worker.core.facts import CheckFact, CustomerFact, IntentFact
from worker.core.guards import Stop
from worker.core.lifecycle import Move, Standing, State, Verdict
from worker.core.values import replace
from worker.errors import Exit, LogBroken
from worker.ledger import CampaignLedger, entries
from worker.ledger.transaction import Transaction
from worker.ports import Claim, Entry

T = TypeVar("T")
CHECK = CheckFact(CLEAR, 3)
Home = SqliteHome | PostgresHome


@pytest.fixture(params=[SqliteHome, PostgresHome])
async def home(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Home]:
    made: Home = request.param(tmp_path)
    yield made
    await made.close()


async def together(ledger: CampaignLedger, *jobs: Awaitable[T]) -> list[T | BaseException]:
    """What becomes of these jobs when one batch holds them all, in this order."""
    gate = threading.Event()
    first = asyncio.ensure_future(ledger.call(lambda _: gate.wait(10)))
    await asyncio.sleep(0.05)
    asked = [asyncio.ensure_future(job) for job in jobs]
    await asyncio.sleep(0.05)
    gate.set()
    await first
    return await asyncio.gather(*asked, return_exceptions=True)


def entry(claim: Claim, move: Move, *facts: CustomerFact, status: int | None = None) -> Entry:
    """One entry, built on the claim."""
    over = move is Move.UNCHECKED
    return Entry(
        claim, (*facts, verdict(Verdict.UNCHECKED)) if over else facts, claim.standing.after(move, status), over=over
    )


async def test_each_job_of_a_batch_builds_on_those_before_it(home: Home) -> None:
    ledger = await home.begun("1", "2")
    one, two = await ledger.claim(RUN, count=2, spread=False)
    intended = replace(one, standing=one.standing.after(Move.INTEND))
    await together(
        ledger,
        ledger.intend(entry(one, Move.INTEND, CHECK, IntentFact(1))),
        ledger.record(entry(intended, Move.CONFIRM, SENT, status=200)),
        ledger.record(entry(two, Move.UNCHECKED)),
    )
    assert await home.standings() == [Standing(State.CONFIRMED, 0, 200), Standing(State.UNCHECKED)]


async def test_what_a_job_asks_of_the_tables_holds_what_the_batch_has_changed(home: Home) -> None:
    ledger = await home.begun("1", "2")
    one, two = await ledger.claim(RUN, count=2, spread=False)
    query = "SELECT count(*) FROM customers WHERE state = 'unchecked'"
    found = await together(
        ledger,
        ledger.record(entry(one, Move.UNCHECKED)),
        ledger.call(lambda transaction: transaction.connection.execute(query).fetchone()[0]),
        ledger.record(entry(two, Move.UNCHECKED)),
    )
    assert found[1] == 1


async def test_a_job_sees_what_it_has_changed_itself(home: Home) -> None:
    ledger = await home.begun("1")
    (one,) = await ledger.claim(RUN, count=1, spread=False)

    def changes_and_looks(transaction: Transaction) -> str:
        entries.write(transaction, entry(one, Move.UNCHECKED))
        return str(transaction.connection.execute("SELECT state FROM customers").fetchone()[0])

    assert await ledger.call(changes_and_looks) == "unchecked"


async def test_two_changes_of_a_customer_in_one_batch_both_happen(home: Home) -> None:
    ledger = await home.begun("1", "2")
    one, _ = await ledger.claim(RUN, count=2, spread=False)
    await together(
        ledger,
        ledger.record(Entry(one, (), one.standing, setback=True)),
        ledger.record(Entry(one, (), one.standing)),
    )
    later = await home.restarted()
    assert [each.number.text for each in await later.claim(RUN, count=2, spread=False)] == ["2", "1"]


async def test_an_order_holds_for_the_intents_that_come_after_it_in_the_batch(home: Home) -> None:
    ledger = await home.begun("1", "2")
    one, two = await ledger.claim(RUN, count=2, spread=False)
    halt = Stop(Exit.PROTOCOL, "wrong_echo", "an answer named another customer")
    before, _, after = await together(
        ledger,
        ledger.intend(entry(one, Move.INTEND, CHECK, IntentFact(1))),
        ledger.halt(halt),
        ledger.intend(entry(two, Move.INTEND, CHECK, IntentFact(1))),
    )
    assert not isinstance(before, Stop)
    assert isinstance(after, Stop)
    assert [each.state for each in await home.standings()] == [State.INTENDED, State.OPEN]


@pytest.mark.parametrize("touching", [False, True])
async def test_a_job_that_is_refused_leaves_nothing_and_harms_no_other(home: Home, touching: bool) -> None:
    ledger = await home.begun("1", "2", "3")
    claims = await ledger.claim(RUN, count=3, spread=False)

    def refused(transaction: Transaction) -> None:
        if touching:
            transaction.connection.execute("UPDATE customers SET state = 'deleted'")
        raise LogBroken("no", "for a test")

    found = await together(
        ledger,
        ledger.record(entry(claims[0], Move.UNCHECKED)),
        ledger.call(refused),
        ledger.record(entry(claims[2], Move.UNCHECKED)),
    )
    assert isinstance(found[1], LogBroken)
    assert [each.state for each in await home.standings()] == [State.UNCHECKED, State.OPEN, State.UNCHECKED]


async def test_a_customer_that_does_not_stand_as_said_is_refused_alone(sqlite: SqliteHome) -> None:
    lines: list[bytes] = []
    ledger = await sqlite.begun("1", "2", "3")
    ledger.attach(lines.extend)
    claims = await ledger.claim(RUN, count=3, spread=False)
    altered(sqlite.path, "UPDATE customers SET state = 'deleted' WHERE id = 2")
    for _ in range(2):  # the batch that finds it, and one after it
        found = await together(ledger, *(ledger.record(entry(claim, Move.UNCHECKED)) for claim in claims))
        assert [isinstance(each, LogBroken) for each in found] == [False, True, False]
        claims = [replace(each, standing=Standing(State.UNCHECKED)) if each.id != 2 else each for each in claims]
    assert [each[1] for each in told(sqlite.books())] == [Verdict.UNCHECKED, Verdict.DELETED, Verdict.UNCHECKED]
    kept = list(sqlite.books().lines())
    assert kept[-len(lines) :] == lines
    assert len(lines) == 4
    assert not [each for each in follow(line + b"\n" for line in kept) if isinstance(each, Flaw)]


@pytest.mark.parametrize("bad", [0, 1, 2])
async def test_whichever_job_of_a_batch_is_mistaken_a_later_claim_in_it_still_comes(
    sqlite: SqliteHome, bad: int
) -> None:
    ledger = await sqlite.begun("1", "2", "3", "4")
    claims = await ledger.claim(RUN, count=3, spread=False)
    altered(sqlite.path, f"UPDATE customers SET unanswered = 3 WHERE id = {claims[bad].id:d}")  # noqa: S608 - a whole number
    found = await together(
        ledger,
        *(ledger.record(entry(claim, Move.UNCHECKED)) for claim in claims),
        ledger.claim(RUN, count=1, spread=False),
    )
    assert [isinstance(each, LogBroken) for each in found] == [place == bad for place in range(4)]
