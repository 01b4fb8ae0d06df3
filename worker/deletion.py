"""ONE customer: ask the core for the next step, perform it, record what came of it, and again, until it is settled.

Decides nothing about eligibility, retries or guards. It holds the two orders that everything rests on: the intent
is durable before the DELETE is handed over, and the outcome is recorded whatever happens to the run meanwhile.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import assert_never

from worker.asking import Asking
from worker.core.eligibility import Finding
from worker.core.facts import AttemptFact, CheckFact, CustomerFact, IntentFact, VerdictFact
from worker.core.guards import Stop, still_there, wrong_echo
from worker.core.lifecycle import Move, Standing, State, Verdict
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
from worker.oversight import Oversight
from worker.ports import Claim, Clock, CustomerDeletes, CustomerReads, Entry, Ledger, Observer, Pace
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
        work = _Work(claim, self._begin(claim))
        try:
            await self._work_off(work)
        finally:
            if work.placed:
                self._oversight.give_back(claim)

    async def _work_off(self, work: "_Work") -> None:
        while not work.over:
            if self._oversight.stop is not None:
                await self._last_word(work)
                return
            await self._perform(work, self._next(work))

    def _begin(self, claim: Claim) -> Progress:
        return Progress(
            claim.standing,
            self._manner.purpose,
            protected=claim.protected,
            answered_at=self._tools.clock.now(),  # of a success that an earlier run had, the time is not known
            verify=self._manner.verify(claim),
        )

    def _next(self, work: "_Work") -> Step:
        now = self._tools.clock.now()
        witnessed, first = self._oversight.belief.routed, self._oversight.lists.first
        return next_step(work.progress, self.rules, now, witnessed=witnessed, first=first)

    async def _perform(self, work: "_Work", step: Step) -> None:
        match step:
            case Ask(kind, priority, after):
                if after:
                    await self._oversight.pause(after)
                if self._oversight.stop is None:  # else the last word follows, whose reading is bounded
                    await self._ask(work, kind, priority)
            case Renew():
                work.progress = renewed(work.progress)
            case Delete():
                await self._delete(work)
            case Hold():
                work.over = True
                await self._record(work, Move.HOLD, *work.check())
                await self._vouching.held()
            case Settle():
                await self._settle(work, step)
            case _:
                assert_never(step)

    async def _ask(self, work: "_Work", kind: Kind, priority: Priority) -> None:
        begins = begins_lists(work.progress, kind)
        if begins:
            self._oversight.listed(kind)
        asked = await self._tools.asking.read(kind, work.claim.number, priority, work.claim.expected)
        reply = asked.reply
        work.sent += asked.gets
        work.progress = replace(work.progress, gets=work.progress.gets + asked.gets)
        if reply is None:
            return
        ends = self._oversight.stop is not None and reply.meaning not in _CERTAIN
        if ends and not work.progress.standing.owed and reply.meaning is not Meaning.FORBIDDEN:
            return  # An answer that ended the run settles nobody: the customer was not reached.
        if reply.meaning is Meaning.FORBIDDEN:
            # It ends the run, and is tried last in later ones: first it would stop each of them at its start.
            work.setback = True
            if not work.progress.standing.owed:
                work.over = True
                await self._write(work, ())
                return
        work.progress = heard(work.progress, reply, asked.at)
        if begins:
            self._oversight.listed(kind, reply.meaning)
        if kind is Kind.GET_CUSTOMER and reply.meaning is Meaning.PRESENT:
            await self._vouching.found()

    async def _delete(self, work: "_Work") -> None:
        self._oversight.cleared()
        if not await self._placed(work):
            return
        if not await self._intend(work):
            return
        work.placed = False  # from here on the ledger counts it
        began = self._tools.clock.now()
        reply = await self._send(work)
        if isinstance(reply, Reply):
            await self._outcome(work, reply, began)
        else:
            await self._record(work, Move.GIVE_UP, AttemptFact(sent=False, status=None, ms=0, cause=reply))
            work.progress = renewed(work.progress)

    async def _intend(self, work: "_Work") -> bool:
        """Whether the intent is durable; the ledger has the last word on cap, halt and lease."""
        standing = work.progress.standing.after(Move.INTEND)
        entry = work.entry((*work.check(), IntentFact(work.intents + 1)), standing)
        outcome = await self._tools.ledger.intend(entry)
        if isinstance(outcome, Stop):
            self._oversight.halt(outcome)
            return False
        work.intents += 1
        work.recorded = standing
        work.progress = replace(work.progress, standing=standing)
        self._tools.observer.recorded(outcome)
        return True

    async def _placed(self, work: "_Work") -> bool:
        """Whether there is a place for this DELETE and the clearance is still fresh.

        Waiting for a place can take long. It is kept while the customer is looked at again: else all who wait would
        look again for each place that is given back, and one of them would get it.
        """
        if work.progress.standing.charged:
            return True
        if not work.placed and not await self._oversight.reserve(work.claim):
            return False
        work.placed = True
        return is_fresh(work.progress, self.rules, self._tools.clock.now())

    async def _send(self, work: "_Work") -> Reply | str:
        """The DELETE's reply, or why it was given up unsent. No await between the last tests and the hand-over."""
        problem = await self._tools.reads.ready()
        if problem is not None:
            self._oversight.weigh(problem, 0, self._tools.clock.now())
            return problem.cause
        permitted = await self._tools.pace.permit(Priority.DELETE)
        if not permitted or self._oversight.stop is not None or self._tools.deletes is None:
            return "run_ended"
        if not is_fresh(work.progress, self.rules, self._tools.clock.now()):
            return "clearance_too_old"
        if not self._tools.ledger.may_send():
            return "lease_lost"
        return await self._tools.deletes.delete(work.claim.number)

    async def _outcome(self, work: "_Work", reply: Reply, began: float) -> None:
        """Record what became of a DELETE, in one transaction with the verdict where nothing more is to be asked."""
        decision = self._oversight.weigh(reply, self.rules.deletes, began)
        again = isinstance(decision, Again) or (isinstance(decision, RenewToken) and not work.replayed)
        work.progress = answered(work.progress, reply, self._tools.clock.now(), spent=not again)
        if reply.meaning is Meaning.WRONG_ECHO:
            self._oversight.halt(wrong_echo(*map(self._oversight.terms.called, (work.claim.number.text, reply.echoed))))
        sent = reply.meaning is not Meaning.NOT_SENT
        work.sent += sent
        attempt = AttemptFact(sent=sent, status=reply.status, ms=reply.ms, cause=reply.cause)
        step = self._next(work)
        if isinstance(step, Settle):
            await self._settle(work, step, attempt)
        else:
            work.setback = reply.meaning is Meaning.FORBIDDEN
            await self._write(work, (attempt,))
        if isinstance(decision, RenewToken):
            work.replayed = await self._tools.asking.renewed(reply, replayed=work.replayed)

    async def _last_word(self, work: "_Work") -> None:
        """The run ends: what has left is settled with one reading, what has not stays as the ledger has it."""
        if work.progress.findings.customer is not Finding.SOME:
            work.progress = replace(work.progress, verify=False)
        left = work.progress.standing.owed and work.intents > work.claim.intents
        if left and work.progress.standing.state is not State.CONFIRMED and work.progress.findings.customer is None:
            await self._oversight.pause(self.rules.settle_time)  # what it did may not show at once
            with suppress(TimeoutError):
                async with asyncio.timeout(self._manner.last_reading):
                    await self._ask(work, Kind.GET_CUSTOMER, Priority.READ_BACK)
        step = self._next(work)
        if isinstance(step, Settle):
            await self._settle(work, step)
        elif left:
            await self._settle(work, Settle(Verdict.IN_DOUBT, "run_ended", work.progress.findings.evidence()))

    async def _settle(self, work: "_Work", step: Settle, *before: CustomerFact) -> None:
        verdict = VerdictFact(step.verdict, step.reason, step.evidence)
        work.over = True
        await self._record(work, step.move, *before, *work.check(), verdict)
        self._oversight.ended(step.verdict, step.reason, work.claim)
        self._oversight.spent = self._oversight.spent.after(step.verdict, work.sent)
        if step.reason == "still_there_after_success":
            self._oversight.halt(still_there(self._oversight.terms.called(work.claim.number.text)))

    async def _record(self, work: "_Work", move: Move, *facts: CustomerFact) -> None:
        work.progress = replace(work.progress, standing=work.progress.standing.after(move))
        await self._write(work, facts)

    async def _write(self, work: "_Work", facts: tuple[CustomerFact, ...]) -> None:
        """Record durably, whatever happens to this task: an outcome that is known must not be lost."""
        before, after = work.recorded, work.progress.standing
        records = await self._tools.ledger.record(work.entry(facts, after))
        work.recorded = after
        if before.charged and not after.charged:
            self._oversight.give_back(work.claim)
        self._tools.observer.recorded(records)


class _Work:
    """What is in hand for one customer: the progress, the standing as last recorded, intents ever, one replay.

    `sent` counts this run's requests. `placed`: it holds a place under the caps that the ledger does not count yet.
    """

    def __init__(self, claim: Claim, progress: Progress) -> None:
        self.claim = claim
        self.progress = progress
        self.recorded: Standing = claim.standing
        self.intents = claim.intents
        self.sent = 0
        self.replayed = False
        self.setback = False
        self.placed = False
        self.over = False

    def entry(self, facts: tuple[CustomerFact, ...], after: Standing) -> Entry:
        """What is to be recorded now, on top of what was recorded last."""
        claim = replace(self.claim, standing=self.recorded)
        return Entry(claim, facts, after, setback=self.setback, over=self.over)

    def check(self) -> tuple[CheckFact, ...]:
        """The fact of the pass that ends here, if it asked anything."""
        progress = self.progress
        return (CheckFact(progress.findings.evidence(), progress.gets),) if progress.gets else ()
