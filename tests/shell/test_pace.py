"""The pacer on a clock of its own: never too many, nobody forgotten, the furthest along first; and its real guard."""

import asyncio
import math
import time

import pytest
from asyncio_throttle.throttler import Throttler

from tests.shell.pacing import VirtualClock, asking, settle
from worker.core.steps import Priority
from worker.pace import MonotonicClock, Pacer, throttled

RATES = [0.2, 0.5, 1, 2.5, 7, 40, 200]


def most_in(times: list[float], window: float) -> int:
    """The most in any half-open window of that many seconds."""
    return max(sum(1 for at in times[i : i + 300] if at - first < window) for i, first in enumerate(times))


def assert_never_above(rate: float, times: list[float]) -> None:
    """Whole requests: 2.5 a second are at most 3 in 1.2 seconds, 0.2 a second at most 1 in five."""
    assert most_in(times, math.ceil(rate) / rate) <= math.ceil(rate)
    assert most_in(times, 1.0) <= math.ceil(rate)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("waiting", [1, 5])
async def test_a_rate_is_used_and_never_exceeded(rate: float, waiting: int) -> None:
    async with asking(rate) as one:
        one.keep_asking(waiting)
        await one.clock.pass_by(max(300 / rate, 5))
    assert_never_above(rate, one.times)
    assert (len(one.times) - 1) / (one.times[-1] - one.times[0]) >= 0.98 * rate


@pytest.mark.parametrize("rate", [2.5, 40, 200])
async def test_a_busy_machine_wakes_late_and_still_uses_the_rate_without_exceeding_it(rate: float) -> None:
    async with asking(rate, oversleep=0.03) as one:
        one.keep_asking(20)
        await one.clock.pass_by(600 / rate)
    assert_never_above(rate, one.times)
    assert (len(one.times) - 1) / (one.times[-1] - one.times[0]) >= 0.97 * rate


async def test_there_is_no_burst_at_the_start_nor_after_idleness() -> None:
    async with asking(10) as one:
        await one.clock.pass_by(60)
        one.keep_asking(5)
        await one.clock.pass_by(0.35)
        assert len(one.granted) == 4
        assert one.granted[0][0] == 160.0
        assert min(b - a for a, b in zip(one.times, one.times[1:], strict=False)) > 0.09


async def test_at_rates_of_several_in_a_millisecond_those_who_come_within_one_leave_together() -> None:
    async with asking(5_000) as one:
        one.ask("first")
        await settle()
        assert one.granted == []
        one.ask("furthest along", Priority.DELETE)
        await one.clock.pass_by(0.0009)
        assert one.granted == []
        await one.clock.pass_by(0.0011)
        assert one.names == ["furthest along", "first"]


async def test_a_stall_is_not_made_up_for_by_a_burst() -> None:
    async with asking(40) as one:
        one.keep_asking(50)
        await one.clock.pass_by(1)
        before = len(one.granted)
        one.clock.at += 0.8
        await one.clock.pass_by(0.001)
        assert before < len(one.granted) <= before + 5


async def test_the_customer_furthest_along_goes_first_then_whoever_came_first() -> None:
    async with asking(1) as one:
        one.ask("first")
        await settle()
        for name, priority in [
            ("customer 1", Priority.CUSTOMER),
            ("second list", Priority.SECOND_LIST),
            ("customer 2", Priority.CUSTOMER),
            ("delete", Priority.DELETE),
            ("first list", Priority.FIRST_LIST),
            ("read back", Priority.READ_BACK),
        ]:
            one.ask(name, priority)
        await one.clock.pass_by(10)
    assert one.names == [
        "first", "read back", "delete", "second list", "first list", "customer 1", "customer 2",
    ]  # fmt: skip


async def test_while_parked_nobody_gets_a_permit_and_a_longer_park_is_not_shortened() -> None:
    async with asking(10) as one:
        one.pacer.park(30, "retry_after")
        one.pacer.park(5, "outage")
        one.keep_asking(3)
        one.ask("back", Priority.READ_BACK)
        await one.clock.pass_by(29.9)
        assert one.granted == []
        assert one.pacer.figures().throttled_by == "retry_after"
        assert one.pacer.figures().parked_until == 130.0
        await one.clock.pass_by(1.0)
        assert one.names[0] == "back"
        assert len(one.granted) == 9
        assert_never_above(10, one.times)
        assert one.pacer.figures().parked_until is None


async def test_a_park_that_begins_while_a_permit_is_awaited_holds_it_back() -> None:
    async with asking(1) as one:
        one.keep_asking(2)
        await one.clock.pass_by(0.5)
        one.pacer.park(60, "retry_after")
        await one.clock.pass_by(59)
        assert len(one.granted) == 1


async def test_winding_down_tells_all_but_those_who_read_back() -> None:
    async with asking(1) as one:
        one.ask("first")
        await settle()
        one.ask("customer")
        one.ask("delete", Priority.DELETE)
        one.ask("back", Priority.READ_BACK)
        await settle()
        one.pacer.wind_down()
        one.ask("late", Priority.DELETE)
        await settle()
        assert sorted(one.denied) == ["customer", "delete", "late"]
        one.ask("late back", Priority.READ_BACK)
        await one.clock.pass_by(5)
        assert one.names == ["first", "back", "late back"]


async def test_a_waiter_that_is_cancelled_takes_no_permit() -> None:
    async with asking(1) as one:
        one.ask("first")
        await settle()
        gone, _ = one.ask("gone", Priority.DELETE), one.ask("next")
        await settle()
        gone.cancel()
        await one.clock.pass_by(1.1)
        assert one.names == ["first", "next"]
        assert one.pacer.figures().granted == 2


async def test_a_permit_granted_to_one_who_is_cancelled_that_moment_goes_to_the_next() -> None:
    async with asking(1) as one:
        gone = one.ask("gone")
        await asyncio.sleep(0)
        one.ask("next")
        await asyncio.sleep(0)
        while not one.pacer.figures().granted:  # noqa: ASYNC110 - a permit on its way has no event to wait for
            await asyncio.sleep(0)
        gone.cancel()
        await settle()
        assert one.names == ["next"]
        assert one.clock.at == 100.0
        assert one.pacer.figures().granted == 1


async def test_a_changed_rate_is_seen_within_a_quarter_of_a_second() -> None:
    async with asking(0.1) as one:
        one.keep_asking(2)
        await one.clock.pass_by(1)
        one.pacer.set_rate(20)
        assert one.pacer.rate == 20
        await one.clock.pass_by(0.3)
        assert len(one.granted) >= 2
        before = len(one.granted)
        one.pacer.set_rate(0.1)
        await one.clock.pass_by(9)
        assert len(one.granted) <= before + 1


async def test_a_limit_below_the_rate_is_kept_to_and_told_and_lifting_it_brings_the_rate_back() -> None:
    async with asking(20) as one:
        one.keep_asking(5)
        one.pacer.limit(2, "http_429")
        await one.clock.pass_by(5)
        assert 9 <= len(one.granted) <= 11
        assert (one.pacer.rate, one.pacer.share, one.pacer.figures().limited_by) == (20, 2, "http_429")
        one.pacer.set_rate(10)
        assert (one.pacer.rate, one.pacer.share) == (10, 2)
        one.pacer.set_rate(1)
        assert one.pacer.share == 1
        one.pacer.set_rate(20)
        one.pacer.limit(None, "")
        before = len(one.granted)
        await one.clock.pass_by(5.5)
        assert 95 <= len(one.granted) - before <= 110
        assert (one.pacer.share, one.pacer.figures().limited_by) == (20, None)


async def test_nobody_is_polled_for() -> None:
    async with asking(0.5) as one:
        await one.clock.pass_by(600)
        assert one.clock.sleeps == 0
        one.keep_asking(100)
        await one.clock.pass_by(600)
        assert one.clock.sleeps <= 10 * len(one.granted)


async def test_the_figures_tell_what_throttles_and_how_long_requests_waited() -> None:
    async with asking(1) as one:
        assert one.pacer.figures().throttled_by is None
        one.ask("first")
        one.ask("second")
        await one.clock.pass_by(0.5)
        figures = one.pacer.figures()
        assert (figures.granted, figures.waiting, figures.throttled_by) == (1, 1, "rate")
        await one.clock.pass_by(1)
        assert one.pacer.figures().waited == pytest.approx(1.0, abs=0.05)


async def test_the_end_tells_those_who_still_wait() -> None:
    async with asking(0.1) as one:
        one.ask("first")
        one.ask("second")
        await settle()
    one.ask("late")
    await settle()
    assert (one.names, one.denied) == (["first"], ["second", "late"])


class BrokenGuard:
    """A guard with a bug."""

    rate_limit = 0
    period = 0.0

    async def acquire(self) -> None:
        raise ZeroDivisionError


async def test_a_bug_in_the_pacer_leaves_nobody_waiting_and_is_raised() -> None:
    pacer = await Pacer(1, VirtualClock(), BrokenGuard).__aenter__()
    assert await pacer.permit(Priority.DELETE) is False
    with pytest.raises(ZeroDivisionError):
        await pacer.__aexit__(None, None, None)


class HastyClock(MonotonicClock):
    """A clock that runs a hundred times too fast."""

    def now(self) -> float:
        return super().now() * 100


class Recorded(Throttler):
    """The real guard, and when it let one through."""

    def __init__(self) -> None:
        super().__init__(1)
        self.times: list[float] = []

    async def acquire(self) -> None:
        await super().acquire()  # type: ignore[no-untyped-call]  # asyncio-throttle has no annotations there
        self.times.append(time.monotonic())


@pytest.mark.parametrize("clock", [MonotonicClock(), HastyClock()])
async def test_asyncio_throttle_holds_whatever_the_clock_says(clock: MonotonicClock) -> None:
    guard = Recorded()

    async def keep_asking() -> None:
        while len(guard.times) < 130:
            await pacer.permit(Priority.CUSTOMER)

    async with Pacer(100, clock, lambda: guard) as pacer:
        await asyncio.gather(*(keep_asking() for _ in range(8)))
    assert len(guard.times) >= 130
    assert_never_above(100, guard.times)


def test_a_pacer_is_guarded_by_asyncio_throttle_unless_told_otherwise() -> None:
    assert isinstance(throttled(), Throttler)
