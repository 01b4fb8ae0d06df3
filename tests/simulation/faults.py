"""What strikes in a simulated run, by a seeded chance: strikes on single requests, and weather for a while.

Decides how likely what is. Nothing in here makes the server lie about what it has done: a lie has a test of its own.
"""

from dataclasses import dataclass, field
from random import Random

from tests.fakes.api import FAIR, REFUSED, Strike, answered, lost
from worker.core.replies import Answer, Kind, NoAnswer, Unreadable

STALEST = 0.9
"""Seconds, less than the settle time: a read back that shows an older world than that is a lie like any other."""
RESET = NoAnswer(sent=True, cause="reset")


@dataclass(frozen=True)
class Weather:
    """Something that lasts from `begin` to `end` (s) and strikes everybody alike."""

    what: str
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

    def strike(self, kind: Kind, number: str, now: float) -> Strike:
        for one in self.weather:
            if one.begin <= now < one.end and now < self.until:
                return self._weather(one, kind, now)
        share = self.of_deletes if kind is Kind.DELETE else self.of_reads
        if now >= self.until or self.dice.random() >= share:
            return Strike(up=self.dice.random() / 10, down=self.dice.random() / 10)
        what = self.dice.choice(self.kinds)
        return self._to_a_delete(what, number) if kind is Kind.DELETE else self._to_a_read(what, number, kind)

    def _weather(self, weather: Weather, kind: Kind, now: float) -> Strike:
        match weather.what:
            case "outage":
                return REFUSED
            case "black_hole":
                return lost(reaches=self.dice.random() < 0.5)
            case "storm":
                return answered(503, retry_after=self.dice.choice([1.0, 7.0, 40.0]))
            case "not_routed":
                return answered(404) if kind is Kind.DELETE else FAIR
            case "nobody":
                return answered(404)
            case _:
                return answered(503)

    def _to_a_read(self, what: str, number: str, kind: Kind) -> Strike:
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
                return answered(
                    200, self.dice.choice([Unreadable.HTML, Unreadable.TRUNCATED, None, {}, {"a": [], "b": []}])
                )
            case "filter" if kind is not Kind.GET_CUSTOMER:
                return answered(200, {"documents": [{"customerNo": "other"}], "arItems": [{"customerNo": "other"}]})
            case _:
                return self._status(what, reaches=False)

    def _to_a_delete(self, what: str, number: str) -> Strike:
        reaches = self.dice.random() < 0.5
        match what:
            case "slow":
                return Strike(up=self.dice.random() * 3, down=self.dice.random() * 3)
            case "refused":
                return REFUSED
            case "lost":
                return Strike(down=self.dice.choice([0.1, 30.0]), reaches=reaches, answer=RESET)
            case "late":
                return lost(reaches=True, wait=self.dice.choice([0.1, 30.0]), late=self.dice.random() * 90)
            case "doubled":
                return Strike(twice=True)
            case "odd":
                body: object = self.dice.choice([Unreadable.HTML, Unreadable.TRUNCATED, None, {}])
                return Strike(reaches=reaches, answer=Answer(self.dice.choice([200, 202, 204]), body))
            case "echo":
                return Strike(reaches=reaches, echo="other")
            case _:
                return self._status(what, reaches=reaches)

    def _status(self, what: str, *, reaches: bool) -> Strike:
        match what:
            case "server_error":
                return answered(self.dice.choice([408, 500, 502, 503, 504]), reaches=reaches)
            case "throttled":
                return answered(429, retry_after=self.dice.choice([None, 1.0, 20.0]), reaches=reaches)
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
    "conflict",
)
STOPPING = ("echo", "forbidden", "unauthorised", "redirect")
WEATHER = ("outage", "black_hole", "storm", "not_routed", "nobody", "unavailable")
