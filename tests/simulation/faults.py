"""What strikes in a simulated run, by a seeded chance: strikes on single requests, and weather for a while.

Decides how likely what is. Nothing in here makes the server lie about what it has done: a lie has a test of its own.
"""

from dataclasses import dataclass, field
from random import Random

from tests.fakes.api import FAIR, REFUSED, Strike, answered, lost
from worker.core.replies import Answer, Kind, NoAnswer, Unreadable
from worker.core.values import replace

STALEST = 0.9
"""Seconds, less than the settle time: a read back that shows an older world than that is a lie like any other."""
SHY = 0.3
"""How often a list announces its records without showing one, as an honest server may."""
_QUICK = (0.0, 0.03, 0.03, 0.06)
"""Seconds that a request takes each way: few values, so that answers often come at the very same moment."""
BEATEN = 0.05
"""How often somebody else is quicker than a DELETE, and writes an invoice or removes the customer."""
RESET = NoAnswer(sent=True, cause="reset")


NOBODY = "nobody"


@dataclass(frozen=True)
class Weather:
    """Something that strikes everybody alike, from `begin` to `end` (s) after the start of the run with that number.

    NOBODY lasts for that run and no longer. Routes that break after they were seen to work are a lie, not weather: a
    404 read back then is believed, and rightly so.
    """

    what: str
    run: int
    begin: float
    end: float


@dataclass
class Seeded:
    """Strikes by chance, until `until` (s); `of_reads` and `of_deletes` are the shares that are struck."""

    dice: Random
    of_reads: float
    of_deletes: float
    kinds: list[str]
    weather: list[Weather] = field(default_factory=list)
    until: float = float("inf")
    began: list[float] = field(default_factory=list)

    def strike(self, kind: Kind, number: str, now: float) -> Strike:
        for one in self.weather:
            if now < self.until and self._lasts(one, now):
                return self._weather(one, kind)
        share = self.of_deletes if kind is Kind.DELETE else self.of_reads
        if now >= self.until or self.dice.random() >= share:
            return self._fair(kind, now)
        what = self.dice.choice(self.kinds)
        return self._to_a_delete(what) if kind is Kind.DELETE else self._to_a_read(what, kind)

    def _fair(self, kind: Kind, now: float) -> Strike:
        """An honest answer: lists may announce more than they show, and other people do not wait for us."""
        up, down, luck = self.dice.choice(_QUICK), self.dice.choice(_QUICK), self.dice.random()
        if kind is Kind.DELETE and now < self.until and luck < BEATEN:
            return Strike(up, down, before=self.dice.choice(["document", "removal"]))
        return Strike(up, down, shy=luck < SHY)

    def _lasts(self, weather: Weather, now: float) -> bool:
        if weather.what == NOBODY or len(self.began) < weather.run:
            return len(self.began) == weather.run
        return weather.begin <= now - self.began[weather.run - 1] < weather.end

    def _weather(self, weather: Weather, kind: Kind) -> Strike:
        match weather.what:
            case "outage":
                return REFUSED
            case "black_hole":
                return lost(reaches=self.dice.random() < 0.5)
            case "storm":
                # Slow ones, so that many are on their way when the first is told to wait.
                return replace(
                    answered(503, retry_after=self.dice.choice([1.0, 5.0, 12.0, 40.0])), down=self.dice.random()
                )
            case "not_routed":
                return answered(404) if kind is Kind.DELETE else FAIR
            case what if what == NOBODY:
                return answered(404)
            case _:
                return answered(503)

    def _to_a_read(self, what: str, kind: Kind) -> Strike:
        match what:
            case "slow":
                return Strike(up=self.dice.random() * 3, down=self.dice.random() * 3)
            case "refused":
                return REFUSED
            case "lost" | "late":
                return lost(reaches=True, wait=self.dice.choice([0.1, 30.0]))
            case "stale":
                return Strike(stale=self.dice.random() * STALEST)
            case "odd":
                return answered(200, self.dice.choice(_ODD if kind is Kind.GET_CUSTOMER else _ODD_LISTS))
            case "filter" if kind is not Kind.GET_CUSTOMER:
                return answered(200, {"documents": [{"customerNo": "other"}], "arItems": [{"customerNo": "other"}]})
            case _:
                return self._status(what, reaches=False)

    def _to_a_delete(self, what: str) -> Strike:
        reaches = self.dice.random() < 0.5
        match what:
            case "slow":
                return Strike(up=self.dice.random() * 3, down=self.dice.random() * 3)
            case "refused":
                return REFUSED
            case "lost":
                return Strike(down=self.dice.choice([0.1, 30.0]), reaches=reaches, answer=RESET)
            case "odd":
                body: object = self.dice.choice([Unreadable.HTML, Unreadable.TRUNCATED, None, {}])
                return Strike(reaches=reaches, answer=Answer(self.dice.choice([200, 202, 204]), body))
            case "echo":
                return Strike(reaches=reaches, echo="other")
            case "late" | "doubled" | "lagging" | "beaten" | "unrouted":
                return self._to_an_effect(what)
            case _:
                return self._status(what, reaches=reaches)

    def _to_an_effect(self, what: str) -> Strike:
        match what:
            case "late":
                return lost(reaches=True, wait=self.dice.choice([0.1, 30.0]), late=self.dice.random() * 90)
            case "doubled":
                return Strike(twice=True)
            case "unrouted":
                return answered(404)
            case "lagging":
                seen = self.dice.random() < 0.5
                return Strike(hidden=self.dice.random() * 60, answer=None if seen else RESET)
            case _:
                return Strike(before=self.dice.choice(["document", "removal"]))

    def _status(self, what: str, *, reaches: bool) -> Strike:
        match what:
            case "server_error":
                return answered(self.dice.choice([408, 500, 502, 503, 504]), reaches=reaches)
            case "throttled":
                wait = self.dice.choice([None, 1.0, 5.0, 20.0])
                return replace(answered(429, retry_after=wait, reaches=reaches), down=self.dice.random())
            case "conflict":
                return answered(self.dice.choice([400, 405, 409, 410]), reaches=reaches)
            case "forbidden":
                return answered(403)
            case "unauthorised":
                return answered(401)
            case "redirect":
                return answered(302, reaches=reaches)
            case _:
                return FAIR


_ODD: tuple[object, ...] = (
    Unreadable.HTML,
    Unreadable.TRUNCATED,
    None,
    {},
)
_NULLS: tuple[object, ...] = ({"documents": None, "arItems": None}, {"documents": {}, "arItems": {}})
_ODD_LISTS = (*_ODD, {"a": [], "b": []}, *_NULLS, *_NULLS, *_NULLS)
GENTLE = (
    "slow",
    "refused",
    "lost",
    "late",
    "doubled",
    "stale",
    "odd",
    "filter",
    "server_error",
    "throttled",
    "throttled",
    "conflict",
    "conflict",
    "lagging",
    "beaten",
    "unrouted",
    "unrouted",
)
STOPPING = ("echo", "echo", "forbidden", "unauthorised", "redirect", "redirect")
WEATHER = ("outage", "black_hole", "storm", "storm", "not_routed", NOBODY, NOBODY, "unavailable")
