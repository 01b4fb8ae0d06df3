"""The adaptive pace on virtual time: a server that can bear less for a minute, and how soon all of it is used again."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

import pytest

from tests.fakes.observing import RecordingObserver
from tests.fakes.pacing import RealPace
from tests.fakes.virtual_time import VirtualClock, run
from worker.core.guards import Limits, Tally
from worker.core.replies import Kind, Meaning, Reply
from worker.core.retry import Patience
from worker.core.steps import Priority
from worker.oversight import Oversight, Terms

DROP, BACK, END = 60.0, 120.0, 240.0
SETTLED = 10.0
"""Seconds after a change in which the worker may still be finding out."""


@dataclass
class Server:
    """Bears `capacity(now)` requests a second, a second's worth at once; beyond that 429. Answers take `latency` s."""

    capacity: Callable[[float], float]
    latency: float = 0.1
    slow: Callable[[float], bool] = lambda _: False
    seen: list[tuple[float, int]] = field(default_factory=list)
    _left: float = float("inf")
    _at: float = 0.0

    async def answer(self) -> Reply:
        """One request."""
        now = asyncio.get_running_loop().time()
        bears = self.capacity(now)
        self._left = min(max(bears, 1.0), self._left + (now - self._at) * bears)
        self._at = now
        status = 200 if self._left >= 1 else 429
        self._left -= status == HTTPStatus.OK
        self.seen.append((now, status))
        latency = self.latency * (10 if self.slow(now) else 1)
        await asyncio.sleep(latency)
        meaning = Meaning.PRESENT if status == HTTPStatus.OK else Meaning.THROTTLED
        return Reply(Kind.GET_CUSTOMER, meaning, f"http_{status}", status, ms=round(1000 * latency))

    def share_of_429(self, since: float, until: float) -> float:
        """How many of the requests of that time were too many."""
        statuses = [status for at, status in self.seen if since <= at < until]
        return statuses.count(429) / len(statuses)

    def rate(self, since: float, until: float) -> float:
        """Requests a second that were answered with what was asked for."""
        return sum(since <= at < until and status == HTTPStatus.OK for at, status in self.seen) / (until - since)


def worked(server: Server, rate: float, *, adaptive: bool = True, until: float = END) -> RecordingObserver:
    """So many seconds of requests to that server at that rate, at most."""
    observer = RecordingObserver()

    async def work() -> None:
        clock = VirtualClock()
        async with RealPace(rate, clock) as pace:
            terms = Terms(Limits(customers=10), Patience(), lambda: 0.5, adaptive=adaptive)
            oversight = Oversight(terms, Tally(), clock=clock, pace=pace, observer=observer)

            async def ask() -> None:
                while clock.now() < until:
                    began = clock.now()
                    await pace.permit(Priority.CUSTOMER)
                    oversight.weigh(await server.answer(), 0, began)

            await asyncio.gather(*(ask() for _ in range(2 + round(rate * server.latency * 3))))
            assert oversight.stop is None

    run(work())
    return observer


def quartered(rate: float) -> Callable[[float], float]:
    """The rate, but a quarter of it for a minute."""
    return lambda now: rate / 4 if DROP <= now < BACK else rate


@pytest.mark.parametrize("rate", [10.0, 40.0, 200.0])
@pytest.mark.parametrize("latency", [0.02, 0.3])
def test_a_server_that_bears_a_quarter_for_a_minute_is_spared_and_then_used_again(rate: float, latency: float) -> None:
    server = Server(quartered(rate), latency)
    observer = worked(server, rate)
    assert server.share_of_429(0, DROP) == 0
    assert server.share_of_429(DROP, DROP + SETTLED) > 0
    assert server.share_of_429(DROP + SETTLED, BACK) <= 0.01
    assert server.share_of_429(BACK, END) <= 0.01
    assert server.rate(BACK + 60, END) >= 0.9 * rate
    assert server.rate(DROP + SETTLED, BACK) >= 0.6 * rate / 4
    assert changes(observer)[-1] == (pytest.approx(rate), "no_more_trouble")


def changes(observer: RecordingObserver) -> list[tuple[object, object]]:
    """To which rates the pace was changed, and why."""
    return [(fields["to"], fields["why"]) for event, fields in observer.events if event == "pace_changed"]


def test_a_rate_that_is_not_adaptive_stays_whatever_the_answers_say() -> None:
    server = Server(quartered(40.0))
    assert changes(worked(server, 40.0, adaptive=False)) == []
    assert server.share_of_429(DROP + SETTLED, BACK) > 0.01


def test_without_trouble_the_rate_is_left_alone() -> None:
    server = Server(lambda _: 40.0)
    assert changes(worked(server, 40.0)) == []
    assert server.rate(1, END) >= 0.98 * 40.0


def test_a_lasting_lack_is_kept_to_without_swinging() -> None:
    """For ten minutes the server bears a quarter: little is wasted, little is asked in vain, and no wild swings."""
    server = Server(lambda _: 10.0)
    to = [limit for limit, _ in changes(worked(server, 40.0, until=600.0))]
    assert server.share_of_429(SETTLED, 600) <= 0.01
    assert server.rate(SETTLED, 600) >= 0.7 * 10.0
    later = [float(str(limit)) for limit in to[10:]]
    assert all(5.0 <= limit <= 20.0 for limit in later)


def test_answers_that_come_far_too_late_lower_the_rate_and_later_ones_raise_it_again() -> None:
    server = Server(lambda _: 40.0, slow=lambda now: DROP <= now < BACK)
    told = changes(worked(server, 40.0))
    assert told[0] == (pytest.approx(28.0), "slow_answers")
    assert told[-1] == (pytest.approx(40.0), "no_more_trouble")
    assert server.rate(BACK + 60, END) >= 0.9 * 40.0
