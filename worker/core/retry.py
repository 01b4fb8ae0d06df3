"""What follows an answer that is not final: wait, try again, give up, or end the run.

Decides by the answer, the tries so far and how long nobody has answered usefully. Waits use full jitter under one
retry budget for all, so that a struggling API is not beaten down. Never decides about a second DELETE: a DELETE
is never repeated without a new check.
"""

import math

from worker.core.guards import Stop, forbidden, out_of_reach, redirected, unauthorised
from worker.core.replies import SURPLUS, Kind, Meaning, Reply
from worker.core.values import Value, replace
from worker.errors import Exit

UNGRANTED = "it is the token that cannot be had: look at token_url or token_file, not at base_url"
"""Advice where the token service, not the API, is out of reach."""


class Patience(Value, frozen=True):
    """`attempts` tries of one read; waits between `base` x 2^n and `longest` seconds; `outage` seconds at the most."""

    attempts: int = 3
    base: float = 0.5
    longest: float = 30.0
    outage: float = 300.0

    def wait(self, misses: int, dice: float) -> float:
        """Full jitter: a random part (`dice` in 0..1) of a ceiling that doubles with each miss. Seconds."""
        return dice * min(self.longest, self.base * 2.0 ** min(misses, 16))


class RetryBudget(Value, frozen=True):
    """Retries that all customers share: each useful answer earns a tenth of one, up to a full purse."""

    purse: float = 50.0
    full: float = 50.0
    earned: float = 0.1

    def earn(self) -> "RetryBudget":
        """One useful answer came."""
        return self if self.purse >= self.full else replace(self, purse=min(self.full, self.purse + self.earned))

    def spend(self) -> "RetryBudget | None":
        """One retry, or None when there is none left."""
        return replace(self, purse=self.purse - 1.0) if self.purse >= 1.0 else None


class Silence(Value, frozen=True):
    """How long the API has been of no use to anybody. Times are monotonic seconds.

    `answered_at` is the last HTTP answer of any kind. `since` is the first miss (no answer, or a bare "wait") after
    the last useful one, and `misses` counts them, the last at `missed_at`.
    """

    answered_at: float
    since: float | None = None
    misses: int = 0
    missed_at: float = -math.inf

    def after(self, reply: Reply, began: float, now: float) -> "Silence":
        """The silence once this reply to a request that `began` then, or its absence, is known."""
        answered = reply.kind is not Kind.TOKEN and reply.status is not None
        if answered and reply.meaning is not Meaning.THROTTLED:
            return Silence(now)
        answered_at = now if answered else self.answered_at
        # Requests that were in flight together miss together: that is one miss, or back-off would leap.
        if began < self.missed_at:
            return replace(self, answered_at=answered_at)
        return Silence(answered_at, now if self.since is None else self.since, self.misses + 1, missed_at=now)

    def heard_nobody_since(self, began: float) -> bool:
        """Whether no HTTP answer has come from anybody since `began`: then no attempt is spent."""
        return self.answered_at < began


class Final(Value, frozen=True):
    """The reply stands: there is nothing to be gained by asking again."""


class Again(Value, frozen=True):
    """Ask again after `wait` seconds; with `park` nobody sends anything for that long; `spent` counts as a try."""

    wait: float
    park: bool
    spent: bool


class RenewToken(Value, frozen=True):
    """A 401: renew the token, and replay once."""


class Try(Value, frozen=True):
    """One try of a request: how many were spent before it, when it began and ended (monotonic s), dice in 0..1."""

    tries: int
    began: float
    now: float
    dice: float


Decision = Final | Again | RenewToken | Stop

_INSTANT = 0.001
"""Seconds too few to wait for: an end that rounding puts off for ever is none."""


def _surplus(_: Reply) -> Stop:
    """An answer too many on a connection: whose answer the next one would be, nobody could tell."""
    return Stop(
        Exit.PROTOCOL,
        "surplus_answer",
        "a connection held an answer that nobody had asked for, so answers can no longer be told apart",
        ("a proxy or load balancer on the way may repeat answers: ask the API's owner before going on",),
    )


_ENDS = {Meaning.FORBIDDEN: forbidden, Meaning.REDIRECTED: redirected, Meaning.NO_CREDENTIALS: unauthorised}
_CAUSES = {SURPLUS: _surplus}


def decide(reply: Reply, once: Try, silence: Silence, patience: Patience) -> Decision:
    """What to do about one reply; `silence` includes it already."""
    ends = _CAUSES.get(reply.cause, _ENDS.get(reply.meaning))
    if ends is not None:
        return ends(reply)
    match reply.meaning:
        case Meaning.UNAUTHORISED:
            return RenewToken()
        case Meaning.THROTTLED if reply.retry_after is not None:
            return _parked(reply, reply.retry_after, once, silence, patience)
        case Meaning.THROTTLED:
            return _backing_off(reply, once, silence, patience)
        case Meaning.UNANSWERED if reply.kind is Kind.DELETE:
            # It has left, so it counts. Whether the API is there at all, the reading back will show.
            return Final()
        case Meaning.NOT_SENT | Meaning.UNANSWERED if _nobody(reply, once, silence):
            return _backing_off(reply, once, silence, patience)
        case Meaning.NOT_SENT | Meaning.UNANSWERED if once.tries + 1 < patience.attempts:
            return Again(patience.wait(once.tries, once.dice), park=False, spent=True)
        case _:
            return Final()


def _nobody(reply: Reply, once: Try, silence: Silence) -> bool:
    """Whether asking is of no use to anybody: no token, or no HTTP answer to any request since this one began."""
    return reply.kind is Kind.TOKEN or (reply.status is None and silence.heard_nobody_since(once.began))


def _outage(patience: Patience, reply: Reply) -> Stop:
    stop = out_of_reach(patience.outage, reply)
    return replace(stop, advice=(*stop.advice, UNGRANTED)) if reply.kind is Kind.TOKEN else stop


def _left(once: Try, silence: Silence, patience: Patience) -> float:
    """Seconds of the outage budget that are left."""
    return patience.outage - (0.0 if silence.since is None else once.now - silence.since)


def _parked(reply: Reply, wait: float, once: Try, silence: Silence, patience: Patience) -> Again | Stop:
    """All work waits as it was told to, unless that would outlast the outage budget."""
    if wait > _left(once, silence, patience):
        return _outage(patience, reply)
    return Again(wait, park=True, spent=False)


def _backing_off(reply: Reply, once: Try, silence: Silence, patience: Patience) -> Again | Stop:
    """All work waits, but a wait of our own choosing leaves room for one more try at the end of the budget."""
    left = _left(once, silence, patience)
    if left < _INSTANT:
        return _outage(patience, reply)
    return Again(min(left, patience.wait(silence.misses, once.dice)), park=True, spent=False)
