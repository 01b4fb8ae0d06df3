"""`explain`, and what it shares with `doctor`: single GETs, and what a person is told of their answers.

Decides how well an answer looks, and which settings line would mend it. The client cannot delete; what is shown holds
statuses and key names only.
"""

from collections.abc import Awaitable, Callable
from typing import Final, assert_never

from config import Loaded
from worker.app import api as gate
from worker.app import inputs
from worker.app.ending import Finding
from worker.armrest.client import Reads
from worker.core.customer import CustomerNo, parse
from worker.core.eligibility import (
    READ_NAMES,
    Absent,
    AskNext,
    Eligible,
    Findings,
    Ineligible,
    Unchecked,
    judge,
    with_reply,
)
from worker.core.guards import accepting
from worker.core.replies import Kind, Meaning, Reply
from worker.core.steps import Priority
from worker.core.values import replace
from worker.errors import Exit, UsageWrong
from worker.pace import MonotonicClock, Pacer
from worker.ports import Renewal

_FAILED: Final = 500
NAMES: Final = {Kind.GET_CUSTOMER: "GET customer", Kind.GET_DOCUMENTS: "documents", Kind.GET_ARITEMS: "AR items"}


class Looker:
    """Sends single reads under the rate, with one renewal after a 401; nothing is retried: this is a diagnosis."""

    def __init__(self, reads: Reads, pacer: Pacer) -> None:
        self._reads = reads
        self._pacer = pacer

    async def look(self, kind: Kind, number: CustomerNo) -> Reply:
        """The answer to one GET, or why there was none."""
        reply = await self._once(kind, number)
        if reply.meaning is Meaning.UNAUTHORISED and await self._reads.renew(reply) is Renewal.RENEWED:
            return await self._once(kind, number)
        return reply

    async def _once(self, kind: Kind, number: CustomerNo) -> Reply:
        problem = await self._reads.ready()
        if problem is not None:
            return problem
        await self._pacer.permit(Priority.CUSTOMER)
        send: dict[Kind, Callable[[CustomerNo], Awaitable[Reply]]] = {
            Kind.GET_CUSTOMER: self._reads.get_customer,
            Kind.GET_DOCUMENTS: self._reads.get_documents,
            Kind.GET_ARITEMS: self._reads.get_aritems,
        }
        return await send[kind](number)


async def explain(loaded: Loaded, text: str) -> list[Finding]:
    """Each check of one customer with its answer, and what a run would do. Reads only."""
    settings = loaded.settings
    number = parse(text, inputs.pattern(settings))
    if not isinstance(number, CustomerNo):
        raise UsageWrong(f"this is no customer number: {number.why}", *((number.hint,) if number.hint else ()))
    async with gate.opened(settings) as way, Pacer(settings.rate, MonotonicClock()) as pacer:
        findings, lines = await _checked(Looker(way.reads(), pacer), number)
    protected = number.key in set(inputs.protected(settings))
    return [*lines, Finding("a run would", None, "leave it alone: it is protected" if protected else _would(findings))]


async def _checked(looker: Looker, number: CustomerNo) -> tuple[Findings, list[Finding]]:
    findings, lines = Findings(), list[Finding]()
    while isinstance(step := judge(findings), AskNext):
        reply = await looker.look(step.kind, number)
        lines.append(told(NAMES[step.kind], reply, step.kind))
        findings = with_reply(findings, replace(reply, kind=step.kind))
    return findings, lines


def told(what: str, reply: Reply, kind: Kind) -> Finding:
    """One read: its answer, how long it took, and what would mend it."""
    if reply.meaning in (Meaning.PRESENT, Meaning.CLEAR, Meaning.ABSENT):
        return Finding(what, well=True, seen=f"{reply.meaning.value} ({reply.cause}, {reply.ms} ms)")
    seen = f"{reply.meaning.value}: {reply.cause}"
    return Finding(what, well=False, seen=seen, advice=advice(reply, kind), code=code_of(reply))


def code_of(reply: Reply) -> Exit:
    """The exit code that such an answer, if it lasts, would give a run."""
    match reply.meaning:
        case Meaning.UNAUTHORISED | Meaning.NO_CREDENTIALS | Meaning.FORBIDDEN:
            return Exit.FORBIDDEN
        case Meaning.NOT_SENT | Meaning.THROTTLED:
            return Exit.OUT_OF_REACH
        case Meaning.UNANSWERED if reply.status is None:
            return Exit.OUT_OF_REACH
        case _:
            return Exit.PROTOCOL


def advice(reply: Reply, kind: Kind) -> str:
    """What to do about an answer of no use."""
    match reply.meaning:
        case Meaning.UNAUTHORISED | Meaning.NO_CREDENTIALS:
            return "check token, token_file or the OAuth settings"
        case Meaning.FORBIDDEN:
            return "ask the API's owner whether these credentials may read this client's customers"
        case Meaning.THROTTLED:
            return "the API asks us to wait: try again later, or lower the rate"
        case Meaning.NOT_SENT | Meaning.UNANSWERED if reply.status is None:
            return "nobody answers there: check host and port, proxy and network"
        case _ if reply.status is not None and reply.status >= _FAILED:
            return "the API itself fails: try again later, or tell its owner"
        case _:
            return accepting(f"{READ_NAMES.get(kind, kind)}:{reply.cause}").removeprefix(
                "run `amili-purge doctor`, and "
            )


def _would(findings: Findings) -> str:
    judgement = judge(findings)
    match judgement:
        case Eligible():
            return "delete it"
        case Ineligible(reason):
            return f"leave it: ineligible ({reason})"
        case Absent():
            return "hold it as already_absent until another customer answers 200"
        case Unchecked(why):
            return f"leave it: unchecked ({why})"
        case AskNext():
            return "ask on"
        case _:
            assert_never(judgement)
