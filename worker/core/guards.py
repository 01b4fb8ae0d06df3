"""When the campaign must not go on: caps, shares, and answers that do not fit what we believe of the API.

Decides by counting how customers ended; it is told facts and returns either nothing or a `Stop`. It stops nothing
itself. Every stop has one exit code, one stable word and a message for a person.
"""

from collections.abc import Mapping

from msgspec import field

from worker.core.lifecycle import DELETED_BY_US, Verdict
from worker.core.replies import Reply, Unreadable
from worker.core.values import Value, replace
from worker.errors import Exit

FIRST_JUDGED = 20
"""How many customers must have ended before their failures are judged (`max_failure_share`, one cause)."""
WINDOW = 100
"""How many of the last endings `max_failure_share` looks at; and from how many on `run` judges deletions."""
NOT_ROUTED = 5
"""So many 404s to DELETEs of customers that are still there, one after the other, mean: DELETE is not routed."""

FAILURES = frozenset({Verdict.UNCHECKED, Verdict.IN_DOUBT, Verdict.REFUSED})  # what counts against `max_failure_share`


class Stop(Value, frozen=True):
    """Why a run ends early: exit code, stable word, message, what to do. A latched one bars later starts."""

    exit: Exit
    why: str
    message: str
    advice: tuple[str, ...] = ()
    latches: bool = False


class Limits(Value, frozen=True):
    """The guard settings that are counted against. None means no limit. `customers` is the campaign's size."""

    customers: int
    max_deletes: int | None = None
    max_delete_share: float | None = None
    max_failure_share: float = 0.05
    max_in_doubt: int | None = None
    ramp: bool = False


class Tally(Value, frozen=True):
    """What has been counted. `charged` and `in_doubt` are over all runs, the rest belongs to this run.

    `window` holds the last endings as bits, 1 for a failure, the youngest lowest. `causes` counts customers
    unchecked by the API's answers, by cause; `passed` tells whether any customer was found eligible.
    """

    charged: int = 0
    in_doubt: int = 0
    ended: int = 0
    deleted: int = 0
    window: int = 0
    failed: int = 0
    causes: Mapping[str, int] = field(default_factory=dict)
    passed: bool = False
    not_routed: int = 0

    def reserved(self) -> "Tally":
        """One place under `max_deletes` is taken, before the DELETE is sent."""
        return replace(self, charged=self.charged + 1)

    def given_back(self) -> "Tally":
        """A DELETE certainly had no effect: its place is free again."""
        return replace(self, charged=self.charged - 1)

    def with_pass(self) -> "Tally":
        """A customer was found eligible: how the API answers does fit."""
        return self if self.passed else replace(self, passed=True)

    def with_ending(self, verdict: Verdict, reason: str, *, was_in_doubt: bool = False) -> "Tally":
        """One more customer has ended."""
        failed = verdict in FAILURES
        doubt = verdict is Verdict.IN_DOUBT
        return replace(
            self,
            in_doubt=self.in_doubt + doubt - was_in_doubt,
            ended=self.ended + 1,
            deleted=self.deleted + (verdict in DELETED_BY_US),
            window=((self.window << 1) | failed) & ((1 << WINDOW) - 1),
            failed=self.failed + failed,
            causes=_counted(self.causes, reason) if verdict is Verdict.UNCHECKED else self.causes,
            passed=self.passed or verdict in (Verdict.ELIGIBLE, Verdict.DELETED),
            not_routed=_not_routed(self.not_routed, verdict, reason),
        )


def _counted(causes: Mapping[str, int], reason: str) -> Mapping[str, int]:
    return {**causes, reason: causes.get(reason, 0) + 1} if is_answer(reason) else causes


def _not_routed(row: int, verdict: Verdict, reason: str) -> int:
    if reason == "missing_yet_there":
        return row + 1
    return 0 if verdict in (Verdict.DELETED, Verdict.REFUSED) else row


_ANSWERS = frozenset({unreadable.value for unreadable in Unreadable}) | {"filter_ignored", "wrong_type", "wrong_record"}
_PASSING = frozenset({"http_408", "http_429", "http_404_not_believed"})


def is_answer(reason: str) -> bool:
    """Whether a cause lies in how the API answers, not in whether it does: asking later will not mend it."""
    _, _, cause = reason.rpartition(":")
    return cause in _ANSWERS or (cause.startswith(("http_2", "http_4")) and cause not in _PASSING)


def reserve(tally: Tally, limits: Limits) -> Tally | Stop:
    """One more DELETE is wanted: the tally with its place taken, or why there is none."""
    if limits.max_deletes is not None and tally.charged >= limits.max_deletes:
        return Stop(
            Exit.SAFETY_STOP,
            "max_deletes",
            f"{tally.charged} customers are deleted or may be, and max_deletes is {limits.max_deletes}",
            ("to go on, run the same command with a higher --max-deletes",),
        )
    share = limits.max_delete_share
    if share is not None and tally.ended >= WINDOW and (tally.deleted + 1) > share * (tally.ended + 1):
        return _too_many(tally.deleted + 1, tally.ended + 1, share)
    return tally.reserved()


def plan_share(eligible: int, limits: Limits) -> Stop | None:
    """What `apply` judges before its first DELETE: deletions over customers."""
    share = limits.max_delete_share
    if share is None or eligible <= share * limits.customers:
        return None
    return _too_many(eligible, limits.customers, share)


def _too_many(deletions: int, customers: int, share: float) -> Stop:
    return Stop(
        Exit.SAFETY_STOP,
        "max_delete_share",
        f"{deletions} deletions of {customers} customers are more than the allowed share of {share:g}",
        (
            "look at the list: is it the right one? A higher max_delete_share is the way to say that it is;",
            "then `amili-purge resume`, and for an apply a new plan: the share is part of what was approved",
        ),
        latches=True,
    )


def objection(tally: Tally, limits: Limits) -> Stop | None:
    """Why the run must stop after what has ended so far; None when it may go on."""
    return _one_cause(tally) or _delete_not_routed(tally) or _doubts(tally, limits) or _failures(tally, limits)


def _one_cause(tally: Tally) -> Stop | None:
    if tally.passed:
        return None
    for reason, count in tally.causes.items():
        if count >= FIRST_JUDGED:
            return Stop(
                Exit.PROTOCOL,
                "one_cause",
                f"{count} customers could not be checked for one cause ({reason}), and none passed",
                (accepting(reason),),
            )
    return None


def accepting(reason: str) -> str:
    """The settings line that would accept such answers, where there is one."""
    read, _, cause = reason.partition(":")
    if read in ("documents", "aritems"):
        if cause in ("http_204", "http_404"):
            return f'if that is how this API says "none", set: empty_list = "200,{cause.removeprefix("http_")}"'
        if cause == "filter_ignored":
            return f'the filter was ignored; find its right name and set: {read}_filter = "NAME"'
        if cause in ("wrong_type", "http_400", "http_422"):
            return f"if the list stands under another key, or the filter has another name: {read}_key, {read}_filter"
    return "run `amili-purge doctor`, and look at base_url and client_no"


def _delete_not_routed(tally: Tally) -> Stop | None:
    if tally.not_routed < NOT_ROUTED:
        return None
    return Stop(
        Exit.PROTOCOL,
        "delete_not_routed",
        f"{tally.not_routed} DELETEs in a row were answered 404, and the customers are still there",
        ("DELETE does not seem to be routed at this base_url: ask the API's owner",),
    )


def _doubts(tally: Tally, limits: Limits) -> Stop | None:
    most = limits.max_in_doubt
    if most is None or tally.in_doubt <= most:
        return None
    message = f"{tally.in_doubt} customers are in doubt (we may have deleted them), and max_in_doubt is {most}"
    return Stop(Exit.SAFETY_STOP, "max_in_doubt", message, ("`amili-purge reconcile` settles them",), latches=True)


def _failures(tally: Tally, limits: Limits) -> Stop | None:
    if tally.ended < FIRST_JUDGED:
        return None
    seen, failed = min(tally.ended, WINDOW), tally.window.bit_count()
    if failed <= limits.max_failure_share * seen or _one_cause_growing(tally):
        return None
    return Stop(
        Exit.SAFETY_STOP,
        "max_failure_share",
        f"{failed} of the last {seen} customers ended unchecked, in doubt (we may have deleted them) or refused",
        tuple(accepting(reason) for reason in tally.causes) or ("look at the reasons in report.csv before going on",),
        latches=True,
    )


def _one_cause_growing(tally: Tally) -> bool:
    """All failures have one cause in the API's answers and nothing passed, so nothing was deleted: name it soon."""
    return not tally.passed and len(tally.causes) == 1 and sum(tally.causes.values()) == tally.failed


def unauthorised(reply: Reply) -> Stop:
    """The token is not accepted, or the token service refuses us."""
    advice = ("the token may have expired or belong to another client; check token, token_file or the OAuth settings",)
    return Stop(Exit.FORBIDDEN, "unauthorised", f"the API does not accept our token ({reply.cause})", advice)


def forbidden(reply: Reply) -> Stop:
    """403: we may not do this, at least not to this customer."""
    advice = ("a customer that answers 403 is tried last in later runs; it can also go on the protect list",)
    return Stop(Exit.FORBIDDEN, "forbidden", f"the API forbids {reply.kind.value} (403)", advice)


def redirected(reply: Reply) -> Stop:
    """A redirect is never followed: the token would go with it."""
    advice = ("base_url must be the API itself, not a page that leads to it",)
    return Stop(Exit.PROTOCOL, "redirected", f"the API answers {reply.kind.value} with a redirect", advice)


def out_of_reach(budget: float, last: Reply | None = None) -> Stop:
    """Nobody has answered usefully for longer than `outage_budget` seconds; `last` is the last that went wrong."""
    seen = "" if last is None else f" (the last try, {last.kind.value}: {last.cause})"
    message = f"no useful answer within the outage budget of {budget:g} s{seen}"
    return Stop(Exit.OUT_OF_REACH, "outage", message, ("nothing is lost: run the same command again later",))


def broken(what: str) -> Stop:
    """A bug: the worker would rather stop than account wrongly."""
    return Stop(Exit.BROKEN, "broken", what, ("please report this, with the log of this run",))


def wrong_echo(asked: str, echoed: str) -> Stop:
    """A success that names another customer: the worst answer there is."""
    return Stop(
        Exit.SAFETY_STOP,
        "wrong_echo",
        f"the DELETE of {asked} was answered with a success for {echoed or 'another'}",
        ("look at both customers in the ARM before anything else is deleted",),
        latches=True,
    )


def still_there(asked: str) -> Stop:
    """A deletion was confirmed, and reading back shows the customer alive."""
    message = f"the deletion of {asked} was confirmed, but the customer is still there"
    advice = ("the API's successes cannot be believed: ask its owner before going on",)
    return Stop(Exit.PROTOCOL, "still_there", message, advice)


_ANEW = "if base_url or client_no was wrong, begin anew with the right one: resume only if both were right"


def nobody_exists(asked: int) -> Stop:
    """Everybody answers 404: more likely a wrong client or prefix than a list of ghosts."""
    return Stop(
        Exit.SAFETY_STOP,
        "nobody_exists",
        f"{asked} customers were asked for and none exists",
        ('check base_url and client_no, and name a customer that must exist: sentinel = "NUMBER"', _ANEW),
        latches=True,
    )


def sentinel_lost(number: str) -> Stop:
    """The customer that must exist does not answer 200, so no 404 can be believed."""
    message = f"the sentinel {number}, which must exist, does not answer 200"
    advice = ("404s since it was last seen are unchecked; check base_url, client_no and the sentinel", _ANEW)
    return Stop(Exit.SAFETY_STOP, "sentinel_lost", message, advice, latches=True)


def latched(campaign: str, why: str) -> Stop:
    """An earlier safety stop bars this start."""
    message = f"an earlier run was stopped for safety ({why}), and nobody has lifted that"
    lifting = f'when it is understood: amili-purge resume {campaign} --because "…"'
    advice = (lifting, _ANEW) if why.startswith(("nobody_exists:", "sentinel_lost:")) else (lifting,)
    return Stop(Exit.SAFETY_STOP, "latched", message, advice)


def interrupted(signal: str) -> Stop:
    """Somebody asked the process to end."""
    return Stop(Exit.INTERRUPTED, "interrupted", f"{signal} received", ("run the same command again to go on",))
