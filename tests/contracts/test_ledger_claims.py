"""Any ledger: who is taken up by which work, in which order, and that nobody is taken up twice in one run."""

from tests.contracts.ledgers import (
    APPLY,
    PLAN,
    RECONCILE,
    RUN,
    LedgerHome,
    deleted,
    intended,
    lost,
    moved,
    settled,
)
from worker.core.facts import AttemptFact
from worker.core.lifecycle import Move, Standing, State, Verdict
from worker.core.steps import Purpose
from worker.core.values import replace
from worker.ports import Claim, Entry, Ledger, Work


async def all_of(ledger: Ledger, work: Work, count: int = 2) -> list[str]:
    """The numbers that a run takes up, a few at a time."""
    found = []
    while claims := await ledger.claim(work, count=count, spread=False):
        assert len(claims) <= count
        found += [claim.number.text for claim in claims]
    return found


async def some(ledger: Ledger, count: int, work: Work = RUN) -> list[Claim]:
    return await ledger.claim(work, count=count, spread=False)


async def test_customers_come_in_the_order_of_the_list_and_once(home: LedgerHome) -> None:
    ledger = await home.begun("3", "1", "2", "01", "1")
    assert await all_of(ledger, RUN) == ["3", "1", "2", "01"]
    assert await all_of(ledger, RUN) == []


async def test_a_claim_says_what_is_known_of_the_customer(home: LedgerHome) -> None:
    ledger = await home.begun("AB1", "2", protect=("ab1",))
    first, second = await some(ledger, 2)
    assert (first.number.text, first.number.key, first.standing, first.intents) == ("AB1", "ab1", Standing(), 0)
    assert (first.protected, second.protected) == (True, False)


async def test_a_claim_brings_the_cell_of_the_first_line_along_where_one_is_asked_for(home: LedgerHome) -> None:
    ledger = await home.begun("AB1", "ab1", "2")
    (first,) = await some(ledger, 1, replace(RUN, expects=0))
    assert first.expected == "AB1"
    assert "expected" not in repr(first)
    ledger = await home.restarted()
    assert [claim.expected for claim in await some(ledger, 2)] == [None, None]


async def test_a_row_without_that_cell_expects_what_no_record_says(home: LedgerHome) -> None:
    ledger = await home.begun("1")
    assert [claim.expected for claim in await some(ledger, 1, replace(RUN, expects=9))] == [""]


async def test_a_customer_that_ended_unchecked_comes_again_in_the_next_run_only(home: LedgerHome) -> None:
    ledger = await home.begun("1", "2")
    await settled(ledger, (await some(ledger, 1))[0], Verdict.UNCHECKED)
    assert await all_of(ledger, RUN) == ["2"]
    assert await all_of(await home.restarted(), RUN) == ["1", "2"]


async def test_what_is_settled_is_not_taken_up_again(home: LedgerHome) -> None:
    ledger = await home.begun("1", "2", "3", "4")
    one, two, three, _ = await some(ledger, 4)
    await deleted(ledger, one)
    await settled(ledger, two, Verdict.INELIGIBLE)
    await settled(ledger, three, Verdict.ELIGIBLE)
    assert await all_of(await home.restarted(), PLAN) == ["4"]


async def test_a_recheck_takes_up_all_but_deletions(home: LedgerHome) -> None:
    ledger = await home.begun("1", "2", "3", "4")
    one, two, three, _ = await some(ledger, 4)
    await deleted(ledger, one)
    await settled(ledger, two, Verdict.INELIGIBLE)
    await settled(ledger, three, Verdict.ELIGIBLE)
    again = Work(Purpose.PLAN, recheck=True)
    assert sorted(await all_of(await home.restarted(), again)) == ["2", "3", "4"]


async def test_what_a_recheck_has_settled_does_not_come_twice_in_it(home: LedgerHome) -> None:
    ledger = await home.begun("1", "2", "3")
    await lost(ledger, (await some(ledger, 1))[0])
    ledger, again, found = await home.restarted(), Work(Purpose.PLAN, recheck=True), []
    while claims := await some(ledger, 1, again):
        word = Verdict.ALREADY_ABSENT if not claims[0].standing.unanswered else Verdict.DELETED_INFERRED
        await settled(ledger, claims[0], word)
        found.append(claims[0].number.text)
    assert found == ["1", "2", "3"]


async def test_doubts_come_first_and_setbacks_last(home: LedgerHome) -> None:
    ledger = await home.begun("1", "2", "3", "4", "5")
    one, two, _, four, five = await some(ledger, 5)
    await ledger.record(Entry(one, (), one.standing, setback=True))
    await lost(ledger, four)
    await intended(ledger, five)
    await settled(ledger, two, Verdict.UNCHECKED)
    assert await all_of(await home.restarted(), RUN) == ["4", "5", "2", "3", "1"]


async def test_a_setback_of_this_run_does_not_come_again_in_it(home: LedgerHome) -> None:
    ledger = await home.begun("1", "2")
    (one,) = await some(ledger, 1)
    await ledger.record(Entry(one, (), one.standing, setback=True))
    assert await all_of(ledger, RUN) == ["2"]


async def test_a_setback_stays_last_though_a_start_found_its_intent(home: LedgerHome) -> None:
    ledger = await home.begun("1", "2")
    claim = await intended(ledger, (await some(ledger, 1))[0])
    await ledger.record(Entry(claim, (), claim.standing, setback=True))
    for _ in range(2):  # The first start recovers it; the second finds it recovered.
        assert await all_of(await home.restarted(), RUN) == ["2", "1"]


async def test_a_limit_counts_from_the_top_of_the_list(home: LedgerHome) -> None:
    ledger = await home.begun("1", "2", "3", "4")
    await settled(ledger, (await some(ledger, 1))[0], Verdict.INELIGIBLE)
    ledger = await home.restarted()
    assert await all_of(ledger, Work(Purpose.DELETE, limit=3)) == ["2", "3"]


async def test_an_apply_takes_up_what_the_plan_approved_and_nobody_else(home: LedgerHome) -> None:
    ledger = await home.begun("1", "2", "3", "4", "5")
    one, two, three, four, _ = await some(ledger, 5, PLAN)
    await settled(ledger, one, Verdict.UNCHECKED)
    await settled(ledger, two, Verdict.ELIGIBLE)
    await settled(ledger, three, Verdict.INELIGIBLE)
    await settled(ledger, four, Verdict.ELIGIBLE)
    await home.approve()
    ledger = await home.restarted()
    (claim,) = await some(ledger, 1, APPLY)
    await settled(ledger, claim, Verdict.UNCHECKED)
    assert (claim.number.text, await all_of(ledger, APPLY)) == ("2", ["4"])
    assert await all_of(await home.restarted(), APPLY) == ["2", "4"]


async def test_an_apply_does_not_take_up_again_what_it_settled(home: LedgerHome) -> None:
    ledger = await home.begun("1", "2")
    for claim in await some(ledger, 2, PLAN):
        await settled(ledger, claim, Verdict.ELIGIBLE)
    await home.approve()
    ledger = await home.restarted()
    await deleted(ledger, (await some(ledger, 1, APPLY))[0])
    assert await all_of(await home.restarted(), APPLY) == ["2"]


async def test_a_new_plan_takes_earlier_approvals_back(home: LedgerHome) -> None:
    ledger = await home.begun("1", "2")
    one, two = await some(ledger, 2, PLAN)
    await settled(ledger, one, Verdict.ELIGIBLE)
    await home.approve()
    await settled(ledger, two, Verdict.ELIGIBLE)
    ledger = await home.restarted()
    one, *_ = await some(ledger, 2, Work(Purpose.PLAN, recheck=True))
    await settled(ledger, one, Verdict.INELIGIBLE)
    await home.approve()
    assert await all_of(await home.restarted(), APPLY) == ["2"]


async def test_reconciling_takes_up_those_that_a_delete_of_ours_left_open(home: LedgerHome) -> None:
    ledger = await home.begun(*"12345678")
    one, two, three, four, five, six, seven, _ = await some(ledger, 8)
    await lost(ledger, one)
    await deleted(ledger, two)
    await settled(ledger, three, Verdict.UNCHECKED)
    await settled(ledger, four, Verdict.IN_DOUBT)
    rejected = AttemptFact(sent=True, status=422, ms=1, cause="http_422")
    await moved(ledger, await intended(ledger, five), Move.REJECT, rejected, status=422)
    six = await lost(ledger, six)
    for claim in (six, seven):
        await ledger.record(Entry(claim, (), claim.standing, setback=True))
    assert await all_of(await home.restarted(), RECONCILE, count=1) == ["1", "4", "5", "6"]


async def test_an_intent_found_at_a_start_may_have_left_the_house(home: LedgerHome) -> None:
    ledger = await home.begun("1", "2")
    await intended(ledger, (await some(ledger, 1))[0])
    ledger = await home.restarted()
    (claim,) = await some(ledger, 1)
    assert (claim.standing, claim.intents) == (Standing(State.OPEN, 1), 1)
    assert (await home.standings())[0] == claim.standing
    again = await moved(ledger, claim, Move.DELETED_INFERRED)
    assert (await home.standings())[0] == again.standing


async def test_a_held_customer_is_read_anew_by_the_next_run(home: LedgerHome) -> None:
    ledger = await home.begun("1")
    await moved(ledger, (await some(ledger, 1))[0], Move.HOLD)
    assert [claim.standing.state for claim in await some(await home.restarted(), 1)] == [State.OPEN]


async def test_spread_claims_come_from_all_over_the_list(home: LedgerHome) -> None:
    ledger = await home.begun(*map(str, range(1000)))
    places = [int(claim.number.text) for claim in await ledger.claim(RUN, count=20, spread=True)]
    assert len(set(places)) == 20
    assert {place // 250 for place in places} == {0, 1, 2, 3}


async def test_spread_and_ordered_claims_together_take_everybody_once(home: LedgerHome) -> None:
    numbers = [str(number) for number in range(40)]
    ledger, found = await home.begun(*numbers), list[str]()
    spread = False
    while claims := await ledger.claim(RUN, count=3, spread=spread):
        found += [claim.number.text for claim in claims]
        spread = not spread
    assert sorted(found, key=int) == numbers
    assert await ledger.claim(RUN, count=1, spread=not spread) == []
