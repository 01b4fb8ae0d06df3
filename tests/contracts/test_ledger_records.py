"""Any ledger: what is recorded is durable, chained and consistent, and the counts that guards rest on are right."""

import asyncio
import json

import pytest

from tests.contracts.ledgers import RUN, SENT, LedgerHome, deleted, intended, lost, moved, settled, verdict
from worker.core.facts import AttemptFact, CampaignFact, CheckFact, ControlFact, FactKind, Record
from worker.core.lifecycle import Move, Standing, State, Verdict
from worker.core.values import replace
from worker.errors import LogBroken
from worker.ports import Claim, Entry, Held, Ledger

ABSENT = Held(Verdict.ALREADY_ABSENT, "vouched_for")


async def claims(ledger: Ledger, count: int) -> list[Claim]:
    return await ledger.claim(RUN, count=count, spread=False)


async def test_facts_come_back_as_records_of_the_customer_in_their_order(home: LedgerHome) -> None:
    ledger = await home.begun("AB1")
    (claim,) = await claims(ledger, 1)
    facts = (CheckFact({"customer": "some", "documents": "some"}, 2), verdict(Verdict.INELIGIBLE, "documents"))
    first, second = await ledger.record(Entry(claim, facts, claim.standing.after(Move.INELIGIBLE)))
    assert (first.fact, second.fact) == facts
    assert second.seq == first.seq + 1
    assert {(record.client_no, record.customer_no) for record in (first, second)} == {(2218, "AB1")}


async def test_records_of_many_at_once_make_one_chain_whose_time_never_goes_back(home: LedgerHome) -> None:
    ledger = await home.begun(*map(str, range(30)))
    began = await ledger.note(CampaignFact("began", {}))
    entries = [
        Entry(claim, (CheckFact({}, 1), verdict(Verdict.UNCHECKED)), claim.standing.after(Move.UNCHECKED))
        for claim in await claims(ledger, 30)
    ]
    written = await asyncio.gather(*(ledger.record(entry) for entry in entries))
    records = sorted((record for some in written for record in some), key=lambda record: record.seq)
    assert [record.seq for record in records] == list(range(began.seq + 1, began.seq + 61))
    assert [record.time for record in records] == sorted(record.time for record in records)
    assert_linked([began, *records])


def assert_linked(records: list[Record]) -> None:
    """Each line names the hash of the line before."""
    lines = [json.loads(record.line) for record in records]
    assert [line["prev"] for line in lines[1:]] == [line["hash"] for line in lines[:-1]]


async def test_the_chain_goes_on_over_a_restart(home: LedgerHome) -> None:
    last = await (await home.begun("1")).note(CampaignFact("one", {}))
    ledger = await home.restarted()
    between = await ledger.note(ControlFact("two", {"why": "æøå"}))
    assert between.seq == last.seq + home.facts_of_a_restart + 1
    assert between.time >= last.time
    assert (between.fact.kind, between.client_no, between.customer_no) == (FactKind.CONTROL, None, None)


async def test_the_standing_after_a_record_is_what_the_next_run_finds(home: LedgerHome) -> None:
    ledger = await home.begun("1", "2", "3")
    one, two, three = await claims(ledger, 3)
    await deleted(ledger, one)
    await lost(ledger, two)
    contested = AttemptFact(sent=True, status=409, ms=3, cause="http_409")
    await moved(ledger, await intended(ledger, three), Move.CONTEST, contested, status=409)
    await home.restarted()
    assert await home.standings() == [
        Standing(State.DELETED, 0, 200),
        Standing(State.OPEN, 1),
        Standing(State.CONTESTED, 0, 409),
    ]


async def test_an_entry_that_builds_on_another_standing_is_refused_and_records_nothing(home: LedgerHome) -> None:
    ledger = await home.begun("1")
    (claim,) = await claims(ledger, 1)
    await intended(ledger, claim)
    before = await ledger.note(CampaignFact("before", {}))
    for stale in (claim, replace(claim, standing=Standing(State.INTENDED, 1)), replace(claim, id=99)):
        with pytest.raises(LogBroken):
            await ledger.record(Entry(stale, (SENT,), Standing(State.CONFIRMED)))
    assert (await ledger.note(CampaignFact("after", {}))).seq == before.seq + 1
    assert await home.standings() == [Standing(State.INTENDED)]


async def test_a_refused_entry_does_not_take_others_with_it(home: LedgerHome) -> None:
    ledger = await home.begun("1", "2")
    one, two = await claims(ledger, 2)
    stale = Entry(replace(one, standing=Standing(State.HELD)), (SENT,), Standing())
    good = Entry(two, (verdict(Verdict.UNCHECKED),), Standing(State.UNCHECKED))
    refused, kept, noted = await asyncio.gather(
        ledger.record(stale), ledger.record(good), ledger.note(CampaignFact("more", {})), return_exceptions=True
    )
    assert isinstance(refused, LogBroken)
    assert isinstance(kept, list)
    assert isinstance(noted, Record)
    assert_linked([*kept, noted])
    assert await home.standings() == [Standing(), Standing(State.UNCHECKED)]


async def test_held_customers_are_settled_together_until_none_is_left(home: LedgerHome) -> None:
    ledger = await home.begun(*map(str, range(600)))
    for claim in await claims(ledger, 599):
        await moved(ledger, claim, Move.HOLD, CheckFact({"customer": "none"}, 1))
    released = list[Record]()
    while records := await ledger.release_held(ABSENT):
        released += records
    assert [record.customer_no for record in released] == [str(number) for number in range(599)]
    assert {state.state for state in await home.standings()} == {State.ALREADY_ABSENT, State.OPEN}
    told = json.loads(released[0].line)
    assert (told["verdict"], told["reason"], told["evidence"]) == (
        "already_absent",
        "vouched_for",
        {"customer": "none"},
    )


async def test_held_by_an_earlier_run_is_not_believed_in_this_one(home: LedgerHome) -> None:
    ledger = await home.begun("1")
    await moved(ledger, (await claims(ledger, 1))[0], Move.HOLD)
    ledger = await home.restarted()
    assert await ledger.release_held(ABSENT) == []


async def test_charged_counts_deleted_in_doubt_and_in_flight_over_all_runs(home: LedgerHome) -> None:
    ledger = await home.begun(*"1234567")
    one, two, three, four, five, six, _ = await claims(ledger, 7)
    assert await ledger.charged() == 0
    await deleted(ledger, one)
    await lost(ledger, two)
    await intended(ledger, three)
    assert await ledger.charged() == 3
    refused = AttemptFact(sent=True, status=403, ms=1, cause="http_403")
    await moved(ledger, await intended(ledger, four), Move.TURNED_AWAY, refused, status=403)
    await settled(ledger, five, Verdict.IN_DOUBT)
    await settled(ledger, six, Verdict.UNCHECKED)
    assert await ledger.charged() == 4
    ledger = await home.restarted()
    assert await ledger.charged() == 4
    await claims(ledger, 7)
    assert await ledger.charged() == 4


async def test_in_doubt_counts_those_that_ended_so_and_still_stand_so(home: LedgerHome) -> None:
    ledger = await home.begun("1", "2")
    one, two = await claims(ledger, 2)
    await lost(ledger, one)
    assert await ledger.in_doubt() == 0
    await settled(ledger, two, Verdict.IN_DOUBT)
    assert await ledger.in_doubt() == 1
    ledger = await home.restarted()
    assert await ledger.in_doubt() == 1
    await settled(ledger, (await claims(ledger, 2))[1], Verdict.DELETED_INFERRED)
    assert await ledger.in_doubt() == 0


async def test_the_sentinel_is_one_found_ineligible_else_one_that_was_seen_and_left_alone(home: LedgerHome) -> None:
    ledger = await home.begun("1", "2", "3")
    one, two, three = await claims(ledger, 3)
    assert await ledger.sentinel() is None
    await settled(ledger, one, Verdict.ELIGIBLE)
    seen = await ledger.sentinel()
    await settled(ledger, two, Verdict.INELIGIBLE)
    found = await ledger.sentinel()
    assert (seen and seen.text, found and found.text) == ("1", "2")
    await settled(ledger, three, Verdict.UNCHECKED)
    still = await (await home.restarted()).sentinel()
    assert still is not None
    assert still.text == "2"


async def test_who_was_sent_a_delete_or_is_gone_by_now_is_no_sentinel(home: LedgerHome) -> None:
    ledger = await home.begun("1", "2")
    one, two = await claims(ledger, 2)
    await lost(ledger, one)
    check = CheckFact({"customer": "some"}, 1)
    await ledger.record(Entry(two, (check, verdict(Verdict.UNCHECKED)), two.standing.after(Move.UNCHECKED)))
    two = replace(two, standing=two.standing.after(Move.UNCHECKED))
    assert await ledger.sentinel() is not None
    await moved(ledger, two, Move.HOLD, CheckFact({"customer": "none"}, 1))
    assert await ledger.sentinel() is None


async def test_a_cancelled_wait_does_not_undo_the_record(home: LedgerHome) -> None:
    ledger = await home.begun("1")
    (claim,) = await claims(ledger, 1)
    waiting = asyncio.create_task(ledger.record(Entry(claim, (verdict(Verdict.UNCHECKED),), Standing(State.UNCHECKED))))
    await asyncio.sleep(0)
    waiting.cancel()
    await ledger.note(CampaignFact("later", {}))
    assert await home.standings() == [Standing(State.UNCHECKED)]
