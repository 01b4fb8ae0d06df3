"""How many requests a command will need, and how long that takes at a rate.

Decides by counting alone: it takes every customer to be clean, so a forecast is the most that a quiet API will see.
It never looks at a clock, and knows nothing of retries and outages.
"""

import math
from dataclasses import dataclass
from typing import Final

READS: Final = 3
"""GETs that clear one customer: the customer, its documents, its AR items."""
DELETION: Final = READS + 1
"""Requests for one deletion: the check right before it, and the DELETE."""
KEPT: Final = 0.018
"""Share of the rate that is kept in hand, so that jitter on the way never makes a second too full."""
_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR


@dataclass(frozen=True, slots=True)
class Forecast:
    """Requests to the API (the token service not counted), and the seconds they take."""

    requests: int
    seconds: float


def for_plan(customers: int, rate: float) -> Forecast:
    """What checking this many customers takes, at `rate` requests a second."""
    return _paced(READS * customers, rate)


def for_deletion(customers: int, rate: float, verify_share: float) -> Forecast:
    """What `apply` takes for this many eligible customers, and `run` for as many that may all be eligible."""
    return _paced(DELETION * customers + math.ceil(customers * verify_share), rate)


def remaining(left: int, done: int, seconds: float) -> float | None:
    """Seconds for what is left, judged by the time that the rest took; None while nothing is done."""
    if not left:
        return 0.0
    return seconds * left / done if done else None


def spoken(seconds: float) -> str:
    """A duration as a person says it; minutes are rounded up, so that nobody is told too little."""
    if seconds < _MINUTE:
        return "less than a minute"
    minutes = math.ceil(seconds / _MINUTE)
    hours, minutes = divmod(minutes, _MINUTE)
    if hours < _DAY // _HOUR:
        return _joined(hours, "h", minutes, "min")
    days, hours = divmod(hours, _DAY // _HOUR)
    return _joined(days, "d", hours, "h")


def about(seconds: float) -> str:
    """The same, as a rough figure within a sentence."""
    return spoken(seconds) if seconds < _MINUTE else f"about {spoken(seconds)}"


def _paced(requests: int, rate: float) -> Forecast:
    return Forecast(requests, requests / (rate * (1 - KEPT)))


def _joined(large: int, large_unit: str, small: int, small_unit: str) -> str:
    words = [f"{large} {large_unit}"] * bool(large) + [f"{small} {small_unit}"] * bool(small or not large)
    return " ".join(words)
