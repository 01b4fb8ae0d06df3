"""One customer's next step: the whole decision of what is asked, sent or settled, without any I/O.

Decides from what is durably known (`Standing`), what this pass has found (`Findings`) and how old that is. A
reading back after a DELETE is simply the first read of a new pass, judged by what is owed. It never decides
whether the campaign may go on: that is `guards`, and who vouches for a 404: that is `belief`.
"""

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import assert_never

from worker.core.eligibility import (
    LISTS,
    Absent,
    AskNext,
    Eligible,
    Finding,
    Findings,
    Ineligible,
    Unchecked,
    judge,
    with_reply,
)
from worker.core.lifecycle import Move, Standing, State, Verdict
from worker.core.matching import MISMATCH
from worker.core.replies import Kind, Meaning, Reply
from worker.core.values import Value, replace


class Purpose(StrEnum):
    """What the command is for: look only, delete, or settle doubts by reading."""

    PLAN = "plan"
    DELETE = "delete"
    RECONCILE = "reconcile"


class Priority(IntEnum):
    """Who gets the next permit: the customer furthest along, so that a clearance is used while it is fresh."""

    READ_BACK = 0
    DELETE = 1
    SECOND_LIST = 2
    FIRST_LIST = 3
    CUSTOMER = 4


class Rules(Value, frozen=True):
    """The settings that bear on one customer. Times are in seconds.

    `deletes` counts DELETEs in one run, `renewals` the passes that may be begun anew because a clearance grew old.
    """

    check_max_age: float = 2.0
    settle_time: float = 1.0
    verify_time: float = 30.0
    deletes: int = 3
    renewals: int = 20


class Progress(Value, frozen=True):
    """All that is known of one customer while it is worked on.

    `listed_at` and `fresh_at` are when the first list and the last finding of this pass were asked for (monotonic s):
    what an answer tells may be as old as its question. `answered_at` is the time of our DELETE's success. `deletes`
    counts the DELETEs spent in this run; `verify` marks a deletion that is to be read back, `sentinel` the protected
    customer that is named to exist.
    """

    standing: Standing
    purpose: Purpose
    protected: bool = False
    findings: Findings = Findings()
    gets: int = 0
    listed_at: float = 0.0
    fresh_at: float = 0.0
    answered_at: float = 0.0
    deletes: int = 0
    renewals: int = 0
    verify: bool = False
    misdirected: bool = False
    sentinel: bool = False


class Ask(Value, frozen=True):
    """Send this GET, not before `after` seconds have passed."""

    kind: Kind
    priority: Priority
    after: float = 0.0


class Renew(Value, frozen=True):
    """The clearance has grown too old: forget the findings and begin a new pass."""


class Delete(Value, frozen=True):
    """All three findings are affirmative and fresh: record the intent, then send the DELETE."""


class Hold(Value, frozen=True):
    """A 404 that nobody has vouched for yet: put the customer aside, unsettled."""


class Settle(Value, frozen=True):
    """The customer ends here; `evidence` is what the verdict rests on."""

    verdict: Verdict
    reason: str
    evidence: Mapping[str, object]

    @property
    def move(self) -> Move:
        """The move of the lifecycle table that records this verdict."""
        return Move(self.verdict.value)


Step = Ask | Renew | Delete | Hold | Settle


def heard(progress: Progress, reply: Reply, asked_at: float) -> Progress:
    """The progress after one read was answered for good (retries are over); `asked_at`: when it was sent (s)."""
    listed_at = asked_at if begins_lists(progress, reply.kind) else progress.listed_at
    return replace(progress, findings=with_reply(progress.findings, reply), listed_at=listed_at, fresh_at=asked_at)


def begins_lists(progress: Progress, kind: Kind) -> bool:
    """Whether this read is the first list of a pass: GET customer has found somebody, and no list was asked yet."""
    findings = progress.findings
    unlisted = findings.documents is None and findings.aritems is None
    return kind in LISTS and unlisted and findings.customer is Finding.SOME


def is_fresh(progress: Progress, rules: Rules, now: float) -> bool:
    """Whether a clearance may still be used: its last finding is young enough, and its lists were not drawn out."""
    return now - progress.fresh_at <= rules.check_max_age and now - progress.listed_at <= 2 * rules.check_max_age


def renewed(progress: Progress) -> Progress:
    """The progress at the start of a new pass: what was found before no longer counts."""
    return replace(progress, findings=Findings(), gets=0, renewals=progress.renewals + 1)


def next_step(
    progress: Progress, rules: Rules, now: float, *, witnessed: bool, first: Kind = Kind.GET_DOCUMENTS
) -> Step:
    """What to do next; total. `witnessed`: this run has read a 200 of some customer or list, so routes do work.

    `first` is the list that a pass begins with.
    """
    if progress.standing.state is State.CONFIRMED:
        return _after_success(progress, rules, now)
    if progress.standing.state is State.REJECTED:
        return _settle(progress, Verdict.REFUSED, f"http_{progress.standing.delete_status}")
    if progress.protected and not progress.standing.owed:
        return _settle(progress, Verdict.PROTECTED, "sentinel" if progress.sentinel else "protect_list")
    if progress.standing.owed:
        settled = _after_doubt(progress, witnessed=witnessed, settle_time=rules.settle_time)
        if settled is not None:
            return settled
    return _by_judgement(progress, rules, now, first)


def _by_judgement(progress: Progress, rules: Rules, now: float, first: Kind) -> Step:
    judgement = judge(progress.findings, first)
    match judgement:
        case AskNext(Kind.GET_CUSTOMER):
            return Ask(Kind.GET_CUSTOMER, Priority.CUSTOMER)
        case AskNext(kind):
            begins = begins_lists(progress, kind)
            return Ask(kind, Priority.FIRST_LIST if begins else Priority.SECOND_LIST)
        case Absent():
            return Hold()
        case Unchecked(why):
            doubtful = progress.standing.owed
            return _settle(progress, Verdict.IN_DOUBT if doubtful else Verdict.UNCHECKED, why)
        case Ineligible(reason):
            # What is attached keeps a late DELETE from taking effect; another name in the record does not.
            doubtful = progress.standing.owed and reason == MISMATCH
            return _settle(progress, Verdict.IN_DOUBT if doubtful else Verdict.INELIGIBLE, reason)
        case Eligible():
            return _cleared(progress, rules, now)
        case _:
            assert_never(judgement)


def _cleared(progress: Progress, rules: Rules, now: float) -> Step:
    doubtful = progress.standing.owed
    if doubtful and (progress.purpose is not Purpose.DELETE or progress.protected):
        return _settle(progress, Verdict.IN_DOUBT, "still_there")
    if progress.purpose is not Purpose.DELETE:
        return _settle(progress, Verdict.ELIGIBLE, "nothing_attached")
    if progress.deletes >= rules.deletes:
        return _settle(progress, Verdict.IN_DOUBT if doubtful else Verdict.UNCHECKED, "attempts_spent")
    if progress.renewals >= rules.renewals:
        return _settle(progress, Verdict.IN_DOUBT if doubtful else Verdict.UNCHECKED, "passes_spent")
    return Delete() if is_fresh(progress, rules, now) else Renew()


def _after_success(progress: Progress, rules: Rules, now: float) -> Step:
    """A full success is believed; a share of them is read back, because a server may lie."""
    seen = progress.findings.customer
    if not progress.verify or seen is Finding.UNKNOWN:
        return _settle(progress, Verdict.DELETED, "confirmed")
    if seen is None:
        return Ask(Kind.GET_CUSTOMER, Priority.READ_BACK)
    if seen is Finding.NONE:
        return _settle(progress, Verdict.DELETED, "read_back")
    if now - progress.answered_at < rules.verify_time:
        return Ask(Kind.GET_CUSTOMER, Priority.READ_BACK, after=rules.settle_time)
    return _settle(progress, Verdict.IN_DOUBT, "still_there_after_success")


def _after_doubt(progress: Progress, *, witnessed: bool, settle_time: float) -> Step | None:
    """A DELETE of ours left and its effect is open: read first, and let the recorded attempts name the verdict.

    None: it is still there, and is judged like any other.
    """
    standing, seen = progress.standing, progress.findings.customer
    if seen is None:
        # What a DELETE of this run did may not show at once, whatever it was answered.
        recent = progress.deletes + progress.renewals > 0
        return Ask(Kind.GET_CUSTOMER, Priority.READ_BACK, after=settle_time if recent else 0.0)
    if seen is Finding.UNKNOWN:
        return _settle(progress, Verdict.IN_DOUBT, progress.findings.why)
    if progress.misdirected:
        return _settle(progress, Verdict.IN_DOUBT, "wrong_echo")
    if seen is Finding.NONE:
        return _gone(progress, witnessed=witnessed)
    if standing.state is State.MISSING:
        return _settle(progress, Verdict.IN_DOUBT, "missing_yet_there")
    if standing.state is State.CONTESTED:
        # An earlier DELETE without an answer may still take effect: what the last one met does not answer for it.
        verdict = Verdict.IN_DOUBT if standing.unanswered else Verdict.REFUSED
        return _settle(progress, verdict, f"http_{standing.delete_status}")
    return None


def _gone(progress: Progress, *, witnessed: bool) -> Step:
    """A 404 read back counts once any readable 200 of this run shows that the routes work."""
    documents = progress.findings.documents
    if documents is Finding.SOME:
        return _settle(progress, Verdict.IN_DOUBT, "absent_with_documents")
    if witnessed:
        ours = progress.standing.unanswered > 0 or progress.standing.state is State.CONTESTED
        return _settle(progress, Verdict.DELETED_INFERRED if ours else Verdict.ALREADY_ABSENT, "read_back")
    if documents is None:
        return Ask(Kind.GET_DOCUMENTS, Priority.READ_BACK)
    return _settle(progress, Verdict.IN_DOUBT, "absence_not_believed")


def _settle(progress: Progress, verdict: Verdict, reason: str) -> Settle:
    evidence: dict[str, object] = dict(progress.findings.evidence())
    if progress.standing.delete_status is not None:
        evidence["status"] = progress.standing.delete_status
    return Settle(verdict, reason, evidence)


_EFFECTS: Mapping[Meaning, Move] = {
    Meaning.DELETED: Move.CONFIRM,
    Meaning.REJECTED: Move.REJECT,
    Meaning.MISSING: Move.MISS,
    Meaning.CONTESTED: Move.CONTEST,
    Meaning.UNAUTHORISED: Move.TURNED_AWAY,
    Meaning.NO_CREDENTIALS: Move.GIVE_UP,
    Meaning.FORBIDDEN: Move.TURNED_AWAY,
    Meaning.NOT_SENT: Move.TURNED_AWAY,
}


def effect(reply: Reply) -> Move:
    """What a DELETE's answer says of its effect. What is not certainly harmless or certainly done is unanswered."""
    return _EFFECTS.get(reply.meaning, Move.UNANSWERED)


def answered(progress: Progress, reply: Reply, now: float, *, spent: bool) -> Progress:
    """The progress after a DELETE came back; `spent` says whether it counts as one of the run's attempts."""
    after = progress.standing.after(effect(reply), reply.status)
    return replace(
        progress,
        findings=Findings(),
        gets=0,
        standing=after,
        answered_at=now,
        deletes=progress.deletes + spent,
        renewals=progress.renewals + (not spent),
        misdirected=progress.misdirected or reply.meaning is Meaning.WRONG_ECHO,
    )
