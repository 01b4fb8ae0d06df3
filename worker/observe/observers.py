"""Many observers as one.

Decides that an observer's error is its own affair: it is told to the others once and the run goes on. It never
swallows what is meant to end the process (cancellation, an interrupt).
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from worker.core.facts import Record
from worker.core.replies import Reply
from worker.observe.names import OBSERVER_FAILED
from worker.ports import Observer


class Observers:
    """Hands each call on to all of them, in their order."""

    def __init__(self, observers: Iterable[Observer]) -> None:
        self._observers: Sequence[Observer] = tuple(observers)
        self._recorded = [(each, each.recorded) for each in self._observers]
        self._replied = [(each, each.replied) for each in self._observers]
        self._told = [(each, each.told) for each in self._observers]
        self._failed: set[int] = set()

    def recorded(self, records: Iterable[Record]) -> None:
        """Facts that have just become durable."""
        self._each(self._recorded, tuple(records))

    def replied(self, reply: Reply) -> None:
        """One request came back, or did not."""
        self._each(self._replied, reply)

    def told(self, event: str, **fields: object) -> None:
        """Something worth a log line that is no fact."""
        self._each(self._told, event, **fields)

    def _each(self, calls: Sequence[tuple[Observer, Callable[..., None]]], *told: object, **fields: object) -> None:
        for observer, call in calls:
            try:
                call(*told, **fields)
            except Exception as error:  # noqa: BLE001 - a full disk under the log must not leave a DELETE unrecorded
                self._fail(observer, error)

    def _fail(self, observer: Observer, error: Exception) -> None:
        """Tell the others, once an observer; the error's text may hold anything, so its kind must do."""
        if id(observer) in self._failed:
            return
        self._failed.add(id(observer))
        for other in self._observers:
            if other is not observer:
                with suppress(Exception):
                    other.told(OBSERVER_FAILED, observer=type(observer).__name__, error=type(error).__name__)
