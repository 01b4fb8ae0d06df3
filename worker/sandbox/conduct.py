"""How a struck request is carried out: is it performed, when, and how its connection ends.

Pure, and one table. It never waits or sends anything itself; `server` acts on what stands here.
"""

import enum
from dataclasses import dataclass, replace

from worker.sandbox.faults import Fault, Rule


class Perform(enum.Enum):
    """Whether the request has its effect, and when."""

    NEVER = "never"
    NOW = "now"
    LATER = "later"


class Ending(enum.StrEnum):
    """How the server ends the request, `PENDING` while it does not; nobody can say whether the client was there."""

    PENDING = "pending"
    ANSWERED = "answered"
    RESET = "reset"
    CLOSED = "closed"
    CUT = "cut"
    DRIPPED = "dripped"


class Hold(enum.Enum):
    """Where the seconds of a fault are spent."""

    NOWHERE = "nowhere"
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Conduct:
    """The course of one request; `seconds` belong to the hold, the late effect, the drip or the refusal."""

    perform: Perform = Perform.NOW
    ending: Ending = Ending.ANSWERED
    hold: Hold = Hold.NOWHERE
    seconds: float = 0.0
    refusing: bool = False

    @property
    def held(self) -> bool:
        """Whether something is still to come when the request has been read."""
        return self.hold is not Hold.NOWHERE or self.perform is Perform.LATER


PLAIN = Conduct()
_SECONDS = {Fault.DRIP: 1.0, Fault.HANG_BEFORE: 60.0, Fault.HANG_AFTER: 60.0}
_LATE = 1.0
_TABLE = {
    Fault.REDIRECT: Conduct(Perform.NEVER),
    Fault.OUTAGE: Conduct(Perform.NEVER, Ending.CLOSED),
    Fault.REFUSED: Conduct(Perform.NEVER, Ending.CLOSED, refusing=True),
    Fault.RESET_BEFORE: Conduct(Perform.NEVER, Ending.RESET),
    Fault.RESET_AFTER: Conduct(Perform.NOW, Ending.RESET),
    Fault.HANG_BEFORE: Conduct(hold=Hold.BEFORE),
    Fault.HANG_AFTER: Conduct(hold=Hold.AFTER),
    Fault.LATE_EFFECT: Conduct(Perform.LATER),
    Fault.LATE_SILENT: Conduct(Perform.LATER, Ending.CLOSED),
    Fault.ACCEPTED: Conduct(Perform.LATER),
    Fault.CUT_SHORT: Conduct(ending=Ending.CUT),
    Fault.DRIP: Conduct(ending=Ending.DRIPPED),
}


def conduct(strike: Rule | None) -> Conduct:
    """The course of a request under this strike; what is not in the table only spoils the answer."""
    if strike is None:
        return PLAIN
    fault = strike.fault
    seconds = _SECONDS.get(fault, _LATE) if strike.seconds is None else strike.seconds
    if fault.startswith("http_"):
        return Conduct(Perform.NEVER)
    return replace(_TABLE.get(fault, PLAIN), seconds=seconds)
