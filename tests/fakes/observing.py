"""An observer that remembers what it was told, for tests to look at."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from worker.core.facts import Record
from worker.core.replies import Reply


@dataclass
class RecordingObserver:
    """Keeps records, replies and events in the order of their coming."""

    records: list[Record] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    events: list[tuple[str, dict[str, object]]] = field(default_factory=list)

    def recorded(self, records: Iterable[Record]) -> None:
        self.records.extend(records)

    def replied(self, reply: Reply) -> None:
        self.replies.append(reply)

    def told(self, event: str, **fields: object) -> None:
        self.events.append((event, fields))

    def heard_of(self, event: str) -> bool:
        """Whether that event was told at all."""
        return any(name == event for name, _ in self.events)
