"""How the work is going at this moment, as the pacer and the campaign know it.

Decides nothing: whoever joins the parts supplies a function that reads it, which must be quick and safe to call from
another thread.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pulse:
    """How fast the work goes and what holds it back.

    `rate` is the limit in requests a second, `granted` the permits given in this run, `waiting` the customers that
    wait for one, `waited` the seconds that those which got one had to wait, summed up. `parked_for` is how many seconds
    nobody gets a permit yet; `throttled_by` says why, in a few words. `in_doubt` counts customers over all runs,
    `unsettled` those that this run still has before it. `share` (requests a second) and `lease_left` (seconds) are of a
    worker among several, and None where there is but one.
    `limited_by` is what made the pace keep to less than `rate`, if anything did.
    """

    rate: float
    granted: int
    waiting: int
    in_flight: int
    throttled_by: str | None = None
    parked_for: float = 0.0
    waited: float = 0.0
    in_doubt: int = 0
    unsettled: int = 0
    share: float | None = None
    lease_left: float | None = None
    limited_by: str | None = None


ReadPulse = Callable[[], Pulse]
