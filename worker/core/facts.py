"""What happened, once and for good: the frozen records that ledger, audit log, log events and metrics share.

Decides the names of the audit log's kinds and members, in one place. It never holds tokens, bodies, names of
customers' owners or other columns of the input. Sealing a fact into a chained line is `chain`'s work.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar, Final

from worker.core.lifecycle import Verdict
from worker.core.values import Value

Json = dict[str, object]
CUSTOMER_NO: Final = "customerNo"
"""The member that names a customer by its number."""
CUSTOMER_REF: Final = "customerRef"
"""The member that stands in its place where a campaign has pseudonyms."""


class FactKind(StrEnum):
    """The kinds of audit lines."""

    CAMPAIGN = "campaign"
    CHECK = "check"
    INTENT = "intent"
    ATTEMPT = "attempt"
    VERDICT = "verdict"
    CONTROL = "control"


class CampaignFact(Value, frozen=True):
    """The campaign was created, a run of it started or ended; `event` says which, `members` the rest."""

    event: str
    members: Mapping[str, object]
    kind: ClassVar[FactKind] = FactKind.CAMPAIGN

    def body(self) -> Json:
        """The members of the audit line, in their order."""
        return {"event": self.event, **self.members}


class ControlFact(Value, frozen=True):
    """Somebody intervened (`resume`, a rebuilt audit file): what, who and why."""

    action: str
    members: Mapping[str, object]
    kind: ClassVar[FactKind] = FactKind.CONTROL

    def body(self) -> Json:
        """The members of the audit line, in their order."""
        return {"action": self.action, **self.members}


class CheckFact(Value, frozen=True):
    """One pass of reads over one customer: what was found, and how many GETs were sent for it."""

    findings: Mapping[str, str]
    gets: int
    kind: ClassVar[FactKind] = FactKind.CHECK

    def body(self) -> Json:
        """The members of the audit line, in their order."""
        return {"findings": dict(self.findings), "gets": self.gets}


class IntentFact(Value, frozen=True):
    """A DELETE of one customer is about to be sent; durable before its first byte leaves."""

    number: int
    kind: ClassVar[FactKind] = FactKind.INTENT

    def body(self) -> Json:
        """The members of the audit line, in their order; `attempt` counts the DELETEs meant for this customer."""
        return {"attempt": self.number}


class AttemptFact(Value, frozen=True):
    """What became of one intended DELETE: sent and answered, sent and lost, or given up unsent. `ms`: duration."""

    sent: bool
    status: int | None
    ms: int
    cause: str
    kind: ClassVar[FactKind] = FactKind.ATTEMPT

    def body(self) -> Json:
        """The members of the audit line, in their order."""
        evidence = {"sent": self.sent, "method": "DELETE", "status": self.status, "ms": self.ms}
        return {"cause": self.cause, "evidence": evidence}


class VerdictFact(Value, frozen=True):
    """How a customer ended, with a stable word for the reason and what it rests on."""

    verdict: Verdict
    reason: str
    evidence: Mapping[str, object]
    kind: ClassVar[FactKind] = FactKind.VERDICT

    def body(self) -> Json:
        """The members of the audit line, in their order."""
        return {"verdict": self.verdict.value, "reason": self.reason, "evidence": dict(self.evidence)}


CustomerFact = CheckFact | IntentFact | AttemptFact | VerdictFact
Fact = CampaignFact | ControlFact | CustomerFact


class Record(Value, frozen=True):
    """A fact with its place: the same frozen value goes to ledger, audit file, log and metrics.

    `time` is UTC, RFC 3339 with microseconds. `client_no` and `customer_no` are None for a campaign's own facts. With
    pseudonyms there is a `customer_ref` and no `customer_no`, so that no reader can tell the number.
    """

    seq: int
    time: str
    fact: Fact
    client_no: int | None
    customer_no: str | None
    line: bytes
    customer_ref: str | None = None
