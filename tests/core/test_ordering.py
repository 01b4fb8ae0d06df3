"""Which list comes first: learned from counts, never forgotten, and cheap next to the best order known in hindsight."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.core.ordering import Lists, Tried
from worker.core.replies import Kind

DOCUMENTS, ARITEMS = Kind.GET_DOCUMENTS, Kind.GET_ARITEMS
counts = st.integers(0, 500)
tried = st.builds(lambda found, clear: Tried(found + clear, found), counts, counts)


def order_of(lists: Lists, customers: int) -> list[Kind]:
    """The lists that so many customers begin with, all of them clear."""
    asked = []
    for _ in range(customers):
        asked.append(lists.first)
        lists = lists.begun(asked[-1])
    return asked


def test_a_small_campaign_begins_with_documents_and_then_tries_the_other_list() -> None:
    assert order_of(Lists(), 40) == [DOCUMENTS] * 20 + [ARITEMS] * 20


def test_what_settles_more_is_asked_first_and_documents_where_both_are_as_good() -> None:
    assert Lists(Tried(100, 5), Tried(100, 60)).first is ARITEMS
    assert Lists(Tried(100, 60), Tried(100, 5)).first is DOCUMENTS
    assert Lists(Tried(100, 30), Tried(100, 30)).first is DOCUMENTS


def test_an_impression_from_few_customers_counts_for_less_than_one_from_many() -> None:
    assert Lists(Tried(20, 0), Tried(200, 0)).first is DOCUMENTS
    assert Lists(Tried(20, 20), Tried(200, 199)).first is ARITEMS


@pytest.mark.parametrize("lists", [Lists(Tried(40), Tried(1960, 900)), Lists(Tried(1960, 900), Tried(40))])
def test_one_customer_in_fifty_begins_with_the_list_that_seems_the_worse(lists: Lists) -> None:
    order = order_of(lists, 500)
    assert min(order.count(DOCUMENTS), order.count(ARITEMS)) == 10


@given(tried, tried)
def test_what_was_learned_outlives_a_run(documents: Tried, aritems: Tried) -> None:
    lists = Lists(documents, aritems)
    assert Lists.of(lists.counts()) == lists
    assert Lists.of({}) == Lists()


def test_each_list_is_counted_for_itself() -> None:
    lists = Lists().begun(DOCUMENTS).begun(ARITEMS).begun(ARITEMS).settled(ARITEMS).settled(DOCUMENTS)
    assert lists == Lists(Tried(1, 1), Tried(2, 1))


@pytest.mark.parametrize(
    ("lists", "least"),
    [
        (Lists(), None),
        (Lists(Tried(20, 5)), None),
        (Lists(Tried(20), Tried(20)), None),
        (Lists(Tried(20), Tried(20, 12)), 2.0),
        (Lists(Tried(20, 20), Tried(20, 12)), 2.0),
        (Lists(Tried(100, 5), Tried(100, 60)), 2 + 0.4 * 0.05 / 0.62),
        (Lists(Tried(100, 60), Tried(100, 5)), 2 + 0.4 * 0.05 / 0.62),
    ],
)
def test_the_least_for_a_rejected_customer_is_that_of_the_better_order(lists: Lists, least: float | None) -> None:
    assert lists.least() == (None if least is None else pytest.approx(least))


@pytest.mark.parametrize("shares", [(0.05, 0.6), (0.6, 0.05), (0.3, 0.3), (0.0, 0.02), (0.9, 0.5)])
@pytest.mark.parametrize("overlap", [0.0, 0.8])
@pytest.mark.parametrize("under_way", [1, 64])
def test_the_order_costs_at_most_two_in_a_hundred_more_than_the_best_one(
    shares: tuple[float, float], overlap: float, under_way: int
) -> None:
    """`overlap`: how often the lists tell the same of a customer; `under_way`: answers come so much later."""
    dice, lists, sent = Random(7), Lists(), 0
    fixed = {DOCUMENTS: 0, ARITEMS: 0}
    waiting: list[Kind | None] = []
    for _ in range(5000):
        drawn = dice.random()
        same = dice.random() < overlap
        has = {DOCUMENTS: drawn < shares[0], ARITEMS: (drawn if same else dice.random()) < shares[1]}
        free = not any(has.values())
        first = lists.first
        lists = lists.begun(first)
        waiting.append(first if has[first] else None)
        if len(waiting) >= under_way and (found := waiting.pop(0)) is not None:
            lists = lists.settled(found)
        sent += 2 + (not has[first]) + free
        for kind in fixed:
            fixed[kind] += 2 + (not has[kind]) + free
    assert min(fixed.values()) <= sent <= 1.02 * min(fixed.values())
