"""Any real ledger: rows that come from a queue while the campaign is worked, each request once, one verdict a row."""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.contracts.ledgers import RUN, PostgresHome, SqliteHome, deleted, lost, settled, told
from worker.core.customer import CustomerNo, Rejected, Why
from worker.core.lifecycle import Standing, State, Verdict
from worker.core.request import Request
from worker.ports import Claim, Ledger

Home = PostgresHome | SqliteHome
HOMES: dict[str, Callable[[Path], Home]] = {"postgres": PostgresHome, "sqlite": SqliteHome}


@pytest.fixture(params=sorted(HOMES))
async def home(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Home]:
    home = HOMES[request.param](tmp_path)
    yield home
    await home.close()


def asked(number: str, request: str) -> Request:
    return Request(request, number, CustomerNo(number))


async def next_one(ledger: Ledger) -> Claim:
    (claim,) = await ledger.claim(RUN, count=1, spread=False)
    return claim


async def test_what_is_enlisted_is_taken_up_by_a_walk_that_had_found_nothing_more(home: Home) -> None:
    ledger = await home.begun()
    assert await ledger.claim(RUN, count=5, spread=False) == []
    await ledger.enlist([asked("1", "a"), asked("2", "b")])
    claims = await ledger.claim(RUN, count=5, spread=False)
    assert [claim.number.text for claim in claims] == ["1", "2"]


async def test_a_request_that_comes_again_changes_nothing(home: Home) -> None:
    ledger = await home.begun()
    await ledger.enlist([asked("1", "a"), asked("1", "a")])
    head = home.books().head()
    await ledger.enlist([asked("1", "a")])
    assert home.books().head() == head
    assert home.books().campaign().rows == 1


async def test_another_request_for_a_customer_that_is_open_is_a_duplicate_of_its_row(home: Home) -> None:
    ledger = await home.begun()
    await ledger.enlist([asked("AB1", "a"), asked("ab1", "b")])
    assert told(home.books()) == [(1, Verdict.NOT_REACHED, "run_ended"), (2, Verdict.DUPLICATE, "line 1")]
    note = home.books().campaign()
    assert (note.rows, note.customers, note.invalid, note.duplicate) == (2, 1, 0, 1)


async def test_another_request_for_one_that_ended_unchecked_has_it_tried_again_in_the_same_run(home: Home) -> None:
    ledger = await home.begun()
    await ledger.enlist([asked("1", "a")])
    await settled(ledger, await next_one(ledger), Verdict.UNCHECKED)
    assert await ledger.claim(RUN, count=5, spread=False) == []
    await ledger.enlist([asked("1", "b")])
    assert (await next_one(ledger)).number.text == "1"


async def test_a_new_request_opens_a_settled_customer_again_and_the_earlier_row_keeps_its_verdict(home: Home) -> None:
    ledger = await home.begun()
    await ledger.enlist([asked("1", "a"), asked("2", "b")])
    await deleted(ledger, await next_one(ledger))
    await settled(ledger, await next_one(ledger), Verdict.INELIGIBLE, "documents")
    await ledger.enlist([asked("2", "c"), asked("1", "d")])
    assert told(home.books()) == [
        (1, Verdict.DELETED, "confirmed"),
        (2, Verdict.INELIGIBLE, "documents"),
        (3, Verdict.NOT_REACHED, "run_ended"),
        (4, Verdict.NOT_REACHED, "run_ended"),
    ]
    claims = await ledger.claim(RUN, count=5, spread=False)
    assert [(claim.number.text, claim.standing) for claim in claims] == [("1", Standing()), ("2", Standing())]
    assert await ledger.charged() == 1
    assert sum(home.books().verdicts().values()) == home.books().campaign().rows == 4


async def test_a_deletion_counts_though_its_customer_was_opened_again_also_after_a_restart(home: Home) -> None:
    ledger = await home.begun()
    await ledger.enlist([asked("1", "a")])
    await deleted(ledger, await next_one(ledger))
    await ledger.enlist([asked("1", "b")])
    await deleted(ledger, await next_one(ledger))
    assert await ledger.charged() == 2
    assert await (await home.restarted()).charged() == 2


async def test_who_is_in_hand_is_not_taken_up_again_when_others_come_or_it_is_asked_for_again(home: Home) -> None:
    ledger = await home.begun()
    await ledger.enlist([asked("1", "a"), asked("2", "b")])
    first = await next_one(ledger)
    await ledger.enlist([asked("1", "c"), asked("3", "d")])
    claims = await ledger.claim(RUN, count=5, spread=False)
    assert (first.number.text, [claim.number.text for claim in claims]) == ("1", ["2", "3"])


async def test_a_customer_in_doubt_is_not_opened_again(home: Home) -> None:
    ledger = await home.begun()
    await ledger.enlist([asked("1", "a")])
    await lost(ledger, await next_one(ledger))
    await ledger.enlist([asked("1", "b")])
    assert await home.standings() == [Standing(State.OPEN, 1)]
    assert told(home.books())[1] == (2, Verdict.DUPLICATE, "line 1")


async def test_what_is_no_request_is_a_row_that_says_why(home: Home) -> None:
    ledger = await home.begun()
    await ledger.enlist([Request("body:1", "what?", Rejected(Why.NOT_A_REQUEST)), asked("1", "a")])
    assert told(home.books())[0] == (1, Verdict.INVALID, "not_a_request")
    assert next(home.books().rows()).cells == ("what?", "body:1")


async def test_the_chain_tells_the_totals_and_who_was_requested_again(home: Home) -> None:
    ledger = await home.begun()
    await ledger.enlist([asked("1", "a"), Request("x", "?", Rejected(Why.EMPTY))])
    await deleted(ledger, await next_one(ledger))
    await ledger.enlist([asked("1", "b")])
    lines = [json.loads(line) for line in home.books().lines()]
    totals = [(line["rows"], line["customers"], line["invalid"]) for line in lines if line.get("event") == "enlisted"]
    assert totals == [(2, 1, 1), (3, 1, 1)]
    (again,) = [line for line in lines if line["kind"] == "control"]
    assert (again["action"], again["customerNo"], again["request"]) == ("requested_again", "1", "b")
