"""A server in a few lines, and a walk of one customer against it: what is true is known, so verdicts can be judged.

Decides what a DELETE really did (at once, late, never) and what is heard of it. It shares no rule with the worker:
that a DELETE is refused while something is attached is the server's own rule.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from worker.core.lifecycle import Move, Standing, Verdict, recover, reported
from worker.core.replies import Kind, Meaning, Reply
from worker.core.steps import (
    Ask,
    Delete,
    Hold,
    Progress,
    Purpose,
    Renew,
    Rules,
    Settle,
    Step,
    answered,
    heard,
    next_step,
    renewed,
)
from worker.core.values import replace

DONE = {Verdict.DELETED, Verdict.DELETED_INFERRED}


class Fate(StrEnum):
    """What befalls one request. Those of the second group touch DELETEs only; a read then is answered truly."""

    WELL = "well"
    LOST_AFTER = "lost_after"  # the server acts, the answer is lost
    LOST_BEFORE = "lost_before"
    SLOW = "slow"  # answered truly, but only after a minute
    REFUSED = "refused"  # no connection
    UNAUTHORISED = "unauthorised"
    CRASH_BEFORE = "crash_before"  # the worker dies; the request never left
    CRASH_AFTER = "crash_after"  # the worker dies; the server acts

    LATE = "late"  # the answer is lost, the server acts two requests later
    THROTTLED = "throttled"
    THROTTLED_AFTER = "throttled_after"  # a proxy says 429, although the server behind it has acted
    CONTESTED = "contested"  # 409, and nothing was done
    CONTESTED_AFTER = "contested_after"  # 409, although it was done
    NOT_ROUTED = "not_routed"  # 404 to everybody
    WRONG_ECHO = "wrong_echo"  # a success for somebody else
    LIE = "lie"  # a success, and nothing was done
    ATTACHES = "attaches"  # a document arrives right before


READ_FATES = (Fate.WELL, Fate.LOST_BEFORE, Fate.SLOW, Fate.CRASH_BEFORE, Fate.ATTACHES)
_ACTS = {
    *(Fate.WELL, Fate.LOST_AFTER, Fate.SLOW, Fate.CRASH_AFTER),
    *(Fate.THROTTLED_AFTER, Fate.CONTESTED_AFTER, Fate.ATTACHES),
}
_HEARD = {
    Fate.LOST_AFTER: Meaning.UNANSWERED,
    Fate.LOST_BEFORE: Meaning.UNANSWERED,
    Fate.LATE: Meaning.UNANSWERED,
    Fate.REFUSED: Meaning.NOT_SENT,
    Fate.UNAUTHORISED: Meaning.UNAUTHORISED,
    Fate.THROTTLED: Meaning.THROTTLED,
    Fate.THROTTLED_AFTER: Meaning.THROTTLED,
    Fate.CONTESTED: Meaning.CONTESTED,
    Fate.CONTESTED_AFTER: Meaning.CONTESTED,
    Fate.NOT_ROUTED: Meaning.MISSING,
    Fate.WRONG_ECHO: Meaning.WRONG_ECHO,
    Fate.LIE: Meaning.DELETED,
}
_UNSPENT = {Meaning.THROTTLED, Meaning.NOT_SENT, Meaning.UNAUTHORISED}


@dataclass(slots=True)
class Server:
    """What is true of the one customer. `late` counts down the requests until a delayed DELETE takes effect."""

    there: bool = True
    documents: bool = False
    aritems: bool = False
    by_us: bool = False
    deletes: int = 0
    late: list[int] = field(default_factory=list)

    def tick(self) -> None:
        """One request passes; delayed DELETEs come closer."""
        self.late = [left - 1 for left in self.late]
        if 0 in self.late:
            self.delete()

    def delete(self) -> Meaning:
        """Act on a DELETE."""
        if not self.there:
            return Meaning.MISSING
        if self.documents or self.aritems:
            return Meaning.REJECTED
        self.there, self.by_us = False, True
        return Meaning.DELETED

    def read(self, kind: Kind) -> Meaning:
        """Answer a GET truly."""
        if kind is Kind.GET_CUSTOMER:
            return Meaning.PRESENT if self.there else Meaning.ABSENT
        attached = self.documents if kind is Kind.GET_DOCUMENTS else self.aritems
        return Meaning.PRESENT if attached and self.there else Meaning.CLEAR


class Crash(Exception):
    """The worker died; only its durable standing is left."""


@dataclass(slots=True)
class Walk:
    """One customer, worked by run after run until a run ends with a verdict; judged at every durable point."""

    server: Server
    fates: Iterator[Fate]
    rules: Rules = field(default_factory=Rules)
    standing: Standing = field(default_factory=Standing)
    now: float = 0.0
    heard: list[tuple[Kind, Meaning, float]] = field(default_factory=list)
    settled: Settle | None = None

    def run(self, purpose: Purpose, *, protected: bool = False, verify: bool = False) -> None:
        """One run of a command, to its verdict or its crash."""
        progress = Progress(recover(self.standing), purpose, protected=protected, verify=verify)
        self.heard, self.settled = [], None
        try:
            for _ in range(500):
                following = self.perform(progress, next_step(progress, self.rules, self.now, witnessed=self.witnessed))
                if following is None:
                    return
                progress = following
        except Crash:
            return
        raise AssertionError("the walk does not end")

    @property
    def witnessed(self) -> bool:
        """Whether this run has read a 200."""
        return any(meaning in (Meaning.PRESENT, Meaning.CLEAR) for _, meaning, _ in self.heard)

    def perform(self, progress: Progress, step: Step) -> Progress | None:
        """Do what the step says; None when the customer is settled or put aside."""
        match step:
            case Ask(kind, _, after):
                self.now += after
                return self.ask(progress, kind)
            case Renew():
                return renewed(progress)
            case Delete():
                return self.delete(progress)
            case Hold():
                self.record(progress.standing.after(Move.HOLD))
                self.record(self.standing.after(Move.ALREADY_ABSENT))
            case Settle():
                self.record(progress.standing.after(step.move))
                self.settled = step
        return None

    def ask(self, progress: Progress, kind: Kind) -> Progress:
        """Send one GET through its fate."""
        fate = self.fate()
        fate = fate if fate in READ_FATES else Fate.WELL
        if fate is Fate.CRASH_BEFORE:
            raise Crash
        meaning = Meaning.UNANSWERED if fate is Fate.LOST_BEFORE else self.server.read(kind)
        self.heard.append((kind, meaning, self.now))
        self.now += 0.0 if fate is not Fate.SLOW else 60.0
        return heard(progress, Reply(kind, meaning, "said"), self.heard[-1][2])

    def delete(self, progress: Progress) -> Progress:
        """Record the intent, send the DELETE through its fate, record what came back."""
        self.judge_permission(progress)
        self.record(progress.standing.after(Move.INTEND))
        fate = self.fate()
        if fate is Fate.CRASH_BEFORE:
            raise Crash
        self.server.deletes += fate is not Fate.REFUSED
        if fate is Fate.LATE:
            self.server.late.append(2)
        done = self.server.delete() if fate in _ACTS else None
        if fate is Fate.CRASH_AFTER:
            raise Crash
        meaning = _HEARD.get(fate) or done or Meaning.UNANSWERED
        reply = Reply(Kind.DELETE, meaning, "said", 409 if meaning is Meaning.CONTESTED else None)
        following = answered(replace(progress, standing=self.standing), reply, self.now, spent=meaning not in _UNSPENT)
        self.record(following.standing)
        self.heard.append((Kind.DELETE, meaning, self.now))
        return following

    def fate(self) -> Fate:
        """What befalls the next request; when the script is over, all goes well."""
        self.server.tick()
        fate = next(self.fates, Fate.WELL)
        if fate is Fate.ATTACHES:
            self.server.documents = True
        return fate

    def judge_permission(self, progress: Progress) -> None:
        """A DELETE needs three affirmative findings of one unbroken pass, the last of them young."""
        last = [(kind, meaning) for kind, meaning, _ in self.heard[-3:]]
        assert last == [
            (Kind.GET_CUSTOMER, Meaning.PRESENT),
            (Kind.GET_DOCUMENTS, Meaning.CLEAR),
            (Kind.GET_ARITEMS, Meaning.CLEAR),
        ]
        assert self.now - self.heard[-1][2] <= self.rules.check_max_age
        assert progress.purpose is Purpose.DELETE
        assert not progress.protected

    def record(self, standing: Standing) -> None:
        """Make a standing durable; from now on a report would say so, and must not say more than is true."""
        self.standing = standing
        told = reported(standing, planning=False)
        if told in DONE:
            assert self.server.by_us, f"{told}, but not by us"
            assert not self.server.there, f"{told}, but still there"
        elif told is not Verdict.IN_DOUBT:
            assert not self.server.by_us, f"{told}, but deleted by us"
