"""What a run needs besides: leave to send, its share of a rate, the time, and those who look on.

Decides nothing.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

from worker.core.facts import Record
from worker.core.replies import Reply
from worker.core.steps import Priority


class Pace(Protocol):
    """The campaign's rate, under one owner."""

    async def permit(self, priority: Priority) -> bool:
        """Wait for leave to send one request; False when the run winds down and nothing new may be sent."""

    def park(self, seconds: float, why: str) -> None:
        """Nobody gets a permit for that long; a longer park is not shortened."""

    def hold(self, why: str | None) -> None:
        """While there is a reason, only READ_BACK gets permits, and everybody else waits; None lets all go on."""

    @property
    def rate(self) -> float:
        """Requests a second, at most: what was set, whatever limit is below it."""

    def set_rate(self, rate: float) -> None:
        """So many requests a second, at most, from now on."""

    def limit(self, rate: float | None, why: str) -> None:
        """So many requests a second, while that is less than what was set, and why; None: what was set holds alone."""

    def wind_down(self) -> None:
        """From now on only READ_BACK gets permits; everybody else who waits is told False."""


class RateShare(Protocol):
    """A part of a rate that several processes share. `share` is how many a second this one may count on."""

    @property
    def share(self) -> float:
        """Requests a second; the group's rate, divided by those who are there."""

    async def slots(self, wanted: int) -> Sequence[float]:
        """Up to so many moments (monotonic s) that are this process's alone to send one request each.

        Waits while others must make room, and while nobody can say whose turn it is.
        """

    def set_rate(self, rate: float) -> None:
        """What this member wants the whole group to keep to; the smallest of all members holds."""


class Clock(Protocol):
    """Time: monotonic seconds for ages and waits."""

    def now(self) -> float:
        """Seconds on a monotonic clock."""

    async def sleep(self, seconds: float) -> None:
        """Wait for that long."""


class Observer(Protocol):
    """Whoever wants to know: log, metrics, progress. Observers never decide and never fail a run."""

    def recorded(self, records: Iterable[Record]) -> None:
        """Facts that have just become durable."""

    def replied(self, reply: Reply) -> None:
        """One request came back, or did not."""

    def told(self, event: str, **fields: object) -> None:
        """Something worth a log line that is no fact: parked, throttled, outage, retry."""
