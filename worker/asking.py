"""One GET, asked until its answer stands: readiness, permit, request, retry, one replay after a 401.

Decides nothing of its own: `core.retry` weighs each reply. It never sends a DELETE, and it asks no more once the
run winds down, except for reading back.
"""

from collections.abc import Awaitable, Callable

from worker.core.customer import CustomerNo
from worker.core.guards import unauthorised
from worker.core.replies import Kind, Meaning, Reply
from worker.core.retry import Again, RenewToken
from worker.core.steps import Priority
from worker.core.values import Value, replace
from worker.oversight import Oversight
from worker.ports import Clock, CustomerReads, Pace, Renewal


class Heard(Value, frozen=True):
    """A read that is over: the reply that stands (None: none), the GETs sent for it, when its last was sent (s)."""

    reply: Reply | None
    gets: int
    at: float = 0.0


class Asking:
    """The three reads, each brought to a reply that stands."""

    def __init__(self, reads: CustomerReads, pace: Pace, oversight: Oversight, clock: Clock) -> None:
        self._reads = reads
        self._pace = pace
        self._oversight = oversight
        self._clock = clock
        self._lists: dict[Kind, Callable[[CustomerNo], Awaitable[Reply]]] = {
            Kind.GET_DOCUMENTS: reads.get_documents,
            Kind.GET_ARITEMS: reads.get_aritems,
        }

    async def read(self, kind: Kind, number: CustomerNo, priority: Priority, expected: str | None = None) -> Heard:
        """The reply that stands; no reply at all if the run ended before there was one."""
        tries, gets, replayed = 0, 0, False
        ending = self._oversight.stop is not None
        while True:
            began = self._clock.now()
            reply, asked_at = await self._once(kind, number, priority, expected)
            if reply is None:
                return Heard(None, gets)
            gets += reply.kind is kind and reply.meaning is not Meaning.NOT_SENT
            decision = self._oversight.weigh(reply, tries, began)
            if isinstance(decision, RenewToken):
                if await self.renewed(reply, replayed=replayed):
                    replayed = True
                    continue
                return Heard(replace(reply, kind=kind), gets, asked_at)
            if not isinstance(decision, Again):
                # What the token service refused, this read was refused.
                return Heard(reply if reply.kind is kind else replace(reply, kind=kind), gets, asked_at)
            tries += decision.spent
            await self._wait(decision, reply)
            if self._oversight.stop is not None and not ending:
                return Heard(None, gets)  # The last reading of what has left is bounded, and comes next.

    async def _once(
        self, kind: Kind, number: CustomerNo, priority: Priority, expected: str | None
    ) -> tuple[Reply | None, float]:
        """One try, and when it was sent."""
        problem = await self._reads.ready()
        if problem is not None:
            return problem, self._clock.now()
        if not await self._pace.permit(priority):
            self._oversight.denied()
            return None, self._clock.now()
        asked_at = self._clock.now()
        return await self._sent(kind, number, expected), asked_at

    def _sent(self, kind: Kind, number: CustomerNo, expected: str | None) -> Awaitable[Reply]:
        return self._reads.get_customer(number, expected) if kind is Kind.GET_CUSTOMER else self._lists[kind](number)

    async def renewed(self, reply: Reply, *, replayed: bool) -> bool:
        """After a 401: whether a fresh token is at hand. A second 401, or a token that cannot change, ends the run."""
        renewal = Renewal.REFUSED if replayed else await self._reads.renew(reply)
        match renewal:
            case Renewal.RENEWED | Renewal.OUT_OF_REACH:
                # Out of reach: the next readiness test meets it again, and parks everybody there.
                return True
            case Renewal.FIXED | Renewal.REFUSED:
                self._oversight.halt(unauthorised(reply))
                return False

    async def _wait(self, again: Again, reply: Reply) -> None:
        """Sit out the wait of a retry; a parked one is sat out at the pace, by everybody who has come that far."""
        if reply.kind is Kind.TOKEN or not again.park:
            await self._oversight.pause(again.wait)
