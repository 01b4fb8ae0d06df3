"""How many customers may be gone at each moment, and what left after a stop: counted at the server, not at the worker.

Decides by the world's ledger of requests and effects. Of the worker it takes only the moment at which an answer was in
its hands, and the verdicts by which it declares a customer not deleted, which the end of the world must bear out.
"""

from collections import Counter
from collections.abc import Iterator
from math import inf

from tests.fakes.stage import Ended
from tests.fakes.world import Wire
from tests.limits.scenes import SENTINEL, Scene
from worker.core.facts import VerdictFact
from worker.core.lifecycle import Verdict
from worker.core.replies import Meaning

_CERTAINLY_NOT = {Meaning.REJECTED, Meaning.UNAUTHORISED, Meaning.FORBIDDEN}
_NOT_GONE = {Verdict.REFUSED, Verdict.INELIGIBLE, Verdict.ALREADY_ABSENT, Verdict.PROTECTED}


def gone(scene: Scene) -> set[str]:
    """The customers that were deleted by us once everything on its way has happened."""
    end = scene.stage.world.in_the_end()
    return {number for number in scene.stage.world.numbers() if end.person(number, inf).gone_by_us}


def _spared(scene: Scene) -> dict[str, int]:
    """When (in the world's order) a customer was declared not deleted."""
    facts = ((order, record.customer_no, record.fact) for order, record in scene.stage.storage.kept)
    return {
        number: order
        for order, number, fact in facts
        if number is not None and isinstance(fact, VerdictFact) and fact.verdict in _NOT_GONE
    }


def most_at_risk(scene: Scene) -> int:
    """The most customers that at any one moment were deleted, or might have been: a DELETE left and was not refused."""
    spared, changes = _spared(scene), []
    for wire in scene.stage.world.deletes():
        harmless = wire.meaning in _CERTAINLY_NOT
        until = (wire.back_order or inf) if harmless else spared.get(wire.number, inf)
        changes += [(float(wire.order), 1, wire.number), (float(until), -1, wire.number)]
    at_risk, most = Counter[str](), 0
    for _, change, number in sorted(changes):
        at_risk[number] += change
        if not at_risk[number]:
            del at_risk[number]
        most = max(most, len(at_risk))
    return most


def cap_faults(scene: Scene, ended: Ended) -> Iterator[str]:
    """Never one customer more than the cap allows, and no place left unused when the cap stops the run."""
    if (most := most_at_risk(scene)) > scene.cap:
        yield f"{most} customers at risk at once, {scene.cap} allowed"
    if len(deleted := gone(scene)) > scene.cap:
        yield f"{len(deleted)} customers gone, {scene.cap} allowed"
    if lies := deleted & set(_spared(scene)):
        yield f"declared not deleted, and gone: {sorted(lies)}"
    if ended.stop is not None and (ended.stop.why, scene.stage.storage.charged()) != ("max_deletes", scene.cap):
        yield f"stopped by {ended.stop.why} with {scene.stage.storage.charged()} of {scene.cap} places used"


def unused(scene: Scene) -> Iterator[str]:
    """In the end, when nothing strikes any more, every place is used as long as somebody is eligible."""
    verdicts = Counter(scene.stage.storage.verdict(stored.number.text) for stored in scene.stage.storage.customers)
    left = verdicts[Verdict.NOT_REACHED] + verdicts[Verdict.UNCHECKED] + verdicts[Verdict.IN_DOUBT]
    if len(gone(scene)) != scene.cap and left:
        yield f"{len(gone(scene))} of {scene.cap} places used, and still open: {dict(verdicts)}"


def known_at(scene: Scene, ended: Ended) -> int | None:
    """The place in the world's order at which the worker had the reason to stop in its hands; None if it never had.

    For answers it is the moment at which they came back; a signal has none, so what the run itself says is taken.
    """
    wires = scene.stage.world.wires
    forbidden = [wire.back_order for wire in wires if wire.meaning is Meaning.FORBIDDEN]
    lost = [wire.back_order for wire in wires if wire.number == SENTINEL and wire.meaning is Meaning.ABSENT]
    signal = [ended.stopped_at] if scene.orders.sigterm is not None else []
    return min((order for order in (*forbidden, *lost, *signal) if order is not None), default=None)


def begun_after(scene: Scene, moment: int) -> list[Wire]:
    """The DELETEs that left after that moment."""
    return [wire for wire in scene.stage.world.deletes() if wire.order > moment]


def in_flight(scene: Scene, moment: int) -> int:
    """How many customers had a request under way at that moment."""
    wires = (wire for wire in scene.stage.world.wires if wire.order <= moment <= (wire.back_order or inf))
    return len({wire.number for wire in wires})


def still_eligible(scene: Scene, moment: int) -> int:
    """How many customers would have been deleted later, had the run gone on: free ones without a DELETE so far."""
    begun = {wire.number for wire in scene.stage.world.deletes() if wire.order <= moment}
    end = scene.stage.world.in_the_end()
    return sum(end.person(number, inf).exists and number not in begun for number in scene.stage.world.numbers())
