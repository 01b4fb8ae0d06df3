"""The API's port without a network: the world behind it, and whatever strikes on the way.

Decides how an honest answer looks, and lets a `Strike` change it. Every answer is weighed by `core.replies`, as the
real client does; a request is in the world's ledger before anything is awaited.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from tests.fakes.fate import Fate
from tests.fakes.world import Effect, Wire, World
from worker.core.customer import CustomerNo
from worker.core.replies import Answer, AnswerRules, Asked, Kind, Meaning, NoAnswer, Reply, understand
from worker.core.values import replace
from worker.ports import Renewal

CLIENT = 2218


@dataclass(frozen=True)
class Strike:
    """What happens to one request. Times are seconds.

    `reaches`: the server carries it out, `late` seconds after it came, or `twice`. `answer` stands in for the honest
    one. `stale` is how old a read's answer is, `echo` the number that a success names instead. `hidden`: for so long
    reads do not show what the DELETE did. `before`: what other people do right before it is carried out. `shy`: a list
    announces its records without showing one.
    """

    up: float = 0.05
    down: float = 0.05
    reaches: bool = True
    late: float = 0.0
    twice: bool = False
    answer: Answer | NoAnswer | None = None
    stale: float = 0.0
    echo: str | None = None
    hidden: float = 0.0
    before: Literal["", "document", "removal"] = ""
    shy: bool = False


FAIR = Strike()
REFUSED = Strike(reaches=False, answer=NoAnswer(sent=False, cause="refused"))


def lost(*, reaches: bool, wait: float = 30.0, late: float = 0.0) -> Strike:
    """No answer comes; what was asked is carried out or not."""
    return Strike(down=wait, reaches=reaches, late=late, answer=NoAnswer(sent=True, cause="timeout"))


def answered(status: int, body: object = None, *, reaches: bool = False, retry_after: float | None = None) -> Strike:
    """That answer, whatever was asked; it is carried out or not."""
    return Strike(reaches=reaches, answer=Answer(status, body, retry_after=retry_after))


class Faults(Protocol):
    """Who strikes."""

    def strike(self, kind: Kind, number: str, now: float) -> Strike:
        """What happens to this request."""


@dataclass
class Scripted:
    """Strikes by kind and number, used up in their order; `always` by kind; otherwise all is fair."""

    once: dict[tuple[Kind, str], list[Strike]] = field(default_factory=dict)
    always: dict[Kind, Strike] = field(default_factory=dict)

    def strike(self, kind: Kind, number: str, now: float) -> Strike:
        waiting = self.once.get((kind, number))
        return waiting.pop(0) if waiting else self.always.get(kind, FAIR)


@dataclass
class Tokens:
    """The token service: until when (s) the token is accepted, what a renewal brings, since when there is a token.

    `lifetime` is how long a renewed token lasts.
    """

    expires_at: float = float("inf")
    renewal: Renewal = Renewal.RENEWED
    lifetime: float = float("inf")
    unreachable_from: float = float("-inf")
    unreachable_until: float = float("-inf")
    refuses: bool = False
    number: int = 1
    renewals: int = 0

    def trouble(self, now: float) -> Reply | None:
        """Why there is no token at hand, if there is none."""
        if self.refuses:
            return Reply(Kind.TOKEN, Meaning.NO_CREDENTIALS, "token_http_400", 400)
        if self.unreachable_from <= now < self.unreachable_until:
            return Reply(Kind.TOKEN, Meaning.NOT_SENT, "refused")
        return None

    def renew(self, credential: int, now: float) -> Renewal:
        """One shared renewal of the token with that number."""
        if credential != self.number:
            return Renewal.RENEWED
        if self.unreachable_from <= now < self.unreachable_until:
            return Renewal.OUT_OF_REACH
        if self.renewal is Renewal.RENEWED:
            self.number += 1
            self.renewals += 1
            self.expires_at = now + self.lifetime
        return self.renewal


class FakeApi:
    """CustomerReads and CustomerDeletes over a world."""

    def __init__(self, world: World, faults: Faults, tokens: Tokens, fate: Fate) -> None:
        self._world = world
        self._faults = faults
        self._tokens = tokens
        self._fate = fate
        self.rules = AnswerRules()

    async def ready(self) -> Reply | None:
        await self._fate.pass_by()
        return self._tokens.trouble(_now())

    async def renew(self, reply: Reply) -> Renewal:
        await self._fate.pass_by()
        return self._tokens.renew(reply.credential, _now())

    async def get_customer(self, number: CustomerNo, expected: str | None = None) -> Reply:
        return await self._call(Kind.GET_CUSTOMER, number)

    async def get_documents(self, number: CustomerNo) -> Reply:
        return await self._call(Kind.GET_DOCUMENTS, number)

    async def get_aritems(self, number: CustomerNo) -> Reply:
        return await self._call(Kind.GET_ARITEMS, number)

    async def delete(self, number: CustomerNo, withheld: Callable[[], str | None] | None = None) -> Reply:
        why = None if withheld is None else withheld()
        return await self._call(Kind.DELETE, number) if why is None else Reply(Kind.DELETE, Meaning.NOT_SENT, why)

    async def _call(self, kind: Kind, number: CustomerNo) -> Reply:
        credential, began = self._tokens.number, _now()
        strike = self._strike(kind, number.text, began)
        answer: Answer | NoAnswer
        wire: Wire | None = None
        if isinstance(strike.answer, NoAnswer) and not strike.answer.sent:
            answer = strike.answer
            await self._wait(strike.up)
        else:
            wire = self._world.wire(kind, number.text, began)
            effect = self._carried_out(kind, number.text, began, strike)
            await self._wait(strike.up)
            if strike.answer is None:
                answer = self._honest(kind, number.text, strike, effect)
                wire.said = None if strike.echo else _said(kind, answer)
            else:
                answer = strike.answer
            await self._wait(strike.down)
        reply = understand(kind, answer, Asked(CLIENT, number), self.rules)
        if wire is not None:
            wire.back_at, wire.back_order, wire.meaning = _now(), self._world.order.next(), reply.meaning
            wire.retry_after = reply.retry_after
        return replace(reply, credential=credential, ms=round(1000 * (_now() - began)))

    def _strike(self, kind: Kind, number: str, now: float) -> Strike:
        strike = self._faults.strike(kind, number, now)
        expired = now >= self._tokens.expires_at
        return answered(401) if expired and not isinstance(strike.answer, NoAnswer) else strike

    async def _wait(self, seconds: float) -> None:
        await self._fate.pass_by()
        await asyncio.sleep(seconds)
        await self._fate.pass_by()

    def _carried_out(self, kind: Kind, number: str, now: float, strike: Strike) -> Effect | None:
        if kind is not Kind.DELETE or not strike.reaches:
            return None
        if strike.before == "document":
            self._world.document_arrives(number, now)
        elif strike.before == "removal":
            self._world.removed_by_others(number, now)
        effect = self._world.delete(number, now + strike.up + strike.late, strike.hidden)
        if strike.twice:
            self._world.delete(number, now + strike.up + strike.late + 0.01)
        return effect

    def _honest(self, kind: Kind, number: str, strike: Strike, effect: Effect | None) -> Answer:
        person = self._world.person(number, _now() + 1e-6, strike.stale)
        match kind:
            case Kind.DELETE:
                return _deletion(number, strike, effect)
            case Kind.GET_CUSTOMER:
                return Answer(200, {"clientNo": CLIENT, "customerNo": number}) if person.exists else Answer(404, None)
            case Kind.GET_DOCUMENTS:
                return _records("documents", number, person.documents, shy=strike.shy)
            case _:
                return _records("arItems", number, person.aritems, shy=strike.shy)


def _deletion(number: str, strike: Strike, effect: Effect | None) -> Answer:
    status = 200 if effect is None or strike.echo is not None else effect.status
    assert status is not None, "an honest answer to a late effect would be a lie: give an answer"
    named = number if strike.echo is None else strike.echo
    body = {"status": "PROCESSED", "result": "DELETED", "clientNo": CLIENT, "customerNo": named}
    return Answer(status, body if status == 200 else None)


def _records(key: str, number: str, count: int, *, shy: bool) -> Answer:
    shown = 0 if shy else min(count, 5)
    return Answer(200, {"summary": {"totalCount": count}, key: [{"customerNo": number}] * shown})


def _said(kind: Kind, answer: Answer) -> Meaning:
    """What an honest answer says, by a rule of the fake's own: judges must not read it with the worker's eyes."""
    if kind is Kind.DELETE:
        return {200: Meaning.DELETED, 422: Meaning.REJECTED}.get(answer.status, Meaning.MISSING)
    if kind is Kind.GET_CUSTOMER:
        return Meaning.PRESENT if answer.status == 200 else Meaning.ABSENT
    assert isinstance(answer.body, dict)
    return Meaning.PRESENT if answer.body["summary"]["totalCount"] else Meaning.CLEAR


def _now() -> float:
    return asyncio.get_running_loop().time()
