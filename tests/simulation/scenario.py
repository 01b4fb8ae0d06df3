"""A seed becomes a campaign: its customers, its weather, its deaths; run to the end and judged after every run.

Decides nothing by any other chance than the seed's, so that a seed is the same campaign each time.
"""

from dataclasses import dataclass
from random import Random

from tests.fakes.api import Tokens
from tests.fakes.memory_ledger import Stored
from tests.fakes.stage import Orders, Stage
from tests.fakes.world import Person
from tests.simulation.faults import GENTLE, NOBODY, STOPPING, WEATHER, Seeded, Weather
from tests.simulation.invariants import violations
from worker.core.guards import Limits
from worker.core.lifecycle import OPEN_STATES
from worker.core.retry import Patience
from worker.core.steps import Purpose, Rules
from worker.core.values import replace
from worker.ports import Renewal, Work

_PEOPLE = (*[Person()] * 8, Person(documents=2), Person(aritems=1), Person(exists=False))
WATCH = "watch"
_RUNS = 4
_QUIET_RUNS = 3
RAMPED = 7
"""One seed in so many deletes in small stages first."""


@dataclass
class Campaign:
    """What one seed has led to."""

    seed: int
    stage: Stage
    orders: Orders
    wrong: list[str]

    @property
    def audit(self) -> list[bytes]:
        """The audit lines, byte for byte."""
        return [record.line for record in self.stage.storage.records]


def simulate(seed: int) -> Campaign:
    """Run one seed's campaign until its faults are over and all is settled; stop at the first thing wrong."""
    dice = Random(seed)
    stage = _stage(dice)
    orders = _orders(dice, len(stage.storage.customers))
    # Decided without the dice: a campaign that a seed has always been stays what it was.
    limits = replace(orders.limits, ramp=seed % RAMPED == 0)
    campaign = Campaign(seed, stage, replace(orders, limits=limits), [])
    if campaign.orders.work.approved:
        _step(campaign, replace(campaign.orders, work=Work(Purpose.PLAN)))
        stage.storage.approve()
    for orders in _troubled(dice, campaign.orders):
        _step(campaign, orders)
        stage.now += dice.choice([0.0, 1.0, 100.0])
        if dice.random() < 0.2:
            stage.protect(dice.choice(stage.storage.customers).number.text)
    _calm(stage)
    left = ["not worked off"]
    for _ in range(_QUIET_RUNS):
        if left and not campaign.wrong:
            _step(campaign, replace(campaign.orders, disk=0.002))
            left = _unfinished(stage, campaign.orders)
    campaign.wrong = campaign.wrong or left
    return campaign


def _step(campaign: Campaign, orders: Orders) -> None:
    if campaign.wrong:
        return
    stage = campaign.stage
    assert isinstance(stage.faults, Seeded)
    stage.faults.began.append(stage.now)
    stage.run(orders)
    campaign.wrong = [f"run {len(stage.runs)}: {what}" for what in violations(stage, campaign.orders)]


def _stage(dice: Random) -> Stage:
    kinds = dice.sample(GENTLE, dice.randint(2, 5)) + ([dice.choice(STOPPING)] if dice.random() < 0.3 else [])
    shares = dice.choice([0.0, 0.05, 0.15, 0.3]), dice.choice([0.1, 0.5, 0.8, 1.0])
    stage = Stage(Seeded(dice, *shares, kinds, _weather(dice)), _tokens(dice), seed=dice.randrange(2**32))
    stage.world.settle_in(WATCH, Person(documents=1))
    numbers = [f"{place}" for place in range(dice.randint(3, 12))]
    protect = {number for number in numbers if dice.random() < 0.1}
    for number in numbers:
        stage.customers([number], dice.choice(_PEOPLE), protect=protect & {number})
    _others(dice, stage, numbers)
    return stage


def _others(dice: Random, stage: Stage, numbers: list[str]) -> None:
    """Other people work with the same customers meanwhile."""
    for number in numbers:
        at = stage.now + dice.random() * dice.choice([2, 40])
        match dice.randrange(20):
            case 0 | 1:
                stage.world.document_arrives(number, at)
            case 2:
                stage.world.removed_by_others(number, at)
            case _:
                pass


def _weather(dice: Random) -> list[Weather]:
    if dice.random() < 0.7:
        return []
    what, begin = dice.choice(WEATHER), dice.random() * dice.choice([0.5, 5.0])
    # Broken routes are told from the beginning of a run on; doubts of an earlier run make that worth while.
    run = dice.choice([1, 2, 2, 3]) if what == NOBODY else dice.choice([1, 1, 2])
    return [Weather(what, run, begin, begin + dice.choice([0.5, 20.0, 400.0]))]


def _tokens(dice: Random) -> Tokens:
    if dice.random() < 0.8:
        return Tokens()
    return Tokens(
        expires_at=1000.0 + dice.random() * 5,
        renewal=dice.choice([Renewal.RENEWED, Renewal.RENEWED, Renewal.FIXED, Renewal.REFUSED]),
        lifetime=dice.choice([0.0, 1.0, 10.0, 1000.0]),  # 0: the API does not accept what the service gives
        unreachable_until=dice.choice([0.0, 1003.0, 1500.0]),
        refuses=dice.random() < 0.1,
    )


def _orders(dice: Random, customers: int) -> Orders:
    rate = dice.choice([None, 40.0, 10.0, 2.5, 1.0])
    return Orders(
        work=Work(Purpose.DELETE, approved=dice.random() < 0.2),
        limits=Limits(
            customers,
            max_deletes=dice.choice([None, None, None, 1, 4]),
            max_failure_share=dice.choice([1.0, 1.0, 0.05]),
            max_in_doubt=dice.choice([None, None, None, None, 1]),
        ),
        patience=Patience(attempts=dice.choice([1, 3]), outage=dice.choice([30.0, 300.0])),
        rules=Rules(check_max_age=2.0 if rate is None else max(2.0, 3 / rate), deletes=dice.choice([1, 3])),
        concurrency=dice.choice([1, 4, 8]),
        rate=rate,
        verify=dice.random() < 0.4,
        sentinel=dice.choice([None, None, WATCH]),
        disk=dice.choice([0.002, 0.002, 2.0]),
    )


def _troubled(dice: Random, orders: Orders) -> list[Orders]:
    """Runs that are interrupted, die, or die again while they recover; some only reconcile."""
    runs = []
    for place in range(dice.randint(1, _RUNS)):
        crash = dice.choice([None, None, dice.randint(1, 60), dice.randint(1, 300)])
        sigterm = dice.choice([None, None, dice.random() * 4])
        work = Work(Purpose.RECONCILE) if place and dice.random() < 0.1 else orders.work
        runs.append(replace(orders, work=work, crash_at=crash, sigterm=sigterm))
    return runs


def _calm(stage: Stage) -> None:
    """From here on nothing strikes; what is on its way still comes."""
    assert isinstance(stage.faults, Seeded)
    stage.faults.until = float("-inf")
    stage.tokens = Tokens(number=stage.tokens.number)
    stage.now += 200.0


def _unfinished(stage: Stage, orders: Orders) -> list[str]:
    """In the end nothing stops a run but the cap, and nothing is left open but behind it, or unvouched for.

    A refusal in a ramp's stage stops a run too; the next one begins a ramp of its own.
    """
    last = stage.runs[-1]
    if last.stop is not None and not (last.stop.why == "ramp" and orders.limits.ramp):
        full = last.stop.why == "max_deletes" and stage.storage.charged() == orders.limits.max_deletes
        return [] if full else [f"the last run was stopped: {last.stop}"]
    if last.stop is not None:
        return []
    taken_up = [stored for stored in stage.storage.customers if stored.approved or not orders.work.approved]
    left = [stored for stored in taken_up if stored.standing.state in OPEN_STATES and not _barred(stored)]
    ghosts = all(stored.reason == "customer:http_404_not_believed" for stored in left)
    return [] if ghosts else [f"still open: {left}"]


def _barred(stored: Stored) -> bool:
    """Whether only a second DELETE could settle the doubt, and the customer has come on the protect list since."""
    return stored.protected and stored.reason == "still_there"
