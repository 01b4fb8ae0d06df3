"""`explain` and `doctor`: look at one customer, or at the whole set-up, with GETs only.

Decides how well things look, and which settings line would mend them. Their client cannot delete; what they show
holds statuses and key names only.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, assert_never

from config import Loaded, Settings
from worker.app import api as gate
from worker.app import inputs
from worker.app.ending import Finding
from worker.armrest.client import Reads
from worker.armrest.jwt import Peek
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
from worker.core.forecast import spoken
from worker.core.guards import accepting
from worker.core.replies import Kind, Meaning, Reply
from worker.core.steps import Priority
from worker.errors import UsageWrong
from worker.pace import MonotonicClock, Pacer
from worker.ports import Renewal

NOBODY: Final = CustomerNo("amili-purge-doctor")
"""Asked for when no customer was named: a 404 will do to show that the API is there."""
_SLOW_CLOCK: Final = 30.0  # seconds
_NAMES = {Kind.GET_CUSTOMER: "GET customer", Kind.GET_DOCUMENTS: "documents", Kind.GET_ARITEMS: "AR items"}


class _Looker:
    """Sends single reads under the rate, with one renewal after a 401; nothing is retried: this is a diagnosis."""

    def __init__(self, reads: Reads, pacer: Pacer) -> None:
        self._reads = reads
        self._pacer = pacer

    async def look(self, kind: Kind, number: CustomerNo) -> Reply:
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
        findings, lines = await _checked(_Looker(way.reads(), pacer), number)
    protected = number.key in set(inputs.protected(settings))
    return [*lines, Finding("a run would", None, "leave it alone: it is protected" if protected else _would(findings))]


async def _checked(looker: _Looker, number: CustomerNo) -> tuple[Findings, list[Finding]]:
    findings, lines = Findings(), list[Finding]()
    while isinstance(step := judge(findings), AskNext):
        reply = await looker.look(step.kind, number)
        lines.append(_told(_NAMES[step.kind], reply, step.kind))
        findings = with_reply(findings, replace(reply, kind=step.kind))
    return findings, lines


def _told(what: str, reply: Reply, kind: Kind) -> Finding:
    well = reply.meaning in (Meaning.PRESENT, Meaning.CLEAR, Meaning.ABSENT)
    seen = reply.meaning.value if well else f"{reply.meaning.value}: {reply.cause}"
    return Finding(what, well, f"{seen} ({reply.cause}, {reply.ms} ms)" if well else seen, _advice(reply, kind))


def _advice(reply: Reply, kind: Kind) -> str:
    if reply.meaning is Meaning.UNUSABLE and kind is not Kind.GET_CUSTOMER:
        return accepting(f"{READ_NAMES[kind]}:{reply.cause}")
    if reply.meaning in (Meaning.UNAUTHORISED, Meaning.NO_CREDENTIALS):
        return "check token, token_file or the OAuth settings"
    return ""


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


async def doctor(loaded: Loaded, *, with_items: str | None, without_items: str | None) -> list[Finding]:
    """Token, reachability, clock, and with the two customers how the lists behave. GETs only."""
    settings = loaded.settings
    known = [_asked(text, settings) for text in (with_items, without_items)]
    async with gate.opened(settings) as way, Pacer(settings.rate, MonotonicClock()) as pacer:
        looker = _Looker(way.reads(), pacer)
        problem = await way.reads().ready()
        findings = [_token(way.tokens.about(), problem)]
        if problem is None:
            probe = known[0] or known[1] or inputs.sentinel(settings)
            findings.append(await _reachability(looker, probe))
            findings.append(_clock(way.connection.skew))
            findings.extend(await _lists(looker, known[0], known[1]))
    return findings


def _asked(text: str | None, settings: Settings) -> CustomerNo | None:
    if text is None:
        return None
    number = parse(text, inputs.pattern(settings))
    if isinstance(number, CustomerNo):
        return number
    raise UsageWrong(f"this is no customer number: {number.why}")


def _token(about: Peek, problem: Reply | None) -> Finding:
    if problem is not None:
        return Finding(
            "token", well=False, seen=f"{problem.meaning.value}: {problem.cause}", advice="check the token settings"
        )
    if about.expires_at is None:
        return Finding("token", None, "at hand; it does not say when it expires")
    left = about.expires_at - time.time()
    whose = f", subject {about.subject}" if about.subject else ""
    seen = f"expires in {spoken(left)}{whose}" if left > 0 else f"expired{whose}"
    return Finding("token", left > 0, seen, "" if left > 0 else "get a new token")


async def _reachability(looker: _Looker, probe: CustomerNo | None) -> Finding:
    """Any answer that is not a refusal of us shows that the API is there."""
    reply = await looker.look(Kind.GET_CUSTOMER, probe or NOBODY)
    reached = reply.meaning in (Meaning.PRESENT, Meaning.ABSENT)
    found = reply.meaning is Meaning.PRESENT
    if probe is None:
        advice = "" if reached else "check base_url, client_no and the token"
        return Finding("reachability", reached, f"{reply.cause}, {reply.ms} ms", advice)
    advice = "" if found else "check base_url and client_no: a customer that should exist is not found"
    return Finding(
        "reachability", found, f"GET {probe.text}: {reply.meaning.value} ({reply.cause}, {reply.ms} ms)", advice
    )


def _clock(skew: float | None) -> Finding:
    if skew is None:
        return Finding("clock", None, "the API's answers name no time")
    well = abs(skew) <= _SLOW_CLOCK
    return Finding("clock", well, f"{skew:+.0f} s against the API", "" if well else "set this machine's clock")


async def _lists(looker: _Looker, some: CustomerNo | None, none: CustomerNo | None) -> list[Finding]:
    """Whether the filters are honoured (a customer with items), and how an empty list is answered (one without)."""
    findings = []
    for kind in (Kind.GET_DOCUMENTS, Kind.GET_ARITEMS):
        if some is not None:
            reply = await looker.look(kind, some)
            findings.append(_told(f"{_NAMES[kind]} of {some.text}, which should have some", reply, kind))
        if none is not None:
            reply = await looker.look(kind, none)
            well = reply.meaning is Meaning.CLEAR
            what = f"{_NAMES[kind]} of {none.text}, which should have none"
            findings.append(replace(_told(what, reply, kind), well=well))
    return findings + _verdict_on_lists(findings, some)


def _verdict_on_lists(findings: list[Finding], some: CustomerNo | None) -> list[Finding]:
    if some is None:
        return [] if not findings else [Finding("filters", None, "never seen to find anything: name --with-items too")]
    seen = any(f.seen.startswith(Meaning.PRESENT.value) for f in findings)
    advice = (
        "" if seen else "documents_filter or aritems_filter may be wrong: nothing was found where something should be"
    )
    return [Finding("filters", seen, "found what should be there" if seen else "found nothing", advice)]
