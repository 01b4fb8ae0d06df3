"""Campaigns of many customers with sixty-four in flight, by a seed, on virtual time: caps, and what stops a run.

Decides who is on the list, what strikes, and how many DELETEs may count; the shell is the worker's own.
"""

from dataclasses import dataclass, field
from random import Random

from tests.fakes.api import FAIR, Strike, answered, lost
from tests.fakes.stage import Ended, Orders, Stage
from tests.fakes.world import Person
from worker.core.guards import Limits
from worker.core.replies import Kind
from worker.core.retry import Patience
from worker.core.steps import Rules
from worker.core.values import replace

IN_FLIGHT = 64
SENTINEL = "sentinel"


@dataclass
class Lossy:
    """A share of the requests goes unanswered, half of these carried out, some of them late; the rest take their time.

    `forbidden_at` is the time (s) from which one request is answered 403, `only` the kind that this may befall. Of the
    DELETEs that nobody lost, the share `refused` is turned away. The sentinel is lost after its first reading.
    """

    dice: Random
    lost: float = 0.1
    refused: float = 0.0
    forbidden_at: float = float("inf")
    only: Kind | None = None
    _forbidden: bool = False
    _vouched: bool = False
    _lost: set[str] = field(default_factory=set)

    def strike(self, kind: Kind, number: str, now: float) -> Strike:
        if number == SENTINEL:
            return self._of_the_sentinel()
        if now >= self.forbidden_at and not self._forbidden and self.only in {None, kind}:
            self._forbidden = True
            return answered(403)
        if self.dice.random() < self.lost:
            self._lost.add(number)
            late = self.dice.choice([0.0, 0.0, 0.5, 40.0])
            return lost(reaches=self.dice.random() < 0.5, wait=self.dice.choice([0.1, 30.0]), late=late)
        # A 422 to a customer whose lost DELETE is still to take effect would be a lie.
        if kind is Kind.DELETE and number not in self._lost and self.dice.random() < self.refused:
            # A second 401 would end the run.
            self._lost.add(number)
            return answered(self.dice.choice([401, 422]))
        slow = 0.5 if number.startswith("g") else 0.0
        return Strike(up=slow + self.dice.random() / 5, down=self.dice.random() / 5)

    def _of_the_sentinel(self) -> Strike:
        vouched, self._vouched = self._vouched, True
        return answered(404) if vouched else FAIR


@dataclass
class Scene:
    """One seed's campaign: `cap` is `max_deletes`."""

    stage: Stage
    orders: Orders
    cap: int = 10**6

    def run(self, orders: Orders | None = None) -> Ended:
        """One run under the scene's orders, or under others."""
        return self.stage.run(orders or self.orders)


def _orders(customers: int, cap: int | None = None) -> Orders:
    return Orders(
        limits=Limits(customers, max_deletes=cap, max_failure_share=1.0),
        rules=Rules(check_max_age=60.0),
        patience=Patience(outage=900.0),
        concurrency=IN_FLIGHT,
    )


def capped(seed: int) -> Scene:
    """More customers than places, a few of them not free; some DELETEs are refused and give their place back."""
    dice = Random(seed)
    stage = Stage(Lossy(dice, refused=dice.choice([0.0, 0.1, 0.3])), seed=seed)
    numbers = [str(place) for place in range(dice.randint(66, 84))]
    for number in numbers:
        stage.customers([number], Person(documents=int(dice.random() < 0.15)))
    cap = dice.choice([1, 5, 30, 63, 64, 65, dice.randint(1, 65)])
    return Scene(stage, _orders(len(numbers), cap), cap)


def calmed(scene: Scene) -> Scene:
    """The same campaign when nothing strikes any more, and what was on its way has come."""
    scene.stage.faults = Lossy(Random(1), lost=0.0)
    scene.stage.now += 200.0
    return scene


def forbidding(seed: int) -> Scene:
    """Somewhere in the middle one request is answered 403."""
    dice = Random(seed)
    begin, only = 1000.0 + dice.uniform(0.2, 1.2), dice.choice([None, Kind.DELETE, Kind.GET_DOCUMENTS])
    return _crowd(seed, Lossy(dice, 0.05, forbidden_at=begin, only=only))


def interrupted(seed: int) -> Scene:
    """Somewhere in the middle SIGTERM comes."""
    dice = Random(seed)
    scene = _crowd(seed, Lossy(dice, 0.05))
    scene.orders = replace(scene.orders, sigterm=dice.uniform(0.2, 1.2))
    return scene


def unvouched(seed: int) -> Scene:
    """Free customers, then a crowd of ghosts and free ones among whom it is noticed that the sentinel is gone."""
    dice = Random(seed)
    stage = Stage(Lossy(dice, 0.02), seed=seed)
    stage.world.settle_in(SENTINEL, Person())
    crowds = (dice.randint(16, 32), dice.randint(48, 72), dice.randint(30, 60))
    for name, count in zip("agz", crowds, strict=True):
        stage.customers([f"{name}{place}" for place in range(count)], Person(exists=name != "g"))
    return Scene(stage, replace(_orders(sum(crowds)), sentinel=SENTINEL))


def _crowd(seed: int, faults: Lossy) -> Scene:
    """So many customers that most are still to come when the first DELETEs are under way; all are free."""
    stage = Stage(faults, seed=seed)
    stage.customers([str(place) for place in range(120)])
    return Scene(stage, _orders(120))


class _SlowDeletes:
    """Reads are quick; a DELETE takes five seconds, and half of them are refused."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice

    def strike(self, kind: Kind, number: str, now: float) -> Strike:
        if kind is not Kind.DELETE:
            return Strike(up=self._dice.random() / 5, down=self._dice.random() / 5)
        return replace(self._dice.choice([FAIR, answered(422)]), up=2.5, down=2.5)


def waiting(seed: int) -> Scene:
    """Ten places for a hundred and twenty customers, who wait for them until their clearances have grown old."""
    stage = Stage(_SlowDeletes(Random(seed)), seed=seed)
    stage.customers([str(place) for place in range(120)])
    return Scene(stage, replace(_orders(120, 10), rules=Rules(check_max_age=2.0)), 10)
