"""Which orders of lines about one customer cannot be: the rules of the audit format that a chain of hashes knows not.

Decides what is wrong with a line, given the lines before it that name the same customer. It trusts the bytes: whether
they are those that were written is `chain`'s and `merkle`'s to say.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from worker.core.facts import FactKind
from worker.core.lifecycle import RECHECK_STATES, RECORDED, Verdict
from worker.core.summary import SETTLED

_RECHECKED = frozenset(state.value for state in RECHECK_STATES)
_FINAL = frozenset(verdict.value for verdict in SETTLED) - {Verdict.ELIGIBLE.value}


@dataclass(slots=True)
class Trace:
    """What the lines say of one customer: its last verdict and where it stands, and its DELETEs meant and told of."""

    verdict: str | None = None
    reason: str = ""
    seq: int = 0
    intents: int = 0
    attempts: int = 0
    sent: int = 0
    named: int = 0

    def take_in(self, members: Mapping[str, object], line: int, rechecked: int) -> str:
        """One more line about this customer, the `line`th of its log; what is wrong with it, or nothing.

        `rechecked` is the line that last began a run which takes up settled customers again, 0 if none did.
        """
        kind = members.get("kind")
        problem = "" if self.verdict is None or kind == "control" else self._again(rechecked)
        found = _TAKEN_IN.get(str(kind), _unknown)(self, members, line)
        return problem or found

    def _again(self, rechecked: int) -> str:
        """Nobody is named again once settled; only a recheck takes up again what was not deleted."""
        if self.verdict not in _FINAL:
            return ""
        allowed = self.verdict in _RECHECKED and rechecked > self.seq
        return "" if allowed else f"named again after {self.verdict}"


def _sent(members: Mapping[str, object]) -> object:
    evidence = members.get("evidence")
    return evidence.get("sent") if isinstance(evidence, dict) else None


def _unknown(_: Trace, members: Mapping[str, object], __: int) -> str:
    return f"a line of kind {members.get('kind')!r} is not known"


def _check(_: Trace, __: Mapping[str, object], ___: int) -> str:
    return ""


def _intent(trace: Trace, members: Mapping[str, object], _: int) -> str:
    trace.intents += 1
    return "" if members.get("attempt") == trace.intents else f"its intent is not number {trace.intents}"


def _attempt(trace: Trace, members: Mapping[str, object], _: int) -> str:
    trace.attempts += 1
    sent = _sent(members)
    trace.sent += sent is True
    if trace.attempts > trace.intents:
        return "an attempt without an earlier intent"
    return "" if isinstance(sent, bool) else "an attempt that does not say whether it was sent"


def _control(trace: Trace, members: Mapping[str, object], _: int) -> str:
    """A new request for a settled customer opens it again; what it had before is another row's."""
    if members.get("action") != "requested_again" or trace.verdict not in _FINAL:
        return "opened again without having been settled"
    trace.verdict, trace.reason, trace.seq, trace.sent = None, "", 0, 0
    return ""


def _verdict(trace: Trace, members: Mapping[str, object], seq: int) -> str:
    verdict = members.get("verdict")
    if not isinstance(verdict, str) or verdict not in RECORDED:
        return f"{verdict!r} is no verdict that is recorded"
    trace.verdict, trace.reason, trace.seq = verdict, str(members.get("reason")), seq
    if verdict == "deleted" and not trace.sent:
        return "deleted without a DELETE that was sent"
    if verdict == "deleted_inferred" and not trace.intents:
        return "deleted_inferred without an intent"
    return ""


_TAKEN_IN: Mapping[str, Callable[[Trace, Mapping[str, object], int], str]] = {
    FactKind.CHECK.value: _check,
    FactKind.INTENT.value: _intent,
    FactKind.ATTEMPT.value: _attempt,
    FactKind.VERDICT.value: _verdict,
    FactKind.CONTROL.value: _control,
}
