"""How well the sandbox can tell when a request arrived: while its own process is held up, requests wait unseen.

Decides nothing; it measures for how long the event loop had not come round, and what was seen right after that.
"""

import asyncio
import time
from typing import Final

_BEAT: Final = 0.01  # seconds
_NOTICED: Final = 0.005
"""Seconds by which the loop must come round too late to have been held up."""
_AFTER: Final = 0.1
"""Seconds after it was held up in which the loop still takes in what had been waiting."""


class Attention:
    """Comes round every hundredth of a second, as long as `keep` runs."""

    def __init__(self) -> None:
        self._last: float | None = None
        self._held = (0.0, 0.0)

    async def keep(self) -> None:
        """Come round, until cancelled."""
        while True:
            self.beat(time.monotonic())
            await asyncio.sleep(_BEAT)

    def beat(self, now: float) -> None:
        """The loop has come round."""
        if self._last is not None and now - self._last > _BEAT + _NOTICED:
            self._held = (self._last, now)
        self._last = now

    def lag(self, now: float) -> float:
        """Seconds before `now` in which a request seen now may have arrived without being seen."""
        began, ended = self._held
        if ended and now - ended < _AFTER:
            return now - began
        return 0.0 if self._last is None else max(0.0, now - self._last - _BEAT)
