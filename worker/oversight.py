"""The one owner of what all customers of a run share: may we delete, may we go on, who has answered.

Decides nothing by itself: it keeps the core's values (tally, belief, silence, retry budget), folds what happens
into them without ever awaiting in between, and tells everybody when the run must end.
"""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from traceback import extract_tb

from msgspec import Struct

from worker.core.adaptive import Adaptive
from worker.core.belief import Belief
from worker.core.economy import Spent
from worker.core.eligibility import LISTS
from worker.core.guards import Limits, Stop, Tally, broken, objection, reserve
from worker.core.lifecycle import State, Verdict
from worker.core.ordering import Lists
from worker.core.pseudonym import Pseudonyms
from worker.core.ramp import Ramp, climb
from worker.core.replies import Kind, Meaning, Reply
from worker.core.retry import Again, Decision, Final, Patience, RetryBudget, Silence, Try, decide
from worker.core.values import replace
from worker.errors import Exit
from worker.ports import Claim, Clock, Observer, Pace

_OVERRIDING = frozenset({Exit.BROKEN, Exit.NOT_DURABLE})


class Terms(Struct, frozen=True):
    """What a run is bound by: limits, patience, and dice in 0..1 for jitter; `lists` is what earlier runs learned.

    With `adaptive` the rate is lowered while the answers say that it is too high. With `pseudonyms` no message names a
    number.
    """

    limits: Limits
    patience: Patience
    dice: Callable[[], float]
    lists: Lists = Lists()
    adaptive: bool = False
    pseudonyms: Pseudonyms | None = None

    def called(self, number: str) -> str:
        """What a customer is called in whatever leaves the process."""
        return number if self.pseudonyms is None or not number else self.pseudonyms.of(number)

    def spoken(self, bug: Exception) -> str:
        """What may be told of an error that nobody foresaw: its text may hold a URL, and that a number."""
        if self.pseudonyms is None:
            return f"{type(bug).__name__}: {bug}"
        where = (f"{each.name}:{each.lineno}" for each in reversed(extract_tb(bug.__traceback__)))
        return f"{type(bug).__name__} in {', called by '.join(where)}"


class Oversight:
    """Shared state of one run. No method awaits between a look at the tally and its change: none reaches N + 1."""

    def __init__(self, terms: Terms, tally: Tally, *, clock: Clock, pace: Pace, observer: Observer) -> None:
        self.terms = terms
        self.tally = tally
        self.belief = Belief()
        self.lists = terms.lists
        self.spent = Spent()
        self.bearing = Adaptive()
        self.stop: Stop | None = None
        self._stopped = asyncio.Event()
        self._stirred = asyncio.Event()
        self._placed: set[int] = set()
        self._ramp = Ramp() if terms.limits.ramp else None
        self._ramped: set[int] = set()
        self._silence = Silence(answered_at=clock.now())
        self._budget = RetryBudget()
        self.clock = clock
        self._pace = pace
        self._observer = observer

    def halt(self, stop: Stop) -> None:
        """End the run: nothing new is sent from here on. The first cause counts, but for 70 and 74."""
        if self.stop is None or (stop.exit in _OVERRIDING and self.stop.exit not in _OVERRIDING):
            self.stop = stop
            self._observer.told("stopping", exit_code=int(stop.exit), why=stop.why, message=stop.message)
        self._stopped.set()
        self._stir()
        self._pace.wind_down()

    def set_cap(self, most: int | None) -> None:
        """Another cap on deletions, from now on. Whoever waits for a place looks again."""
        self.terms = replace(self.terms, limits=replace(self.terms.limits, max_deletes=most))
        self._stir()

    def denied(self) -> None:
        """A permit was refused: that must be because the run ends, or nobody would ever get one again."""
        if self.stop is None:
            self.halt(broken("the pace gives no permits although the run goes on"))

    async def pause(self, seconds: float) -> None:
        """Wait that long, or until the run ends; once it has ended, waits are sat out."""
        if self.stop is not None:
            await self.clock.sleep(seconds)
            return
        try:
            async with asyncio.timeout(seconds):
                await self._stopped.wait()
        except TimeoutError:
            return

    async def reserve(self, claim: Claim) -> bool:
        """Take a place under the caps for one DELETE; False if there is none, which ends the run.

        A full cap ends it only when nobody in flight can give a place back: else more customers in flight than places
        would stop each other before the first DELETE. A full stage of the ramp is waited for.
        """
        while self.stop is None:
            outcome = reserve(self.tally, self.terms.limits)
            if not isinstance(outcome, Stop):
                if self._climbed(claim):
                    self.tally = outcome
                    self._placed.add(claim.id)
                    return True
                if self.stop is None:
                    await self._stirred.wait()
            elif outcome.why != "max_deletes" or not self._placed:
                self.halt(outcome)
            else:
                await self._stirred.wait()
        return False

    def _climbed(self, claim: Claim) -> bool:
        """Whether the stage of the ramp, if there is one, has a place; a stage that went badly ends the run."""
        if self._ramp is None or self._ramp.over:
            return True
        step = climb(self._ramp, self.terms.limits.max_failure_share)
        if isinstance(step, Ramp):
            self._ramp = step
            self._ramped.add(claim.id)
            return True
        if step is not None:
            self.halt(step)
        return False

    def give_back(self, claim: Claim) -> None:
        """A DELETE certainly had no effect: its place is free again."""
        self.tally = self.tally.given_back()
        self._left(claim)

    def _left(self, claim: Claim) -> None:
        """This customer's place is free, or taken for good."""
        self._placed.discard(claim.id)
        if self._ramp is not None and claim.id in self._ramped:
            self._ramped.remove(claim.id)
            self._ramp = self._ramp.landed()
        self._stir()

    def _stir(self) -> None:
        """Let those look again who wait for a place."""
        self._stirred.set()
        self._stirred.clear()

    def ended(self, verdict: Verdict, reason: str, claim: Claim | None = None) -> None:
        """A customer has its verdict: count it, and end the run if that is one too many."""
        doubts = self.tally.in_doubt
        doubtful = claim is not None and claim.standing.state is State.IN_DOUBT
        self.tally = self.tally.with_ending(verdict, reason, was_in_doubt=doubtful)
        self._ramp = self._ramp and self._ramp.with_ending(verdict)
        grown = self.tally.in_doubt > doubts
        # A run that settles doubts must not be stopped because there are many of them.
        stop = objection(self.tally, self.terms.limits if grown else replace(self.terms.limits, max_in_doubt=None))
        if stop is not None and self.stop is None:
            self.halt(stop)
        if claim is not None:
            self._left(claim)

    def cleared(self) -> None:
        """Some customer passed all three reads: the answers do fit what is believed of the API."""
        self.tally = self.tally.with_pass()

    def listed(self, kind: Kind, meaning: Meaning | None = None) -> None:
        """A customer begins with this list, and then: it was answered so."""
        if meaning is None:
            self.lists = self.lists.begun(kind)
        elif meaning is Meaning.PRESENT:
            self.lists = self.lists.settled(kind)

    def counts(self) -> dict[str, int]:
        """What this run has learned and spent, to be kept with what it sent."""
        before = self.terms.lists.counts()
        learned = {name: count - before[name] for name, count in self.lists.counts().items()}
        return {**learned, **self.spent.counts()}

    def weigh(self, reply: Reply, tries: int, began: float) -> Decision:
        """What follows from one reply, for the request and for everybody: waits are parked, ends are halted."""
        now = self.clock.now()
        self._observer.replied(reply)
        self._silence = self._silence.after(reply, began, now)
        self._learn(reply)
        self._adapt(reply, now)
        once = Try(tries, began, now, self.terms.dice())
        decision = decide(reply, once, self._silence, self.terms.patience)
        match decision:
            case Stop():
                self.halt(decision)
            case Again(wait, park=True):
                self._pace.park(wait, reply.cause)
                self._observer.told("parked", seconds=round(wait, 3), why=reply.cause)
            case Again(spent=True):
                return self._afforded(decision, reply.cause)
            case _:
                pass
        return decision

    def _afforded(self, again: Again, why: str) -> Again | Final:
        """A retry costs: with an empty purse the reply stands as it is."""
        budget = self._budget.spend()
        if budget is None:
            self._observer.told("retry_budget_empty")
            return Final()
        self._budget = budget
        self._observer.told("retry", seconds=round(again.wait, 3), why=why)
        return again

    def _adapt(self, reply: Reply, now: float) -> None:
        """Keep to what the API can bear, as far as its answers tell."""
        before, rate = self.bearing.limit, self._pace.rate
        after = self.bearing = self.bearing.after(reply, now, rate)
        if after.limit == before or not self.terms.adaptive:
            return
        self._pace.limit(after.limit, after.why)
        lower = after.limit is not None and after.limit < (before or rate)
        told = {"from": round(before or rate, 3), "to": round(after.limit or rate, 3)}
        self._observer.told("pace_changed", **told, why=after.why if lower else "no_more_trouble")

    def _learn(self, reply: Reply) -> None:
        if reply.meaning in (Meaning.PRESENT, Meaning.CLEAR, Meaning.ABSENT, Meaning.DELETED):
            self._budget = self._budget.earn()
        if reply.kind in LISTS and reply.status == HTTPStatus.OK and reply.meaning in (Meaning.PRESENT, Meaning.CLEAR):
            self.belief = self.belief.listed()
