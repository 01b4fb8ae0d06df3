"""The names of log lines: what a fact or an event is called, and how loud it is.

Decides names and levels, in this one place. The members of a fact keep the names that the audit line gives them,
and it adds nothing to them: what may not stand in the audit log cannot reach a log line either.
"""

import logging
from collections.abc import Mapping
from typing import Final, assert_never

from worker.core.facts import (
    CUSTOMER_NO,
    CUSTOMER_REF,
    AttemptFact,
    CampaignFact,
    CheckFact,
    ControlFact,
    IntentFact,
    Json,
    Record,
    VerdictFact,
)
from worker.core.lifecycle import Verdict
from worker.core.replies import Meaning

ANSWER: Final = "answer"
"""One request came back, or did not."""
PROGRESS: Final = "progress"
"""How far the work is, now and then."""
OBSERVER_FAILED: Final = "observer_failed"
"""A log, a metric or a display broke; the run goes on without it."""
LIBRARY: Final = "library"
"""A package that we use had something to say."""

FAILURES: Final = frozenset({Verdict.UNCHECKED, Verdict.IN_DOUBT, Verdict.REFUSED})
"""Verdicts that somebody should look at."""
EXPECTED: Final = frozenset(
    {Meaning.PRESENT, Meaning.CLEAR, Meaning.ABSENT, Meaning.DELETED, Meaning.REJECTED, Meaning.MISSING}
)
"""Answers that are part of the normal work; all others are troubles."""
REPEATING: Final = frozenset({"retry", "throttled", "parked", "outage", "queue_out_of_reach", "checkpoint_failed"})
"""Events that may come many times in a moment, each with a `why`."""
_LEVELS: Final[Mapping[str, int]] = {
    "retry": logging.DEBUG,
    "throttled": logging.WARNING,
    "parked": logging.WARNING,
    "outage": logging.WARNING,
    "checkpoint_failed": logging.WARNING,
    "queue_lost": logging.WARNING,
    "queue_out_of_reach": logging.WARNING,
    OBSERVER_FAILED: logging.ERROR,
}


def level_of(event: str) -> int:
    """The level of something that is told; what is not known here is worth an ordinary line."""
    return _LEVELS.get(event, logging.INFO)


def named(record: Record) -> tuple[str, int, Json]:
    """What a fact's line is called, its level, and its members as the audit line has them, but for the hashes."""
    members: Json = {"time": record.time, "seq": record.seq}
    if record.customer_ref is not None:
        members |= {"clientNo": record.client_no, CUSTOMER_REF: record.customer_ref}
    elif record.customer_no is not None:
        members |= {"clientNo": record.client_no, CUSTOMER_NO: record.customer_no}
    body = record.fact.body()
    match record.fact:
        case CampaignFact(event):
            # A log line has an `event` of its own, so the audit's becomes a part of it.
            body.pop("event", None)
            return f"campaign_{event}", logging.INFO, members | body
        case ControlFact(action):
            body.pop("action", None)
            return f"control_{action}", logging.WARNING, members | body
        case CheckFact() | IntentFact():
            return record.fact.kind.value, logging.DEBUG, members | body
        case AttemptFact():
            return record.fact.kind.value, logging.INFO, members | body
        case VerdictFact(verdict):
            loud = logging.WARNING if verdict in FAILURES else logging.INFO
            return record.fact.kind.value, loud, members | body
        case _:
            assert_never(record.fact)
