"""The adaptive rate as values: what lowers it, how often, how it is raised, and what it never passes."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.core.adaptive import CUT, LEAST, Adaptive, Latency
from worker.core.replies import Kind, Meaning, Reply

RATE = 40.0
FRESH = Adaptive()


def reply(status: int | None = 200, ms: int = 100, cause: str = "", kind: Kind = Kind.GET_CUSTOMER) -> Reply:
    """An answer of that status, or none."""
    return Reply(kind, Meaning.PRESENT, cause or f"http_{status}", status, ms=ms)


def cut(now: float = 0.0, *, state: Adaptive = FRESH) -> Adaptive:
    """What is believed after one 429 at that time."""
    return state.after(reply(429), now, RATE)


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        (reply(429), "http_429"),
        (reply(503), "http_503"),
    ],
)
def test_what_says_that_the_rate_is_too_high_lowers_it_by_a_third(trouble: Reply, why: str) -> None:
    after = Adaptive().after(trouble, 100.0, RATE)
    assert after.limit == pytest.approx(CUT * RATE)
    assert after.why == why


@pytest.mark.parametrize("cause", ["timeout", "connect_timeout"])
def test_a_timeout_is_a_sign_once_another_one_came_in_the_time_of_a_hundred_requests(cause: str) -> None:
    lost, soon = reply(None, 10, cause), 100 / RATE
    once = Adaptive().after(lost, 100.0, RATE)
    assert once.limit is None
    assert once.after(lost, 100.1 + soon, RATE).limit is None
    twice = once.after(reply(), 100.1, RATE).after(lost, 100.0 + soon, RATE)
    assert twice.limit == pytest.approx(CUT * RATE)
    assert twice.why == cause


@pytest.mark.parametrize("harmless", [reply(200), reply(404), reply(422), reply(500), reply(None, cause="refused")])
def test_what_says_nothing_of_the_rate_leaves_it(harmless: Reply) -> None:
    assert Adaptive().after(harmless, 100.0, RATE).limit is None


def test_the_token_service_is_not_under_the_rate() -> None:
    assert Adaptive().after(reply(429, kind=Kind.TOKEN), 100.0, RATE) == Adaptive()


def test_one_round_trip_lowers_it_once() -> None:
    first = cut(10.0)
    assert cut(10.05, state=first).limit == first.limit
    assert cut(10.1, state=first).limit == first.limit
    assert cut(10.11, state=first).limit == pytest.approx(CUT * CUT * RATE)


def test_it_never_comes_to_a_standstill() -> None:
    state = Adaptive()
    for second in range(100):
        state = cut(float(second), state=state)
    assert state.limit == LEAST * RATE


@pytest.mark.parametrize(("rate", "held"), [(200.0, 20.0), (6.0, 120 / 4.2), (1.0, 35.0)])
def test_a_lowered_rate_is_held_for_a_while_and_then_raised_in_steps_that_grow(rate: float, held: float) -> None:
    low = Adaptive().after(reply(429), 0.0, rate)
    assert low.after(reply(), held - 0.01, rate) == low.after(reply(), 1.0, rate)
    now, limits = held + 0.001, [low.limit or 0.0]
    state = low
    while state.limit is not None:
        state = state.after(reply(), now, rate)
        assert state.after(reply(), now + 2.4, rate) == state
        limits.append(state.limit or rate)
        now += max(2.5, 5 / limits[-1]) + 0.001
    assert [round(b / a, 2) for a, b in pairwise(limits)] == [1.05, 1.1, 1.2, 1.03]
    assert state.why == ""


def test_nobody_who_does_not_answer_raises_it() -> None:
    low = cut(0.0)
    assert low.after(reply(None, cause="refused"), 1000.0, RATE) == low


def test_a_try_of_more_that_fails_falls_back_to_what_was_proven() -> None:
    low = cut(0.0)
    more = low.after(reply(), 20.0, RATE)
    assert (more.limit or 0) > (low.limit or 0)
    back = cut(21.0, state=more)
    assert (back.limit, back.due_at) == (low.limit, 41.0)
    assert cut(22.0, state=back).limit == pytest.approx(CUT * (low.limit or 0))


def test_a_rate_that_was_set_lower_meanwhile_is_what_is_cut() -> None:
    assert cut(0.0).after(reply(429), 10.0, 2.0).limit == pytest.approx(CUT * 2.0)
    assert cut(0.0).after(reply(), 100.0, 2.0).limit is None


def test_twenty_slow_answers_in_a_row_lower_it_and_fewer_do_not() -> None:
    state = Adaptive().after(reply(ms=100), 0.0, RATE)
    for second in range(1, 20):
        state = state.after(reply(ms=401), float(second), RATE)
    assert state.limit is None
    assert state.after(reply(ms=400), 20.0, RATE).slow(Kind.GET_CUSTOMER) == 0
    slow = state.after(reply(ms=401), 20.0, RATE)
    assert slow.limit == pytest.approx(CUT * RATE)
    assert slow.why == "slow_answers"
    assert slow.latencies[Kind.GET_CUSTOMER] == Latency(150.0, 0)


def test_each_kind_of_request_has_a_latency_of_its_own() -> None:
    state = Adaptive()
    for second in range(50):
        state = state.after(reply(ms=50), second + 0.0, RATE).after(reply(ms=900, kind=Kind.DELETE), second + 0.5, RATE)
    assert state.limit is None


def test_of_the_quickest_answers_four_times_as_much_says_nothing() -> None:
    assert Latency().after(1) == Latency(1, 0)
    assert Latency(1).after(200) == Latency(1, 0)
    assert Latency(1).after(201) == Latency(1, 1)
    assert Latency(60).after(241) == Latency(60, 1)
    assert Latency() == Latency(math.inf, 0)


statuses = st.sampled_from([200, 404, 429, 500, 503, None])


@given(st.lists(st.tuples(statuses, st.floats(0.01, 50), st.integers(0, 5000), st.floats(0.1, 1000)), max_size=60))
def test_whatever_comes_the_limit_is_below_the_rate_and_above_nothing(
    heard: list[tuple[int | None, float, int, float]],
) -> None:
    state, now = Adaptive(), 0.0
    for status, passed, ms, rate in heard:
        now += passed
        before, state = state.limit, state.after(reply(status, ms, "timeout" if status is None else ""), now, rate)
        if state.limit is not None and state.limit != before:
            assert 0 < state.limit < rate
        assert bool(state.why) == (state.limit is not None)


def test_back_at_the_rate_what_was_sent_before_the_last_cut_still_says_nothing() -> None:
    whole = Adaptive(limit=RATE * 0.99, cut_at=100.0).after(reply(), 200.0, RATE)
    assert whole.limit is None
    assert whole.after(reply(429, ms=150_000), 210.0, RATE).limit is None


def test_a_step_that_comes_to_the_rate_holds_nothing_back() -> None:
    assert Adaptive(limit=32.0, step=0.25).after(reply(), 200.0, 40.0).limit is None


def test_a_cut_raises_the_floor_of_slow_answers_only() -> None:
    quick = Adaptive().after(reply(ms=100), 0.0, RATE)
    assert quick.after(reply(429, ms=100), 1.0, RATE).latencies[Kind.GET_CUSTOMER].floor == 100
