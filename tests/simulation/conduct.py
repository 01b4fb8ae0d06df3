"""How each run behaved as a whole: its rate, its waits, its stops, and what it did first and last.

Decides by what was on the wire and when: a request leaves at the very moment of its permit, so that on virtual time
the wire tells the permits (G) exactly. What happens to a request on its way to a real server is for other tests.
"""

import math
from collections.abc import Callable, Iterator

from tests.fakes.stage import Ended
from tests.fakes.world import Wire
from tests.simulation.case import Case
from worker.core.lifecycle import Verdict
from worker.core.replies import Kind, Meaning
from worker.errors import Exit

_NO_TIME = 1e-6
_REPLAYED = 2
_ENDING = {Meaning.WRONG_ECHO, Meaning.FORBIDDEN, Meaning.REDIRECTED}
_CERTAIN = {Meaning.DELETED, Meaning.REJECTED, Meaning.UNAUTHORISED, Meaning.FORBIDDEN}


def _g_the_rate_is_never_exceeded(case: Case) -> Iterator[str]:
    """In no second, or where the rate is a fraction in no time that holds whole requests, is one too many."""
    for ended, wires in case.each_run():
        rate = ended.orders.rate
        if rate is None:
            continue
        most = math.ceil(rate)
        for first, last in zip(wires, wires[most:], strict=False):
            if last.at - first.at < most / rate - _NO_TIME:
                yield f"{most + 1} requests within {last.at - first.at:.3f} s at {rate:g} a second"


def _g_nothing_is_sent_while_all_work_is_asked_to_wait(case: Case) -> Iterator[str]:
    for ended, wires in case.each_run():
        for asked in wires:
            if asked.meaning is not Meaning.THROTTLED or asked.retry_after is None or asked.back_at is None:
                continue
            begin, end = asked.back_at + _NO_TIME, asked.back_at + asked.retry_after - _NO_TIME
            stop = ended.stopped_at or math.inf
            yield from (f"{wire.kind} of {wire.number} left" for wire in wires if _within(wire, begin, end, stop))


def _within(wire: Wire, begin: float, end: float, stop: float) -> bool:
    return begin < wire.at < end and wire.order < stop


def _h_nothing_is_deleted_after_a_stop(case: Case) -> Iterator[str]:
    for ended, wires in case.each_run():
        stop = ended.stopped_at or math.inf
        late = (wire for wire in wires if wire.kind is Kind.DELETE and wire.order > stop)
        yield from (f"a DELETE of {wire.number} left after the stop" for wire in late)


def _h_nothing_is_deleted_after_a_reason_to_stop(case: Case) -> Iterator[str]:
    for _, wires in case.each_run():
        known = min((wire.back_order or math.inf for wire in wires if wire.meaning in _ENDING), default=math.inf)
        late = (wire for wire in wires if wire.kind is Kind.DELETE and wire.order > known)
        yield from (f"a DELETE of {wire.number} left after an answer that ends the run" for wire in late)


def _h_a_wrong_echo_stops_the_run_in_doubt(case: Case) -> Iterator[str]:
    ended, wires = case.stage.runs[-1], case.runs[len(case.stage.runs)]
    for wire in wires:
        if wire.meaning is Meaning.WRONG_ECHO and not ended.crashed:
            verdict = case.stage.storage.verdict(wire.number)
            if ended.stop is None or verdict is not Verdict.IN_DOUBT:
                yield f"{wire.number} is {verdict} after a wrong echo; stop: {ended.stop}"


def _h_what_has_left_is_read_back_when_somebody_interrupts(case: Case) -> Iterator[str]:
    ended, wires = case.stage.runs[-1], case.runs[len(case.stage.runs)]
    if ended.stop is None or ended.stop.exit is not Exit.INTERRUPTED or _hindered(ended):
        return
    last = {wire.number: wire for wire in wires if wire.kind is Kind.DELETE}
    for number, left in last.items():
        read = any(wire.kind is Kind.GET_CUSTOMER and wire.order > left.order for wire in case.wires[number])
        if left.meaning not in _CERTAIN and not read:
            yield f"{number} was not read back"


def _hindered(ended: Ended) -> bool:
    """Whether something may have kept a reading from leaving: no connection, no token, or waits for everybody."""
    return bool(ended.pace.parks) or any(
        reply.meaning is Meaning.NOT_SENT or reply.kind is Kind.TOKEN for reply in ended.observer.replies
    )


def _h_a_401_to_the_replay_ends_the_run(case: Case) -> Iterator[str]:
    for ended, wires in case.each_run():
        row: dict[str, tuple[Kind, int]] = {}
        for wire in wires:
            kind, before = row.get(wire.number, (wire.kind, 0))
            again = before + 1 if kind is wire.kind else 1
            row[wire.number] = (wire.kind, again if wire.meaning is Meaning.UNAUTHORISED else 0)
            if row[wire.number][1] > _REPLAYED and wire.order < (ended.stopped_at or math.inf):
                yield f"{wire.kind} of {wire.number} was answered 401 {again} times in a row"


def _sentinels_are_read_first(case: Case) -> Iterator[str]:
    for ended, wires in case.each_run():
        named = ended.orders.sentinel
        if named is not None and wires and wires[0].number != named:
            yield f"{wires[0].kind} of {wires[0].number} left before the sentinel was read"


def _stops_fit(case: Case) -> Iterator[str]:
    last: Ended = case.stage.runs[-1]
    if last.stop is not None and last.stop.exit is Exit.BROKEN:
        yield f"a bug: {last.stop.message}"


CONDUCT: tuple[Callable[[Case], Iterator[str]], ...] = (
    _g_the_rate_is_never_exceeded,
    _g_nothing_is_sent_while_all_work_is_asked_to_wait,
    _h_nothing_is_deleted_after_a_stop,
    _h_nothing_is_deleted_after_a_reason_to_stop,
    _h_a_wrong_echo_stops_the_run_in_doubt,
    _h_what_has_left_is_read_back_when_somebody_interrupts,
    _h_a_401_to_the_replay_ends_the_run,
    _sentinels_are_read_first,
    _stops_fit,
)
