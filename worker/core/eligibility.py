"""Three replies make three findings; three findings make a judgement. Unknown is never eligible.

Decides whether one customer may be deleted as far as the reads can tell. It never looks at time, attempts or
guards: those are `lifecycle`, `retry` and `guards`.
"""

from enum import StrEnum
from typing import assert_never

from worker.core.matching import MISMATCH
from worker.core.replies import Kind, Meaning, Reply
from worker.core.values import Value, replace


class Finding(StrEnum):
    """What one read established. A finding that was not asked for is None, not UNKNOWN."""

    SOME = "some"
    NONE = "none"
    UNKNOWN = "unknown"


class Findings(Value, frozen=True):
    """The findings of one unbroken pass. `why` names the cause of an unknown one, as `documents:http_404`.

    `mismatch`: the customer is there, but is not who the list says.
    """

    customer: Finding | None = None
    documents: Finding | None = None
    aritems: Finding | None = None
    why: str = ""
    mismatch: bool = False

    def evidence(self) -> dict[str, str]:
        """What was asked and found, for the audit; what was not asked is not there."""
        found = {"customer": self.customer, "documents": self.documents, "aritems": self.aritems}
        return {name: finding.value for name, finding in found.items() if finding is not None}


class Eligible(Value, frozen=True):
    """The customer exists, matches where that is asked for, and has neither documents nor AR items."""


class Ineligible(Value, frozen=True):
    """It must stay; `reason` is `documents` or `ar_items` (attached), or `mismatch`."""

    reason: str


class Absent(Value, frozen=True):
    """GET customer says 404. Whether that is believed is for `belief` to say."""


class Unchecked(Value, frozen=True):
    """A read could not be brought to a certain answer; `why` is its cause."""

    why: str


class AskNext(Value, frozen=True):
    """The pass is not over: this read comes next."""

    kind: Kind


Judgement = Eligible | Ineligible | Absent | Unchecked | AskNext

LISTS = (Kind.GET_DOCUMENTS, Kind.GET_ARITEMS)
"""The two reads that show what is attached; either may come first."""

READ_NAMES = {Kind.GET_CUSTOMER: "customer", Kind.GET_DOCUMENTS: "documents", Kind.GET_ARITEMS: "aritems"}
_FINDING = {
    (Kind.GET_CUSTOMER, Meaning.PRESENT): Finding.SOME,
    (Kind.GET_CUSTOMER, Meaning.ABSENT): Finding.NONE,
    (Kind.GET_DOCUMENTS, Meaning.PRESENT): Finding.SOME,
    (Kind.GET_DOCUMENTS, Meaning.CLEAR): Finding.NONE,
    (Kind.GET_ARITEMS, Meaning.PRESENT): Finding.SOME,
    (Kind.GET_ARITEMS, Meaning.CLEAR): Finding.NONE,
}
"""The certain answers, and no others: an "absent" list would be as unknown as a 500."""


def with_reply(findings: Findings, reply: Reply) -> Findings:
    """The findings with one more read answered for good; anything but a certain answer is UNKNOWN."""
    finding = _FINDING.get((reply.kind, reply.meaning), Finding.UNKNOWN)
    why = findings.why
    if finding is Finding.UNKNOWN and not why:
        why = f"{READ_NAMES.get(reply.kind, reply.kind)}:{reply.cause}"
    match reply.kind:
        case Kind.GET_CUSTOMER:
            mismatch = finding is Finding.SOME and reply.cause == MISMATCH
            return replace(findings, customer=finding, why=why, mismatch=mismatch)
        case Kind.GET_DOCUMENTS:
            return replace(findings, documents=finding, why=why)
        case Kind.GET_ARITEMS:
            return replace(findings, aritems=finding, why=why)
        case Kind.DELETE | Kind.TOKEN:
            msg = f"{reply.kind} is not a read"
            raise ValueError(msg)
        case _:
            assert_never(reply.kind)


def judge(findings: Findings, first: Kind = Kind.GET_DOCUMENTS) -> Judgement:
    """Read the customer, then its lists, `first` before the other, and stop at the first read that settles it."""
    customer, lists = findings.customer, (findings.documents, findings.aritems)
    if customer is None:
        return AskNext(Kind.GET_CUSTOMER)
    if customer is Finding.NONE:
        return Absent()
    if customer is not Finding.UNKNOWN and findings.mismatch:
        return Ineligible(MISMATCH)
    if Finding.UNKNOWN in (customer, *lists):
        return Unchecked(findings.why)
    if Finding.SOME in lists:
        return Ineligible("documents" if findings.documents is Finding.SOME else "ar_items")
    missing = [kind for kind, finding in zip(LISTS, lists, strict=True) if finding is None]
    if missing:
        return AskNext(first if first in missing else missing[0])
    return Eligible()
