"""What must hold after every run, judged by the world's own ledger of requests. The letters are the house's.

Decides nothing in the worker's favour: each check counts what was on the wire, not what the worker says of it.
"""

from collections.abc import Callable, Iterator

from tests.fakes.stage import Orders, Stage
from tests.fakes.world import Wire
from worker.core.chain import Flaw, follow
from worker.core.facts import AttemptFact, IntentFact, Record, VerdictFact
from worker.core.lifecycle import Verdict
from worker.core.replies import Kind, Meaning
from worker.core.summary import SETTLED
from worker.errors import Exit

_BY_US = {Verdict.DELETED, Verdict.DELETED_INFERRED}


def violations(stage: Stage, orders: Orders) -> list[str]:
    """All that is wrong after the last run, in words."""
    return [f"{check.__name__[1:]}: {what}" for check in _CHECKS for what in check(stage, orders)]


def _of(stage: Stage, number: str) -> list[tuple[int, Record]]:
    return [(order, record) for order, record in stage.storage.kept if record.customer_no == number]


def _a_each_delete_has_an_earlier_intent(stage: Stage, _: Orders) -> Iterator[str]:
    for number in stage.world.numbers():
        intents = [order for order, record in _of(stage, number) if isinstance(record.fact, IntentFact)]
        for place, wire in enumerate(stage.world.deletes(number), 1):
            if sum(order < wire.order for order in intents) < place:
                yield f"DELETE {place} of {number} had no durable intent"


def _b_the_chain_tells_the_verdicts(stage: Stage, _: Orders) -> Iterator[str]:
    lines = (record.line + b"\n" for record in stage.storage.records)
    yield from (str(link) for link in follow(lines) if isinstance(link, Flaw))
    for stored in stage.storage.customers:
        told = [record.fact for _, record in _of(stage, stored.number.text) if isinstance(record.fact, VerdictFact)]
        verdict = stage.storage.verdict(stored.number.text)
        spoken = verdict in SETTLED or (verdict is not Verdict.NOT_REACHED and not _crashed(stage))
        if spoken and (not told or told[-1].verdict is not verdict):
            yield f"{stored.number.text} is {verdict}, and the audit does not say so"


def _b_a_settled_customer_is_not_named_again(stage: Stage, _: Orders) -> Iterator[str]:
    for number in stage.world.numbers():
        facts = [record.fact for _, record in _of(stage, number)]
        settled = [isinstance(fact, VerdictFact) and _settles(fact) for fact in facts]
        if any(settled[:-1]):
            yield f"{number} is named after it was settled"


def _settles(fact: VerdictFact) -> bool:
    return fact.verdict in SETTLED and fact.verdict is not Verdict.ELIGIBLE


def _c_no_delete_for_a_settled_customer(stage: Stage, _: Orders) -> Iterator[str]:
    for number in stage.world.numbers():
        facts = _of(stage, number)
        settled = [order for order, one in facts if isinstance(one.fact, VerdictFact) and _settles(one.fact)]
        late = [wire for wire in stage.world.deletes(number) if settled and wire.order > settled[0]]
        yield from (f"a DELETE of {number} left after its verdict" for _ in late)


def _d_verdicts_are_true(stage: Stage, _: Orders) -> Iterator[str]:
    end = stage.world.in_the_end()
    for stored in stage.storage.customers:
        number = stored.number.text
        verdict, person = stage.storage.verdict(number), end.person(number, float("inf"))
        unsure = verdict is Verdict.DELETED_INFERRED and not person.exists and _unanswered(stage, number)
        if verdict in _BY_US and not person.gone_by_us and not unsure:
            yield f"{number} is {verdict}, but not gone by us"
        if verdict not in {*_BY_US, Verdict.IN_DOUBT} and person.gone_by_us:
            yield f"{number} is {verdict} ({stored.reason}), but gone by us"


def _unanswered(stage: Stage, number: str) -> bool:
    """Whether a DELETE is, or may be, without a certain answer: if others remove the customer, nobody can tell."""
    facts = [record.fact for _, record in _of(stage, number)]
    unknown = sum(isinstance(fact, IntentFact) - isinstance(fact, AttemptFact) for fact in facts)
    answers = {wire.meaning for wire in stage.world.deletes(number)}
    doubted = any(isinstance(fact, VerdictFact) and fact.verdict is Verdict.IN_DOUBT for fact in facts)
    certain = {Meaning.REJECTED, Meaning.UNAUTHORISED, Meaning.FORBIDDEN}
    certain |= set() if doubted else {Meaning.MISSING}
    return bool(unknown or answers - certain)


def _crashed(stage: Stage) -> bool:
    return any(run.crashed for run in stage.runs)


def _e_attempts_wire_and_intents_agree(stage: Stage, _: Orders) -> Iterator[str]:
    crashed = _crashed(stage)
    for number in stage.world.numbers():
        facts = [record.fact for _, record in _of(stage, number)]
        intents = sum(isinstance(fact, IntentFact) for fact in facts)
        unsent = sum(isinstance(fact, AttemptFact) and not fact.sent for fact in facts)
        sent = sum(isinstance(fact, AttemptFact) and fact.sent for fact in facts)
        wire = len(stage.world.deletes(number))
        fits = sent <= wire <= intents - unsent if crashed else sent == wire == intents - unsent
        if not fits:
            yield f"{number}: {sent} attempts, {wire} on the wire, {intents} intents, {unsent} unsent"


def _f_each_delete_follows_a_fresh_and_whole_check(stage: Stage, orders: Orders) -> Iterator[str]:
    for wire in stage.world.deletes():
        before = [one for one in stage.world.wires if one.number == wire.number and one.run == wire.run]
        earlier = [one.order for one in before if one.kind is Kind.DELETE and one.order < wire.order]
        since = max(earlier, default=0)
        done = [one for one in before if since < one.order and (one.back_order or wire.order) < wire.order]
        if (why := _not_cleared(done, wire, orders.rules.check_max_age)) is not None:
            yield f"DELETE of {wire.number} at {wire.at:.3f} in run {wire.run}: {why}"


def _not_cleared(done: list[Wire], wire: Wire, max_age: float) -> str | None:
    wanted = {Kind.GET_ARITEMS: Meaning.CLEAR, Kind.GET_DOCUMENTS: Meaning.CLEAR, Kind.GET_CUSTOMER: Meaning.PRESENT}
    before = wire.order
    for kind, meaning in wanted.items():
        last = [one for one in done if one.kind is kind and one.order < before]
        if not last or last[-1].meaning is not meaning:
            return f"{kind} was not {meaning}"
        if kind is Kind.GET_ARITEMS and wire.at - (last[-1].back_at or 0.0) > max_age + 1e-6:
            return "the clearance was too old"
        before = last[-1].order
    return None


def _h_nothing_is_deleted_after_a_stop(stage: Stage, _: Orders) -> Iterator[str]:
    for place, ended in enumerate(stage.runs, 1):
        stopped = ended.stopped_at
        late = [wire for wire in stage.world.deletes() if stopped and wire.run == place and wire.order > stopped]
        yield from (f"a DELETE of {wire.number} left after the stop" for wire in late)


def _cap_is_never_passed(stage: Stage, orders: Orders) -> Iterator[str]:
    cap, end = orders.limits.max_deletes, stage.world.in_the_end()
    gone = sum(end.person(number, float("inf")).gone_by_us for number in end.numbers())
    if cap is not None and (stage.storage.most_charged > cap or gone > cap):
        yield f"{stage.storage.most_charged} charged, {gone} gone, {cap} allowed"


def _protected_and_unapproved_are_left_alone(stage: Stage, orders: Orders) -> Iterator[str]:
    for stored in stage.storage.customers:
        barred = stored.protected or (orders.work.approved and not stored.approved)
        if barred and stage.world.deletes(stored.number.text):
            yield f"{stored.number.text} was sent a DELETE"


def _stops_fit(stage: Stage, _: Orders) -> Iterator[str]:
    last = stage.runs[-1]
    if last.stop is not None and last.stop.exit is Exit.BROKEN:
        yield f"a bug: {last.stop.message}"


_CHECKS: tuple[Callable[[Stage, Orders], Iterator[str]], ...] = (
    _a_each_delete_has_an_earlier_intent,
    _b_the_chain_tells_the_verdicts,
    _b_a_settled_customer_is_not_named_again,
    _c_no_delete_for_a_settled_customer,
    _d_verdicts_are_true,
    _e_attempts_wire_and_intents_agree,
    _f_each_delete_follows_a_fresh_and_whole_check,
    _h_nothing_is_deleted_after_a_stop,
    _cap_is_never_passed,
    _protected_and_unapproved_are_left_alone,
    _stops_fit,
)
