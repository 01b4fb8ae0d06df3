"""`doctor`: look at the whole set-up, with GETs only.

Decides what is proven, what is at fault and what was never shown, and which settings line would mend it. Its client
cannot delete; what it shows holds statuses and key names only.
"""

import time
from collections.abc import Iterator, Mapping
from typing import Final

from config import Loaded, Settings
from worker.app import api as gate
from worker.app import inputs
from worker.app.candidates import Couple, other_names
from worker.app.diagnosis import NAMES, Looker, advice, code_of, told
from worker.app.ending import Finding
from worker.armrest.jwt import Peek
from worker.core.customer import CustomerNo, parse
from worker.core.eligibility import LISTS, READ_NAMES
from worker.core.forecast import spoken
from worker.core.replies import Kind, Meaning, Reply
from worker.core.values import replace
from worker.errors import Exit, UsageWrong
from worker.pace import MonotonicClock, Pacer

NOBODY: Final = CustomerNo("amili-purge-doctor")
"""Asked for when no customer was named: its answer shows whether anybody is there, and no more."""
_RIGHT_WAY_ROUND: Final = "are the two numbers swapped?"
_SLOW_CLOCK: Final = 30.0  # seconds
_IN_VAIN: Final = frozenset({Exit.OUT_OF_REACH, Exit.FORBIDDEN})

_NONE_SAID_SO: Final = {"http_204": "204", "http_404": "404"}

_Lists = Mapping[Kind, Reply]


async def doctor(loaded: Loaded, *, with_items: str | None, without_items: str | None) -> list[Finding]:
    """Token, reachability, clock, and with the two customers how the lists behave. GETs only."""
    settings = loaded.settings
    some, none = _asked(with_items, settings), _asked(without_items, settings)
    async with gate.opened(settings) as way, Pacer(settings.rate, MonotonicClock()) as pacer:
        problem = await way.reads().ready()
        findings = [_token(way.tokens.about(), problem, settings.token_url)]
        if problem is not None:
            return findings
        looker = Looker(way.reads(), pacer)
        before = way.connection.skew
        probe = some or none or inputs.sentinel(settings)
        first = await looker.look(Kind.GET_CUSTOMER, probe or NOBODY)
        findings.append(_reachability(first, probe))
        if first.status is not None:
            # The token service may have named the time before; only what was heard since is the API's.
            findings.append(_clock(None if way.connection.skew == before else way.connection.skew))
        if code_of(first) in _IN_VAIN:
            return findings
        return findings + await _behaviour(way, pacer, (some, none), first)


def _asked(text: str | None, settings: Settings) -> CustomerNo | None:
    if text is None:
        return None
    number = parse(text, inputs.pattern(settings))
    if isinstance(number, CustomerNo):
        return number
    raise UsageWrong(f"this is no customer number: {number.why}")


def _token(about: Peek, problem: Reply | None, address: str | None) -> Finding:
    if problem is not None:
        seen = f"{problem.meaning.value}: {problem.cause}"
        return Finding("token", well=False, seen=seen, advice=_grantable(problem, address), code=code_of(problem))
    if about.expires_at is None:
        return Finding("token", None, "at hand; it does not say when it expires")
    left = about.expires_at - time.time()
    whose = f", subject {about.subject}" if about.subject else ""
    if left > 0:
        return Finding("token", well=True, seen=f"expires in {spoken(left)}{whose}")
    return Finding("token", well=False, seen=f"expired{whose}", advice="get a new token", code=Exit.FORBIDDEN)


def _grantable(problem: Reply, address: str | None) -> str:
    """What would bring a token."""
    if problem.cause.startswith("token_file"):
        return "check token_file"
    if problem.status is None or problem.meaning is Meaning.REDIRECTED:
        return f"no token is to be had at {address}: check token_url, proxy and network"
    return advice(problem, Kind.TOKEN)


def _reachability(reply: Reply, probe: CustomerNo | None) -> Finding:
    """Only a customer that is found proves anything: a server that knows nothing of ARMrest answers 404 as well."""
    if probe is not None:
        return _found("reachability", reply, probe)
    if reply.meaning is Meaning.ABSENT:
        seen = f"not proven ({reply.cause}, {reply.ms} ms): a 404 is also what a wrong base_url answers"
        return Finding("reachability", None, seen, "name a customer that exists: `sentinel`, or --with-items")
    return told("reachability", reply, Kind.GET_CUSTOMER)


def _found(what: str, reply: Reply, number: CustomerNo) -> Finding:
    """Whether a customer that should be there is."""
    finding = told(what, reply, Kind.GET_CUSTOMER)
    finding = replace(finding, seen=f"GET {number.text}: {finding.seen}")
    if reply.meaning is not Meaning.ABSENT:
        return finding
    way_out = "a customer that does not exist proves nothing: name another one, or check base_url and client_no"
    return replace(finding, well=False, advice=way_out, code=Exit.PROTOCOL)


def _clock(skew: float | None) -> Finding:
    if skew is None:
        return Finding("clock", None, "the API's answers name no time")
    seconds = round(skew)
    well = abs(skew) <= _SLOW_CLOCK
    seen = f"{seconds:+d} s against the API" if seconds else "0 s against the API"
    return Finding("clock", well, seen, "" if well else "set this machine's clock")


async def _behaviour(
    way: gate.Api, pacer: Pacer, asked: tuple[CustomerNo | None, CustomerNo | None], first: Reply
) -> list[Finding]:
    """Whether the filters are honoured (a customer with items), and how an empty list is answered (one without)."""
    (some, none), looker = asked, Looker(way.reads(), pacer)
    findings, last = [], first
    if some is not None and none is not None:
        last = await looker.look(Kind.GET_CUSTOMER, none)
        findings.append(_found("the other customer", last, none))
    full = await _lists(looker, some, first)
    empty = await _lists(looker, none, last)
    others: Mapping[Kind, str] = {}
    if some is not None and none is not None and full and empty and not _swapped(full, empty):
        failing = tuple(kind for kind, reply in full.items() if reply.meaning in (Meaning.CLEAR, Meaning.UNUSABLE))
        others = await other_names(way, pacer, Couple(some, none), failing)
    if some is not None:
        findings += [_named(each, others) for each in _filters(some, full, empty)]
    if none is not None:
        findings += _empty_lists(none, empty, swapped=_swapped(full, empty))
    if some is None and empty:
        findings.append(Finding("filters", None, "never seen to find anything", "name --with-items too"))
    return findings


def _named(finding: Finding, others: Mapping[Kind, str]) -> Finding:
    """With the name that was found to work instead."""
    for kind, name in others.items():
        if finding.what == f"{NAMES[kind]} filter":
            setting = f"{READ_NAMES[kind]}_filter"
            return replace(finding, advice=f'set: {setting} = "{name}"', sets={setting: name})
    return finding


async def _lists(looker: Looker, number: CustomerNo | None, customer: Reply) -> _Lists:
    """Both lists of a customer; nothing of one who is not there, whose lists prove nothing."""
    if number is None or customer.meaning is not Meaning.PRESENT:
        return {}
    return {kind: await looker.look(kind, number) for kind in LISTS}


def _swapped(full: _Lists, empty: _Lists) -> bool:
    """Whether the one with items has none, and the one without has some."""
    return _nothing_in(full) and any(reply.meaning is Meaning.PRESENT for reply in empty.values())


def _nothing_in(lists: _Lists) -> bool:
    return bool(lists) and all(reply.meaning is Meaning.CLEAR for reply in lists.values())


def _filters(some: CustomerNo, full: _Lists, empty: _Lists) -> Iterator[Finding]:
    """Each filter by itself: one that was never seen to find anything is not proven, both are a fault."""
    for kind, reply in full.items():
        finding = told(f"{NAMES[kind]} filter", reply, kind)
        if reply.meaning is Meaning.PRESENT:
            yield replace(finding, seen=f"found something of {some.text} ({reply.cause}, {reply.ms} ms)")
        elif reply.meaning is not Meaning.CLEAR:
            yield finding
        elif _swapped(full, empty):
            yield replace(finding, well=False, seen=_bare(some), advice=_RIGHT_WAY_ROUND, code=Exit.PROTOCOL)
        elif _nothing_in(full):
            yield replace(finding, well=False, seen=_bare(some), advice=_to_prove(kind, some), code=Exit.PROTOCOL)
        else:
            yield replace(finding, well=None, seen=f"not proven: {_bare(some)}", advice=_to_prove(kind, some))


def _bare(some: CustomerNo) -> str:
    return f"found nothing of {some.text}"


def _to_prove(kind: Kind, some: CustomerNo) -> str:
    what, setting = NAMES[kind], f"{READ_NAMES[kind]}_filter"
    return f'name one with {what}; if {some.text} has some, find the filter\'s right name and set: {setting} = "NAME"'


def _empty_lists(none: CustomerNo, empty: _Lists, *, swapped: bool) -> Iterator[Finding]:
    for kind, reply in empty.items():
        finding = told(f"{NAMES[kind]} of {none.text}, which should have none", reply, kind)
        if reply.meaning is Meaning.PRESENT:
            way_out = _RIGHT_WAY_ROUND if swapped else "name a customer that has none"
            finding = replace(finding, well=False, advice=way_out, code=Exit.PROTOCOL)
        elif reply.cause in _NONE_SAID_SO and not finding.well:
            finding = replace(finding, sets={"empty_list": f"200,{_NONE_SAID_SO[reply.cause]}"})
        yield finding
