"""Several workers on one campaign in a PostgreSQL: nobody twice, no place too many, and the dead leave nothing open."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.contracts.ledgers import CLEAR, RUN, PostgresHome, deleted, intended, lost, moved, settled, verdict
from worker.core.facts import CampaignFact, CheckFact, ControlFact, IntentFact
from worker.core.guards import Stop
from worker.core.lifecycle import Move, Standing, State, Verdict
from worker.core.orders import stopped
from worker.core.values import replace
from worker.errors import Busy, Exit, OutOfReach
from worker.ledger.postgres import PostgresLedger, is_worked, names
from worker.ledger.postgres.session import Session
from worker.ports import Claim, Entry, Held, Started


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[PostgresHome]:
    home = PostgresHome(tmp_path)
    yield home
    await home.close()


async def claims(ledger: PostgresLedger, count: int) -> list[Claim]:
    return await ledger.claim(RUN, count=count, spread=False)


async def dies(home: PostgresHome, ledger: PostgresLedger) -> None:
    """The worker gives no sign of life until its lease has passed; nobody has noticed yet."""
    passed = "UPDATE runs SET lease_until = clock_timestamp() - interval '1 s' WHERE id = ?"
    await ledger.call(lambda transaction: transaction.connection.execute(passed, (transaction.run,)).rowcount)


def intent(claim: Claim) -> Entry:
    return Entry(claim, (CheckFact(CLEAR, 3), IntentFact(claim.intents + 1)), claim.standing.after(Move.INTEND))


async def test_workers_that_go_on_together_never_have_the_same_customer(home: PostgresHome) -> None:
    first = await home.begun(*map(str, range(40)))
    workers = [first, await home.joined(), await home.joined()]
    taken = await asyncio.gather(*(claims(worker, 3) for worker in workers for _ in range(4)))
    numbers = [claim.number.text for some in taken for claim in some]
    assert len(numbers) == len(set(numbers)) == 36


async def test_what_one_has_settled_in_this_epoch_the_other_does_not_take_up(home: PostgresHome) -> None:
    first = await home.begun("1", "2")
    second = await home.joined()
    (claim,) = await claims(first, 1)
    ended = Entry(claim, (verdict(Verdict.UNCHECKED),), claim.standing.after(Move.UNCHECKED), over=True)
    await first.record(ended)
    assert [claim.number.text for claim in await claims(second, 5)] == ["2"]
    assert not await second.others_at_work()


async def test_what_ended_open_is_for_whoever_begins_after_that_though_others_go_on(home: PostgresHome) -> None:
    """A crowd whose workers are restarted one by one never ends as a whole, and must come back to what it left open."""
    first = await home.begun("1", "2", "3")
    second = await home.joined()
    for claim in await claims(second, 2):
        ended = Entry(claim, (verdict(Verdict.UNCHECKED),), claim.standing.after(Move.UNCHECKED), over=True)
        await second.record(ended)
    assert [claim.number.text for claim in await claims(first, 5)] == ["3"]
    third = await home.joined()
    assert [claim.number.text for claim in await claims(third, 1)] == ["1"]
    assert [claim.number.text for claim in await claims(await home.joined(), 5)] == ["2"]


async def test_what_is_rechecked_is_for_one_of_those_that_go_on_together(home: PostgresHome) -> None:
    first = await home.begun("1", "2")
    again = replace(RUN, recheck=True)
    for claim in await claims(first, 2):
        moved_on = claim.standing.after(Move.INELIGIBLE)
        await first.record(Entry(claim, (verdict(Verdict.INELIGIBLE),), moved_on, over=True))
    third = await home.joined()
    assert await third.claim(again, count=5, spread=False) == []


async def test_a_worker_waits_for_what_others_have_in_hand(home: PostgresHome) -> None:
    first = await home.begun("1")
    second = await home.joined()
    (claim,) = await claims(first, 1)
    assert await second.others_at_work()
    assert not await first.others_at_work()
    await first.record(Entry(claim, (), claim.standing.after(Move.HOLD), over=True))
    assert not await second.others_at_work()
    assert await second.release_held(Held(Verdict.ALREADY_ABSENT, "http_404")) == []
    assert len(await first.release_held(Held(Verdict.ALREADY_ABSENT, "http_404"))) == 1


async def test_a_dead_workers_customers_are_taken_up_by_any_other_and_its_intents_are_doubts(
    home: PostgresHome,
) -> None:
    first = await home.begun("1", "2", "3")
    second = await home.joined()
    one, two = await claims(first, 2)
    await intended(first, one)
    await moved(first, two, Move.HOLD)
    assert [claim.number.text for claim in await claims(second, 5)] == ["3"]
    await dies(home, first)
    await second.beat({}, {})
    again = await claims(second, 5)
    assert [(claim.number.text, claim.standing) for claim in again] == [
        ("1", Standing(State.OPEN, 1)),
        ("2", Standing(State.OPEN)),
    ]
    told = [json.loads(line) for line in home.books().lines()]
    assert [line["inHand"] for line in told if line.get("event") == "worker_lost"] == [2]
    assert await second.charged() == 1


async def test_nothing_is_recorded_by_a_worker_that_was_taken_for_dead(home: PostgresHome) -> None:
    first = await home.begun("1", "2")
    second = await home.joined()
    one, two = await claims(first, 2)
    one = await intended(first, one)
    await dies(home, first)
    await second.beat({}, {})
    before = await home.standings()
    with pytest.raises(OutOfReach, match="lease"):
        await moved(first, one, Move.UNANSWERED)
    with pytest.raises(OutOfReach, match="lease"):
        await settled(first, two, Verdict.INELIGIBLE)
    refused = await first.intend(intent(two))
    assert isinstance(refused, Stop)
    assert (refused.exit, refused.why) == (Exit.OUT_OF_REACH, "lease_lost")
    with pytest.raises(OutOfReach, match="lease"):
        await first.beat({}, {})
    assert await home.standings() == before


async def test_a_worker_that_only_slept_and_was_not_missed_goes_on(home: PostgresHome) -> None:
    first = await home.begun("1")
    (one,) = await claims(first, 1)
    await dies(home, first)
    await first.beat({}, {})
    assert first.may_send()
    assert isinstance(await first.intend(intent(one)), list)


async def test_a_lease_ends_by_the_workers_own_clock(home: PostgresHome) -> None:
    home.address = replace(home.address, lease=0.2)
    ledger = await home.begun("1")
    assert ledger.may_send()
    await asyncio.sleep(0.25)
    assert not ledger.may_send()


async def test_workers_that_know_nothing_of_each_other_reach_the_cap_and_no_more(home: PostgresHome) -> None:
    numbers = [str(number) for number in range(60)]
    await home.begun(*numbers)
    workers = [await home.joined(most=17) for _ in range(4)]

    async def delete_all(ledger: PostgresLedger) -> tuple[int, Stop | None]:
        count = 0
        while some := await claims(ledger, 2):
            for claim in some:
                outcome = await ledger.intend(intent(claim))
                if isinstance(outcome, Stop):
                    return count, outcome
                count += 1
        return count, None

    ended = await asyncio.gather(*map(delete_all, workers))
    assert sum(count for count, _ in ended) == 17
    assert {stop.why for _, stop in ended if stop is not None} == {"max_deletes"}
    assert await workers[0].charged() == 17


async def test_a_certain_refusal_gives_its_place_back_to_all(home: PostgresHome) -> None:
    await home.begun("1", "2", "3")
    first, second = await home.joined(most=1), await home.joined(most=1)
    (one,) = await claims(first, 1)
    (two,) = await claims(second, 1)
    one = await intended(first, one)
    assert isinstance(await second.intend(intent(two)), Stop)
    await moved(first, one, Move.TURNED_AWAY, status=401)
    assert isinstance(await second.intend(intent(two)), list)


async def test_a_customer_in_doubt_has_its_place_already(home: PostgresHome) -> None:
    await home.begun("1", "2")
    first = await home.joined(most=1)
    one, two = await claims(first, 2)
    one = await lost(first, one)
    assert isinstance(await first.intend(intent(two)), Stop)
    assert isinstance(await first.intend(intent(replace(one, intents=1))), list)


async def test_a_halt_of_one_bars_the_intents_of_all_until_the_next_epoch(home: PostgresHome) -> None:
    first = await home.begun("1", "2")
    second = await home.joined()
    (one,) = await claims(second, 1)
    await first.halt(stopped("anna"))
    refused = await second.intend(intent(one))
    assert isinstance(refused, Stop)
    assert refused.why == "stop"
    assert (await second.beat({}, {})).halt == refused
    for worker in (first, second):
        await worker.leave_work()
        await worker.end_run(CampaignFact("ended", {}), exit_code=20, stopped_by="stop", requests={})
    third = await home.joined()
    assert (await third.beat({}, {})).halt is None


async def test_how_long_a_worker_has_been_silent_is_known(home: PostgresHome) -> None:
    first = await home.begun("1")
    await first.beat({}, {"pace": 1.0})
    back = "UPDATE runs SET lease_until = lease_until - interval '3 s' WHERE id = ?"
    await first.call(lambda transaction: transaction.connection.execute(back, (transaction.run,)).rowcount)
    (note,) = home.books().workers()
    assert note.silent == pytest.approx(3.0, abs=1.0)


async def test_another_command_does_not_join(home: PostgresHome) -> None:
    await home.begun("1")
    ledger = await home.opened()
    with pytest.raises(Busy, match="worked by run"):
        await ledger.begin_run(Started("plan", deleting=False), CampaignFact("started", {}))


async def test_the_last_to_leave_is_told_so_and_what_it_had_in_hand_is_free(home: PostgresHome) -> None:
    first = await home.begun("1", "2")
    second = await home.joined()
    await claims(first, 1)
    assert not await first.leave_work()
    assert [claim.number.text for claim in await claims(second, 5)] == ["1", "2"]
    assert await second.leave_work()


async def test_lines_of_many_writers_make_one_chain(home: PostgresHome) -> None:
    first = await home.begun(*map(str, range(20)))
    second = await home.joined()

    async def work(ledger: PostgresLedger) -> None:
        while some := await claims(ledger, 1):
            await deleted(ledger, some[0])
            await ledger.note(ControlFact("noted", {}))

    await asyncio.gather(work(first), work(second))
    told = [json.loads(line) for line in home.books().lines()]
    assert [line["seq"] for line in told] == list(range(1, len(told) + 1))
    assert all(line["prev"] == before["hash"] for before, line in pairwise(told))
    assert {standing.state for standing in await home.standings()} == {State.DELETED}


async def test_the_database_lists_its_campaigns_and_who_is_at_work(home: PostgresHome) -> None:
    first = await home.begun("1")
    assert await asyncio.to_thread(names, home.address) == ["may"]
    assert await asyncio.to_thread(is_worked, home.address, "may")
    await first.end_run(CampaignFact("ended", {}), exit_code=0, stopped_by=None, requests={})
    assert not await asyncio.to_thread(is_worked, home.address, "may")


async def test_a_settled_customer_leaves_the_hand_of_its_worker(home: PostgresHome) -> None:
    first = await home.begun("1")
    second = await home.joined()
    (one,) = await claims(first, 1)
    assert await second.others_at_work()
    await settled(first, one, Verdict.INELIGIBLE)
    assert not await second.others_at_work()


async def test_a_worker_can_tell_for_how_long_its_lease_surely_holds(home: PostgresHome) -> None:
    ledger = await home.begun("1")
    left = ledger.lease_left
    assert 0 < left < home.address.lease
    session = Session(home.address, 1)
    session.entered(1, time.monotonic() - 2 * home.address.lease)
    assert (session.left, session.holds) == (0, False)
