"""What whoever stands at the door says of how a run is to show itself.

Decides nothing. It stands by itself, so that commands which run nothing need not load what a run is made of.
"""

from collections.abc import Callable
from dataclasses import dataclass

from worker.ledger.writer import Sink
from worker.ports import Observer


@dataclass(frozen=True, slots=True)
class Face:
    """How a run shows itself: `console` or `json` lines, from which level on, and whether a terminal is watching.

    `observers` look on besides, and `tap` is put between the ledger's commits and the audit file: a proof ends its own
    process there. Only the main thread of a process can listen for `signals`.
    """

    log_format: str
    log_level: str
    terminal: bool
    observers: tuple[Observer, ...] = ()
    tap: Callable[[Sink], Sink] | None = None
    signals: bool = True
