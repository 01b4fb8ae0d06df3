"""What people have ordered of a campaign while it is worked on: pause, a rate, a cap, a halt.

Decides which of two numbers is in force. Who ordered what is a fact of the audit; this is only what holds now.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec.structs import asdict

from worker.core.guards import Stop
from worker.errors import Exit


@dataclass(frozen=True, slots=True)
class Orders:
    """What holds for all workers of a campaign. `count` grows with each order, so that a change is seen.

    `rate` (requests a second) and `max_deletes` are None where nobody has set them. `halt` is why all must stop.
    """

    count: int = 0
    paused: bool = False
    rate: float | None = None
    max_deletes: int | None = None
    halt: Stop | None = None


def careful(own: float | None, ordered: float | None) -> float | None:
    """What a start works under: the smaller of its own setting and what was ordered before; None is no limit."""
    known = [each for each in (own, ordered) if each is not None]
    return min(known, default=None)


def stopped(who: str) -> Stop:
    """Somebody has stopped the campaign, for all workers and for later starts too."""
    advice = ("nothing new was sent; what had left was settled",)
    return Stop(Exit.SAFETY_STOP, "stop", f"stopped by {who}", advice, latches=True)


def for_all(stop: Stop) -> bool:
    """Whether what ends one worker must end the others: a guard, or an API that cannot be believed."""
    return stop.exit in (Exit.SAFETY_STOP, Exit.PROTOCOL)


def written(stop: Stop) -> dict[str, object]:
    """A stop as plain values, to be kept."""
    return {**asdict(stop), "exit": int(stop.exit)}


def read(members: Mapping[str, object]) -> Stop:
    """What `written` wrote."""
    advice = members["advice"]
    lines = tuple(str(line) for line in advice) if isinstance(advice, list | tuple) else ()
    code = Exit(int(str(members["exit"])))
    return Stop(code, str(members["why"]), str(members["message"]), lines, latches=bool(members["latches"]))
