"""Facts and replies as a run makes them, for whoever looks on."""

from worker.core.chain import Head, Subject, seal
from worker.core.facts import AttemptFact, Fact, Record, VerdictFact
from worker.core.lifecycle import Verdict
from worker.core.replies import Kind, Meaning, Reply
from worker.observe import Pulse

TIME = "2025-01-31T10:00:00.000001Z"
PULSE = Pulse(rate=10, granted=42, waiting=3, in_flight=8, throttled_by=None, parked_for=1.5)


def record(fact: Fact, customer: str | None = "0042") -> Record:
    """A sealed fact of one customer, or of the campaign."""
    return seal(Head(), TIME, fact, None if customer is None else Subject(2218, customer))[1]


def settled(verdict: Verdict, reason: str = "documents", customer: str = "0042") -> Record:
    return record(VerdictFact(verdict, reason, {"customer": "some"}), customer)


def attempted(status: int | None = 200) -> Record:
    return record(AttemptFact(sent=True, status=status, ms=12, cause="http_200"))


def reply(status: int | None = 200, meaning: Meaning = Meaning.PRESENT, kind: Kind = Kind.GET_CUSTOMER) -> Reply:
    cause = "timeout" if status is None else f"http_{status}"
    return Reply(kind, meaning, cause, status, ms=120)
