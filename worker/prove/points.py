"""The crash points: where a process is killed by name, between every two durable steps, and how the moment is known.

Decides the list, and nothing else. A sign is what can be seen of a worker without changing it: an SQL statement about
to be executed (`sql:`), a file about to be opened for writing, cut or renamed (`open:`, `cut:`, `rename:`), audit lines
between ledger and file (`committed:`) and in the file (`filed:`), facts that the worker hears of (`heard:`), replies
that are not yet recorded (`replied:`, `lost:` for a DELETE without a readable answer).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Stage(StrEnum):
    """When in a campaign a point can be met."""

    FRESH = "fresh"
    """Only while the campaign is not enrolled."""
    START = "start"
    WORK = "work"
    """Only while customers are open."""
    END = "end"


_ANY: Final = frozenset({"plan", "apply", "run"})
_DELETING: Final = frozenset({"apply", "run"})
_PLANNING: Final = frozenset({"plan"})


@dataclass(frozen=True, slots=True)
class Point:
    """One crash point. All its signs must be seen in their order; the first one up to `most` times, as dice say.

    `torn`: half of what is about to be written to the audit file is written first. `linger`: the end comes up to so
    many seconds after the last sign. `after`: the point at which the life before must have been killed.
    """

    name: str
    stage: Stage
    signs: tuple[str, ...]
    commands: frozenset[str] = _ANY
    most: int = 1
    torn: bool = False
    linger: float = 0.0
    after: str = ""


_COMMIT: Final = "sql:COMMIT"
_MARK: Final = "sql:UPDATE campaign SET audit_mark = '"
_TORN: Final = "half a line in the audit file"
_BEHIND: Final = "verdict committed, not in the audit file"
_UNRECORDED: Final = "DELETE answered, outcome not recorded"

POINTS: Final = (
    Point("tables made, not committed", Stage.FRESH, ("sql:PRAGMA user_version =",)),
    Point("rows enrolled, not committed", Stage.FRESH, ("sql:INSERT INTO campaign",)),
    Point("campaign enrolled, no audit file yet", Stage.FRESH, ("open:audit.jsonl",)),
    Point("protect list read, not committed", Stage.START, ("sql:DELETE FROM protect", _COMMIT)),
    Point("old plan void, not committed", Stage.START, ("sql:UPDATE campaign SET plan = NULL", _COMMIT), _PLANNING),
    Point("start not committed", Stage.START, ("sql:INSERT INTO runs", _COMMIT)),
    Point("start committed, not in the audit file", Stage.START, ("committed:campaign:started",)),
    Point("start in the audit file, nothing asked", Stage.START, ("filed:campaign:started",)),
    Point("check answered, not recorded", Stage.WORK, ("replied:get_aritems",), most=8),
    Point("check recorded, not committed", Stage.WORK, ("replied:get_aritems", _COMMIT), most=8),
    Point(_BEHIND, Stage.WORK, ("committed:verdict",), most=8),
    Point(_TORN, Stage.WORK, ("committed:verdict",), most=8, torn=True),
    Point("verdict in the audit file, nobody told", Stage.WORK, ("filed:verdict",), most=8),
    Point("verdict told to the worker", Stage.WORK, ("heard:verdict",), most=8),
    Point("torn line found, not cut", Stage.WORK, ("cut:audit.jsonl",), after=_TORN),
    Point("torn line cut, the rest not written", Stage.WORK, ("cut:audit.jsonl", "open:audit.jsonl"), after=_TORN),
    Point("missing lines found, not written", Stage.WORK, ("open:audit.jsonl",), after=_BEHIND),
    Point("missing lines written, nothing else", Stage.WORK, ("sql:DELETE FROM protect",), after=_BEHIND),
    Point("intent committed, not in the audit file", Stage.WORK, ("committed:intent",), _DELETING, most=8),
    Point("intent in the audit file, nobody told", Stage.WORK, ("filed:intent",), _DELETING, most=8),
    Point("intent told, DELETE not sent", Stage.WORK, ("heard:intent",), _DELETING, most=8),
    Point("DELETE on its way", Stage.WORK, ("heard:intent",), _DELETING, most=8, linger=0.008),
    Point(_UNRECORDED, Stage.WORK, ("replied:delete",), _DELETING, most=8),
    Point("DELETE lost, outcome not recorded", Stage.WORK, ("lost:delete",), _DELETING),
    Point("outcome recorded, not committed", Stage.WORK, ("replied:delete", _COMMIT), _DELETING, most=8),
    Point("outcome committed, not in the audit file", Stage.WORK, ("committed:attempt",), _DELETING, most=8),
    Point("while a lost DELETE is read back", Stage.WORK, ("lost:delete", "replied:get_customer"), _DELETING),
    Point("while a killed DELETE is read back", Stage.WORK, ("replied:get_customer",), _DELETING, after=_UNRECORDED),
    Point("all checked, plan not approved", Stage.END, ("sql:UPDATE customers SET approved",), _PLANNING),
    Point("plan recorded, not committed", Stage.END, ("sql:UPDATE campaign SET plan = '", _COMMIT), _PLANNING),
    Point("end not committed", Stage.END, ("sql:UPDATE runs SET ended_at", _COMMIT)),
    Point("end committed, not in the audit file", Stage.END, ("committed:campaign:ended",)),
    Point("end in the audit file, nobody told", Stage.END, ("filed:campaign:ended",)),
    Point("audit file synced, not marked", Stage.END, (_MARK,)),
    Point("audit file marked, not committed", Stage.END, (_MARK, _COMMIT)),
    Point("marked, report.csv not begun", Stage.END, ("open:.report.csv",)),
    Point("report.csv written, not in its place", Stage.END, ("rename:report.csv",)),
    Point("report.csv in its place, summary.json not begun", Stage.END, ("open:.summary.json",)),
    Point("summary.json written, not in its place", Stage.END, ("rename:summary.json",)),
    Point("everything written, process not ended", Stage.END, ("over",)),
)
BY_NAME: Final = {point.name: point for point in POINTS}
RANDOM: Final = "random moment"
"""What a kill is called that comes from outside, at no point of a name."""
