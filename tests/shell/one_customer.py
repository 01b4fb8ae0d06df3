"""One customer, `1`, on a stage of its own; each run is held to the invariants."""

from tests.fakes.api import Scripted, Strike
from tests.fakes.stage import Ended, Orders, Stage
from tests.fakes.world import Person
from tests.simulation.invariants import violations
from worker.core.replies import Kind


def staged(*strikes: Strike, person: Person | None = None) -> Stage:
    """One customer, `1`, whose DELETEs are struck in that order."""
    stage = Stage(Scripted(once={(Kind.DELETE, "1"): list(strikes)}))
    stage.customers(["1"], person)
    return stage


def ran(stage: Stage, orders: Orders | None = None) -> Ended:
    """One run, of one customer at a time unless told otherwise, with the invariants held."""
    orders = orders or Orders(concurrency=1)
    ended = stage.run(orders)
    assert violations(stage, orders) == []
    return ended


def outcome(stage: Stage) -> tuple[str, str]:
    return str(stage.storage.verdict("1")), stage.storage.of("1").reason
