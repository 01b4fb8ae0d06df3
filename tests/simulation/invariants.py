"""What must hold after every run, judged by the world's own ledger of requests. The letters are the house's.

Decides nothing in the worker's favour: each check counts what was on the wire and what the server said there, not what
the worker made of it. How a run behaved as a whole (G, H) is `conduct`'s to judge.
"""

from collections.abc import Callable, Iterator
from operator import attrgetter

from tests.fakes.stage import Orders, Stage
from tests.fakes.world import Wire
from tests.simulation.case import Case, settles
from tests.simulation.conduct import CONDUCT
from worker.core.chain import Flaw, follow
from worker.core.facts import AttemptFact, IntentFact, VerdictFact
from worker.core.lifecycle import Verdict
from worker.core.replies import Kind, Meaning
from worker.core.summary import SETTLED

_BY_US = {Verdict.DELETED, Verdict.DELETED_INFERRED}
_GONE = {Verdict.ALREADY_ABSENT, Verdict.DELETED_INFERRED}
_REFUSALS = {Meaning.UNAUTHORISED, Meaning.FORBIDDEN}
_NEVER_SENT = {Verdict.NOT_REACHED, Verdict.UNCHECKED}
_LISTS = {Kind.GET_DOCUMENTS, Kind.GET_ARITEMS}


def violations(stage: Stage, orders: Orders) -> list[str]:
    """All that is wrong after the last run, in words."""
    case = Case(stage, orders)
    return [f"{check.__name__[1:]}: {what}" for check in (*_CHECKS, *CONDUCT) for what in check(case)]


def _a_each_delete_has_an_earlier_intent(case: Case) -> Iterator[str]:
    for number, wires in case.deletes.items():
        intents = [order for order, fact in case.facts[number] if isinstance(fact, IntentFact)]
        for place, wire in enumerate(wires, 1):
            if sum(order < wire.order for order in intents) < place:
                yield f"DELETE {place} of {number} had no durable intent"


def _b_the_chain_tells_the_verdicts(case: Case) -> Iterator[str]:
    lines = (record.line + b"\n" for record in case.stage.storage.records)
    yield from (str(link) for link in follow(lines) if isinstance(link, Flaw))
    for number, verdict in case.verdicts():
        told = [fact for _, fact in case.facts[number] if isinstance(fact, VerdictFact)]
        spoken = verdict in SETTLED or (verdict is not Verdict.NOT_REACHED and not case.crashed)
        if spoken and (not told or told[-1].verdict is not verdict):
            yield f"{number} is {verdict}, and the audit does not say so"


def _b_a_settled_customer_is_not_named_again(case: Case) -> Iterator[str]:
    for number, facts in case.facts.items():
        if any(settles(fact) for _, fact in facts[:-1]):
            yield f"{number} is named after it was settled"


def _c_no_delete_for_a_settled_customer(case: Case) -> Iterator[str]:
    for number, wires in case.deletes.items():
        settled = [order for order, fact in case.facts[number] if settles(fact)]
        if settled and any(wire.order > settled[0] for wire in wires):
            yield f"a DELETE of {number} left after its verdict"


def _d_verdicts_are_true(case: Case) -> Iterator[str]:
    end = case.stage.world.in_the_end()
    for number, verdict in case.verdicts():
        person = end.person(number, float("inf"))
        unsure = verdict is Verdict.DELETED_INFERRED and not person.exists and _unanswered(case, number)
        if verdict in _BY_US and not person.gone_by_us and not unsure:
            yield f"{number} is {verdict}, but not gone by us"
        if verdict not in {*_BY_US, Verdict.IN_DOUBT} and person.gone_by_us:
            yield f"{number} is {verdict} ({case.stage.storage.of(number).reason}), but gone by us"


def _unanswered(case: Case, number: str) -> bool:
    """Whether a DELETE is, or may be, without a certain answer: if others remove the customer, nobody can tell."""
    facts = [fact for _, fact in case.facts[number]]
    unknown = sum(isinstance(fact, IntentFact) - isinstance(fact, AttemptFact) for fact in facts)
    answers = {wire.meaning for wire in case.deletes[number]}
    doubted = any(isinstance(fact, VerdictFact) and fact.verdict is Verdict.IN_DOUBT for fact in facts)
    certain = {Meaning.REJECTED, *_REFUSALS} | (set() if doubted else {Meaning.MISSING})
    return bool(unknown or answers - certain)


def _d_what_has_left_stays_in_doubt(case: Case) -> Iterator[str]:
    for number, verdict in case.verdicts():
        if verdict in _NEVER_SENT and any(wire.meaning not in _REFUSALS for wire in case.deletes[number]):
            yield f"{number} is {verdict}, and a DELETE left that nobody refused for certain"


def _d_a_refusal_answers_for_itself_alone(case: Case) -> Iterator[str]:
    """A 422 shows that the customer is there; a 409 does not answer for a DELETE before it."""
    for number, verdict in case.verdicts():
        wires = case.deletes[number]
        if verdict is not Verdict.REFUSED or not wires or wires[-1].meaning is not Meaning.CONTESTED:
            continue
        if any(wire.meaning not in _REFUSALS for wire in wires[:-1]):
            yield f"{number} is refused, and an earlier DELETE is not"


def _d_certain_answers_become_verdicts(case: Case) -> Iterator[str]:
    if case.crashed:
        return
    read_back = {Verdict.IN_DOUBT, Verdict.DELETED_INFERRED} if case.orders.verify else set()
    expected = {Meaning.DELETED: {Verdict.DELETED, *read_back}, Meaning.REJECTED: {Verdict.REFUSED}}
    for number, wires in case.deletes.items():
        verdict, said = case.stage.storage.verdict(number), wires[-1].said
        if said is not None and verdict not in expected.get(said, {verdict}):
            yield f"{number} is {verdict}, and the server said {said}"


def _d_an_absence_is_vouched_for(case: Case) -> Iterator[str]:
    for number, facts in case.facts.items():
        # A DELETE that may have left is read back, and then any readable 200 of the run is witness enough.
        meant = any(isinstance(fact, IntentFact) for _, fact in facts)
        for order, fact in facts:
            if not isinstance(fact, VerdictFact) or fact.verdict not in _GONE:
                continue
            run = case.runs[case.run_at(order)]
            kinds = {Kind.GET_CUSTOMER} | (_LISTS if meant else set())
            seen = [wire for wire in run if wire.kind in kinds and wire.said in (Meaning.PRESENT, Meaning.CLEAR)]
            if not any(wire.back_order is not None and wire.back_order < order for wire in seen):
                yield f"{number} is {fact.verdict}, and nobody was seen in that run"


def _d_something_attached_was_seen(case: Case) -> Iterator[str]:
    for number, verdict in case.verdicts():
        lists = (wire for wire in case.wires[number] if wire.kind in _LISTS)
        if verdict is Verdict.INELIGIBLE and not any(wire.said is Meaning.PRESENT for wire in lists):
            yield f"{number} is ineligible, and no list has shown why"


def _e_attempts_wire_and_intents_agree(case: Case) -> Iterator[str]:
    for number, placed in case.facts.items():
        facts = [fact for _, fact in placed]
        intents = sum(isinstance(fact, IntentFact) for fact in facts)
        unsent = sum(isinstance(fact, AttemptFact) and not fact.sent for fact in facts)
        sent = sum(isinstance(fact, AttemptFact) and fact.sent for fact in facts)
        wire = len(case.deletes[number])
        fits = sent <= wire <= intents - unsent if case.crashed else sent == wire == intents - unsent
        if not fits:
            yield f"{number}: {sent} attempts, {wire} on the wire, {intents} intents, {unsent} unsent"


def _e_no_more_deletes_than_attempts_in_a_run(case: Case) -> Iterator[str]:
    for number, wires in case.deletes.items():
        last = wires[-1].run
        spent = [one for one in wires if one.run == last and one.meaning not in {Meaning.THROTTLED, *_REFUSALS}]
        if len(spent) > case.orders.rules.deletes:
            yield f"{len(spent)} DELETEs of {number} in run {last}"


def _f_each_delete_follows_a_fresh_and_whole_check(case: Case) -> Iterator[str]:
    for number, wires in case.deletes.items():
        for wire in wires:
            before = [one for one in case.wires[number] if one.run == wire.run]
            earlier = [one.order for one in before if one.kind is Kind.DELETE and one.order < wire.order]
            since = max(earlier, default=0)
            done = [one for one in before if since < one.order and (one.back_order or wire.order) < wire.order]
            if (why := _not_cleared(done, wire, case.orders.rules.check_max_age)) is not None:
                yield f"DELETE of {number} at {wire.at:.3f} in run {wire.run}: {why}"


def _not_cleared(done: list[Wire], wire: Wire, max_age: float) -> str | None:
    lists = {kind: [one for one in done if one.kind is kind and one.order < wire.order] for kind in _LISTS}
    for kind, asked in lists.items():
        if not asked or asked[-1].said is not Meaning.CLEAR:
            return f"{kind} was not {Meaning.CLEAR}"
    first, second = sorted((asked[-1] for asked in lists.values()), key=attrgetter("order"))
    customer = [one for one in done if one.kind is Kind.GET_CUSTOMER and one.order < first.order]
    if not customer or customer[-1].said is not Meaning.PRESENT:
        return f"{Kind.GET_CUSTOMER} was not {Meaning.PRESENT}"
    # What an answer tells may be as old as its question; a whole pass may take twice as long as a finding may age.
    for one, oldest in ((first, 2 * max_age), (second, max_age)):
        if wire.at - one.at > oldest + 1e-6:
            return f"the clearance was too old ({one.kind})"
    return None


def _cap_is_never_passed(case: Case) -> Iterator[str]:
    cap, end = case.orders.limits.max_deletes, case.stage.world.in_the_end()
    gone = sum(end.person(number, float("inf")).gone_by_us for number in end.numbers())
    charged = case.stage.storage.most_charged
    if cap is not None and (charged > cap or gone > cap):
        yield f"{charged} charged, {gone} gone, {cap} allowed"


def _protected_and_unapproved_are_left_alone(case: Case) -> Iterator[str]:
    for stored in case.stage.storage.customers:
        number = stored.number.text
        since = case.stage.protected_at.get(number, 0) if stored.protected else None
        unapproved = case.orders.work.approved and not stored.approved
        if unapproved and case.deletes[number]:
            yield f"{number} was sent a DELETE, and nobody approved of it"
        if since is not None and any(wire.order > since for wire in case.deletes[number]):
            yield f"{number} was sent a DELETE, and is protected"


_CHECKS: tuple[Callable[[Case], Iterator[str]], ...] = (
    _a_each_delete_has_an_earlier_intent,
    _b_the_chain_tells_the_verdicts,
    _b_a_settled_customer_is_not_named_again,
    _c_no_delete_for_a_settled_customer,
    _d_verdicts_are_true,
    _d_what_has_left_stays_in_doubt,
    _d_a_refusal_answers_for_itself_alone,
    _d_certain_answers_become_verdicts,
    _d_an_absence_is_vouched_for,
    _d_something_attached_was_seen,
    _e_attempts_wire_and_intents_agree,
    _e_no_more_deletes_than_attempts_in_a_run,
    _f_each_delete_follows_a_fresh_and_whole_check,
    _cap_is_never_passed,
    _protected_and_unapproved_are_left_alone,
)
