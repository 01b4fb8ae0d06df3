"""How fast the API can bear it: the rate falls when answers say that it is too high, and is raised again step by step.

Decides a rate from replies and the time alone, never above the one that is in force. It sends nothing and waits for
nothing: the pacer keeps to the rate, and Retry-After is waited out besides.
"""

import math
from collections.abc import Mapping
from typing import Final

from msgspec import field

from worker.core.replies import Kind, Reply
from worker.core.values import Value, replace

CUT: Final = 0.7
"""What is left of the rate after one sign of trouble."""
LEAST: Final = 0.01
"""The least share of the rate in force: slower than that would only look like standing still."""
_SLOW: Final = 4.0
_SLOW_IN_A_ROW: Final = 20
_QUICKEST: Final = 50.0
"""Milliseconds. Of quicker answers, four times as much says nothing: that may well be our own machine's doing."""
_SETTLING: Final = 1.5
"""By how much the floor of the latency is raised once slow answers have cut the rate: perhaps this is how it is now."""

_HELD_LEAST: Final = 20.0
_HELD_MOST: Final = 35.0
_HELD_FOR: Final = 120.0
"""A rate is held for the time of 120 requests, but for 20 seconds at least and 35 at most, before more is tried."""
_STEP: Final = 2.5
_ANSWERS: Final = 5.0
"""A step up lasts for so many seconds, and for the time of so many requests at least: its answers must be heard."""
_FIRST_STEP: Final = 0.05
_LONGEST_STEP: Final = 0.4
"""The first step up is by 5 %; each further one is twice as long, up to 40 %: what is safe far below is found fast."""

_TOO_MUCH: Final = frozenset({429, 503})
_TIMEOUTS: Final = frozenset({"timeout", "connect_timeout"})
_ACCIDENT: Final = 100.0
"""One timeout in the time of a hundred requests is an accident; with a second one it is a sign."""


class Latency(Value, frozen=True):
    """How long answers to one kind of request take: the least (ms), and how many in a row took four times that."""

    floor: float = math.inf
    slow: int = 0

    def after(self, ms: int) -> "Latency":
        """One more answer."""
        floor = min(self.floor, ms)
        return Latency(floor, self.slow + 1 if ms > _SLOW * max(floor, _QUICKEST) else 0)

    def settled(self) -> "Latency":
        """Perhaps slow answers are how it is now: the floor is raised, until a quick one shows that it is not."""
        return Latency(max(self.floor, _QUICKEST) * _SETTLING)


class Adaptive(Value, frozen=True):
    """What the API is believed to bear. `limit` is in requests a second, None while only the rate in force holds.

    `why` is what lowered it last. `proven` is a limit that was held without trouble, `cut_at` the time of the last cut,
    `due_at` that of the next step up, `step` its length, `timed_out_at` the time of the last timeout since then. Times
    are monotonic seconds.
    """

    limit: float | None = None
    why: str = ""
    proven: float = 0.0
    cut_at: float = -math.inf
    due_at: float = 0.0
    step: float = _FIRST_STEP
    latencies: Mapping[Kind, Latency] = field(default_factory=dict)
    timed_out_at: float = -math.inf

    def after(self, reply: Reply, now: float, rate: float) -> "Adaptive":
        """What is believed once this reply has come; `rate` is the one in force (requests a second)."""
        if reply.kind is Kind.TOKEN:
            return self
        heard = self._timed(reply)
        trouble = heard.trouble(reply)
        if trouble in _TIMEOUTS and now - self.timed_out_at > _ACCIDENT / rate:
            return replace(heard, timed_out_at=now)
        if trouble:
            # What was sent before the last cut met the old rate: it says nothing about the new one.
            return _cut(heard, trouble, now, rate) if now - reply.ms / 1000 > self.cut_at else heard
        if heard.limit is None or reply.status is None or now < heard.due_at:
            return heard
        return _raised(heard, heard.limit, now, rate)

    def trouble(self, reply: Reply) -> str:
        """Why this reply says that the rate is too high; empty if it does not."""
        if reply.status in _TOO_MUCH:
            return f"http_{reply.status}"
        if reply.status is None and reply.cause in _TIMEOUTS:
            return reply.cause
        return "slow_answers" if self.slow(reply.kind) >= _SLOW_IN_A_ROW else ""

    def slow(self, kind: Kind) -> int:
        """How many answers in a row were slow."""
        return self.latencies.get(kind, Latency()).slow

    def _timed(self, reply: Reply) -> "Adaptive":
        if reply.status is None:
            return self
        latency = self.latencies.get(reply.kind, Latency()).after(reply.ms)
        if latency == self.latencies.get(reply.kind):
            return self
        return replace(self, latencies={**self.latencies, reply.kind: latency})


def _cut(state: Adaptive, why: str, now: float, rate: float) -> Adaptive:
    """Once a round trip, to `CUT` of it; but what was proven before this try of more, one trouble does not unmake."""
    before = rate if state.limit is None else min(state.limit, rate)
    tried = state.limit is not None and before > state.proven
    limit = max(before * CUT, state.proven if tried else 0.0, rate * LEAST)
    settled = {kind: one.settled() if one.slow else one for kind, one in state.latencies.items()}
    held = min(max(_HELD_FOR / limit, _HELD_LEAST), _HELD_MOST)
    return Adaptive(limit, why, proven=limit, cut_at=now, due_at=now + held, latencies=settled)


def _raised(state: Adaptive, limit: float, now: float, rate: float) -> Adaptive:
    """One step up; at the rate in force there is nothing left to hold back."""
    raised = limit * (1 + state.step)
    if raised >= rate:
        return Adaptive(cut_at=state.cut_at, latencies=state.latencies)
    due_at = now + max(_STEP, _ANSWERS / raised)
    return replace(state, limit=raised, due_at=due_at, step=min(2 * state.step, _LONGEST_STEP))
