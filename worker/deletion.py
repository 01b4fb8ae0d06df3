"""ONE customer: ask the core for the next step, perform it, record what came of it, and again, until it is settled.

Decides nothing about eligibility, retries or guards. It holds the two orders that everything rests on: the intent
is durable before the DELETE is handed over, and the outcome is recorded whatever happens to the run meanwhile.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import assert_never

from worker.asking import Asking
from worker.core.eligibility import Finding
from worker.core.facts import AttemptFact, CustomerFact, IntentFact, VerdictFact
from worker.core.guards import Stop, still_there, wrong_echo
from worker.core.lifecycle import Move, State, Verdict
from worker.core.replies import Kind, Meaning, Reply
from worker.core.retry import Again, RenewToken
from worker.core.steps import (
    Ask,
    Delete,
    Hold,
    Priority,
    Progress,
    Purpose,
    Renew,
    Rules,
    Settle,
    Step,
    answered,
    begins_lists,
    heard,
    is_fresh,
    next_step,
    renewed,
)
from worker.core.values import replace
from worker.hand import Hand
from worker.oversight import Oversight
from worker.ports import Claim, Clock, CustomerDeletes, CustomerReads, Ledger, Observer, Pace
from worker.vouching import Vouching


@dataclass(frozen=True, slots=True)
class Manner:
    """How customers are worked: what for, by which rules, and which successes are read back.

    `last_reading` is how long (s) the reading back may take once the run ends (`request_timeout`).
    """

    purpose: Purpose
    rules: Rules
    verify: Callable[[Claim], bool]
    last_reading: float


@dataclass(frozen=True, slots=True)
class Tools:
    """What the work on one customer needs of the world. `deletes` is None in `plan`: it cannot delete."""

    asking: Asking
    reads: CustomerReads
    deletes: CustomerDeletes | None
    ledger: Ledger
    pace: Pace
    clock: Clock
    observer: Observer


_TOO_LATE = frozenset({"clearance_too_old", "lease_lost"})
_CERTAIN = frozenset({Meaning.PRESENT, Meaning.CLEAR, Meaning.ABSENT})


class Deletion:
    """Works off one customer at a time; the same object serves all consumers."""

    def __init__(self, tools: Tools, oversight: Oversight, vouching: Vouching, manner: Manner) -> None:
        self._tools = tools
        self._oversight = oversight
        self._vouching = vouching
        self._manner = manner
        self.rules = manner.rules
        """By which rules customers are worked from now on; a changed rate changes how old a check may be."""

    async def settle(self, claim: Claim) -> None:
        """Take one customer to its verdict, or leave it as the ledger has it if the run ends first."""
        hand = Hand(claim, self._begin(claim))
        try:
            await self._work_off(hand)
        finally:
            if hand.placed:
                self._oversight.give_back(claim)

    async def _work_off(self, hand: Hand) -> None:
        while not hand.over:
            if self._oversight.stop is not None:
                await self._last_word(hand)
                return
            await self._perform(hand, self._next(hand))

    def _begin(self, claim: Claim) -> Progress:
        return Progress(
            claim.standing,
            self._manner.purpose,
            protected=claim.protected,
            answered_at=self._tools.clock.now(),  # of a success that an earlier run had, the time is not known
            verify=self._manner.verify(claim),
            sentinel=self._vouching.names(claim.number),
        )

    def _next(self, hand: Hand) -> Step:
        now = self._tools.clock.now()
        witnessed, first = self._oversight.belief.routed, self._oversight.lists.first
        return next_step(hand.progress, self.rules, now, witnessed=witnessed, first=first)

    async def _perform(self, hand: Hand, step: Step) -> None:
        match step:
            case Ask(kind, priority, after):
                if after:
                    await self._oversight.pause(after)
                if self._oversight.stop is None:  # else the last word follows, whose reading is bounded
                    await self._ask(hand, kind, priority)
            case Renew():
                hand.progress = renewed(hand.progress)
            case Delete():
                await self._delete(hand)
            case Hold():
                hand.over = True
                await self._record(hand, Move.HOLD, *hand.check())
                await self._vouching.held()
            case Settle():
                await self._settle(hand, step)
            case _:
                assert_never(step)

    async def _ask(self, hand: Hand, kind: Kind, priority: Priority) -> None:
        begins = begins_lists(hand.progress, kind)
        if begins:
            self._oversight.listed(kind)
        asked = await self._tools.asking.read(kind, hand.claim.number, priority, hand.claim.expected)
        reply = asked.reply
        hand.sent += asked.gets
        hand.progress = replace(hand.progress, gets=hand.progress.gets + asked.gets)
        if reply is None:
            return
        ends = self._oversight.stop is not None and reply.meaning not in _CERTAIN
        if ends and not hand.progress.standing.owed and reply.meaning is not Meaning.FORBIDDEN:
            return  # An answer that ended the run settles nobody: the customer was not reached.
        if reply.meaning is Meaning.FORBIDDEN:
            # It ends the run, and is tried last in later ones: first it would stop each of them at its start.
            hand.setback = True
            if not hand.progress.standing.owed:
                hand.over = True
                await self._write(hand, ())
                return
        hand.progress = heard(hand.progress, reply, asked.at)
        if begins:
            self._oversight.listed(kind, reply.meaning)
        if kind is Kind.GET_CUSTOMER and reply.meaning is Meaning.PRESENT:
            await self._vouching.found()

    async def _delete(self, hand: Hand) -> None:
        self._oversight.cleared()
        if not await self._placed(hand):
            return
        if not await self._intend(hand):
            return
        hand.placed = False  # from here on the ledger counts it
        began = self._tools.clock.now()
        reply = await self._send(hand)
        if isinstance(reply, Reply):
            await self._outcome(hand, reply, began)
        else:
            await self._record(hand, Move.GIVE_UP, AttemptFact(sent=False, status=None, ms=0, cause=reply))
            hand.progress = renewed(hand.progress)

    async def _intend(self, hand: Hand) -> bool:
        """Whether the intent is durable; the ledger has the last word on cap, halt and lease."""
        standing = hand.progress.standing.after(Move.INTEND)
        entry = hand.entry((*hand.check(), IntentFact(hand.intents + 1)), standing)
        outcome = await self._tools.ledger.intend(entry)
        if isinstance(outcome, Stop):
            self._oversight.halt(outcome)
            return False
        hand.intents += 1
        hand.recorded = standing
        hand.progress = replace(hand.progress, standing=standing)
        self._tools.observer.recorded(outcome)
        return True

    async def _placed(self, hand: Hand) -> bool:
        """Whether there is a place for this DELETE and the clearance is still fresh.

        Waiting for a place can take long. It is kept while the customer is looked at again: else all who wait would
        look again for each place that is given back, and one of them would get it.
        """
        if hand.progress.standing.charged:
            return True
        if not hand.placed and not await self._oversight.reserve(hand.claim):
            return False
        hand.placed = True
        return is_fresh(hand.progress, self.rules, self._tools.clock.now())

    async def _send(self, hand: Hand) -> Reply | str:
        """The DELETE's reply, or why it was given up unsent; the last tests come again right before its first byte."""
        problem = await self._tools.reads.ready()
        if problem is not None:
            self._oversight.weigh(problem, 0, self._tools.clock.now())
            return problem.cause
        permitted = await self._tools.pace.permit(Priority.DELETE)
        if not permitted or self._oversight.stop is not None or self._tools.deletes is None:
            return "run_ended"
        withheld = partial(self._withheld, hand)
        why = withheld()
        if why is not None:
            return why
        reply = await self._tools.deletes.delete(hand.claim.number, withheld)
        return reply.cause if reply.meaning is Meaning.NOT_SENT and reply.cause in _TOO_LATE else reply

    def _withheld(self, hand: Hand) -> str | None:
        """Why the DELETE must not leave: a process that was frozen finds clearance and lease run out as it wakes up."""
        if not is_fresh(hand.progress, self.rules, self._tools.clock.now()):
            return "clearance_too_old"
        return None if self._tools.ledger.may_send() else "lease_lost"

    async def _outcome(self, hand: Hand, reply: Reply, began: float) -> None:
        """Record what became of a DELETE, in one transaction with the verdict where nothing more is to be asked."""
        decision = self._oversight.weigh(reply, self.rules.deletes, began)
        again = isinstance(decision, Again) or (isinstance(decision, RenewToken) and not hand.replayed)
        hand.progress = answered(hand.progress, reply, self._tools.clock.now(), spent=not again)
        if reply.meaning is Meaning.WRONG_ECHO:
            self._oversight.halt(wrong_echo(*map(self._oversight.terms.called, (hand.claim.number.text, reply.echoed))))
        sent = reply.meaning is not Meaning.NOT_SENT
        hand.sent += sent
        attempt = AttemptFact(sent=sent, status=reply.status, ms=reply.ms, cause=reply.cause)
        step = self._next(hand)
        if isinstance(step, Settle):
            await self._settle(hand, step, attempt)
        else:
            hand.setback = reply.meaning is Meaning.FORBIDDEN
            await self._write(hand, (attempt,))
        if isinstance(decision, RenewToken):
            hand.replayed = await self._tools.asking.renewed(reply, replayed=hand.replayed)

    async def _last_word(self, hand: Hand) -> None:
        """The run ends: what has left is settled with one reading, what has not stays as the ledger has it."""
        if hand.progress.findings.customer is not Finding.SOME:
            hand.progress = replace(hand.progress, verify=False)
        left = hand.progress.standing.owed and hand.intents > hand.claim.intents
        if left and hand.progress.standing.state is not State.CONFIRMED and hand.progress.findings.customer is None:
            await self._oversight.pause(self.rules.settle_time)  # what it did may not show at once
            with suppress(TimeoutError):
                async with asyncio.timeout(self._manner.last_reading):
                    await self._ask(hand, Kind.GET_CUSTOMER, Priority.READ_BACK)
        step = self._next(hand)
        if isinstance(step, Settle):
            await self._settle(hand, step)
        elif left:
            await self._settle(hand, Settle(Verdict.IN_DOUBT, "run_ended", hand.progress.findings.evidence()))

    async def _settle(self, hand: Hand, step: Settle, *before: CustomerFact) -> None:
        verdict = VerdictFact(step.verdict, step.reason, step.evidence)
        hand.over = True
        await self._record(hand, step.move, *before, *hand.check(), verdict)
        self._oversight.ended(step.verdict, step.reason, hand.claim)
        self._oversight.spent = self._oversight.spent.after(step.verdict, hand.sent)
        if step.reason == "still_there_after_success":
            self._oversight.halt(still_there(self._oversight.terms.called(hand.claim.number.text)))

    async def _record(self, hand: Hand, move: Move, *facts: CustomerFact) -> None:
        hand.progress = replace(hand.progress, standing=hand.progress.standing.after(move))
        await self._write(hand, facts)

    async def _write(self, hand: Hand, facts: tuple[CustomerFact, ...]) -> None:
        """Record durably, whatever happens to this task: an outcome that is known must not be lost."""
        before, after = hand.recorded, hand.progress.standing
        records = await self._tools.ledger.record(hand.entry(facts, after))
        hand.recorded = after
        if before.charged and not after.charged:
            self._oversight.give_back(hand.claim)
        self._tools.observer.recorded(records)
