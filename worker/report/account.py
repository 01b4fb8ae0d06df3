"""The account of a campaign: from its books to a `Summary`, and from that to `summary.json`.

Decides the members of the file and what is added up over all runs. It never judges the counts: `core.summary` does.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from worker.core.chain import Head
from worker.core.checkpoint import Witnessed
from worker.core.economy import Economy
from worker.core.lifecycle import Verdict
from worker.core.replies import Kind
from worker.core.summary import Summary
from worker.ports import Books, RunNote

_BY_WORTH: Final = (
    *("verdicts", "rows", "audit", "plan_digest", "customers"),
    *("ended_at", "started_at", "seconds", "requests", "economy"),
)
"""Members that a line may do without: the last goes first."""
_COUNTS: Final = ("delivered", "failed", "covered", "lines")
"""The counts of `Witnessed`, as the file has them."""


def summarise(books: Books, *, exit_code: int | None, stopped_by: str | None) -> Summary:
    """The account as the books stand at this moment; requests and seconds are those of all runs together."""
    return account(books, books.verdicts(), exit_code=exit_code, stopped_by=stopped_by)


def account(books: Books, verdicts: Mapping[Verdict, int], *, exit_code: int | None, stopped_by: str | None) -> Summary:
    """The account with these counts of rows: every verdict is there, zeros too; `eligible` is a plan's word."""
    campaign, runs = books.campaign(), books.runs()
    sent = _requests(runs)
    told = [each for each in Verdict if campaign.planning or each is not Verdict.ELIGIBLE or verdicts.get(each)]
    return Summary(
        campaign=campaign.name,
        rows=campaign.rows,
        customers=campaign.customers,
        verdicts={verdict: verdicts.get(verdict, 0) for verdict in told},
        requests={kind.value: sent[kind.value] for kind in Kind},
        economy=Economy.of(sent),
        started_at=runs[0].started_at if runs else None,
        ended_at=runs[-1].ended_at if runs else None,
        seconds=_seconds(runs),
        exit_code=exit_code,
        stopped_by=stopped_by,
        plan_digest=campaign.plan.digest if campaign.plan else None,
        head=books.head(),
    )


def as_json(summary: Summary) -> str:
    """The text of `summary.json`: the members of the contract, in their order."""
    return json.dumps(_members(summary), ensure_ascii=False, indent=2) + "\n"


def as_line(summary: Summary, most: int | None = None) -> str:
    """The same members as one line of ASCII without its end; in at most `most` bytes, by leaving out what says least.

    `campaign`, `exit_code` and `stopped_by` always stay.
    """
    members = _members(summary)
    dispensable = list(_BY_WORTH)
    while most is not None and len(_line(members)) > most and dispensable:
        del members[dispensable.pop()]
    return _line(members)


def _line(members: Mapping[str, object]) -> str:
    return json.dumps(members, separators=(",", ":"))


def _members(summary: Summary) -> dict[str, object]:
    return {
        "campaign": summary.campaign,
        "rows": summary.rows,
        "customers": summary.customers,
        "verdicts": {verdict.value: rows for verdict, rows in summary.verdicts.items()},
        "requests": dict(summary.requests),
        "economy": {
            "requests_per_deletion": summary.economy.per_deletion,
            "least_per_deletion": summary.economy.least_per_deletion,
            "requests_per_rejection": summary.economy.per_rejection,
            "least_per_rejection": summary.economy.least_per_rejection,
        },
        "started_at": summary.started_at,
        "ended_at": summary.ended_at,
        "seconds": round(summary.seconds, 3),
        "exit_code": summary.exit_code,
        "stopped_by": summary.stopped_by,
        "plan_digest": summary.plan_digest,
        "audit": {"lines": summary.head.seq, "head": summary.head.hash, **_signed(summary.witnessed)},
    }


def _signed(witnessed: Witnessed | None) -> dict[str, object]:
    """The public key, and how many checkpoints were handed over; nothing where none are signed."""
    if witnessed is None:
        return {}
    counts = {name: getattr(witnessed, name) for name in _COUNTS}
    return {"key": witnessed.key, "checkpoints": counts}


def witnessed_in(text: str, head: Head) -> Witnessed | None:
    """What a `summary.json` says of the checkpoints, if it was written of the log with this end."""
    try:
        audit = json.loads(text)["audit"]
        if (audit["lines"], audit["head"]) != (head.seq, head.hash):
            return None
        return Witnessed(str(audit["key"]), **{name: int(audit["checkpoints"][name]) for name in _COUNTS})
    except (ValueError, LookupError, TypeError):
        return None  # It was made by hand, or by a run that signed nothing.


def _requests(runs: Sequence[RunNote]) -> Counter[str]:
    total: Counter[str] = Counter()
    for run in runs:
        total.update(run.requests)
    return total


def _seconds(runs: Sequence[RunNote]) -> float:
    """A run that goes on, or was killed, has no end in the books and counts for nothing."""
    return sum(_moment(run.ended_at) - _moment(run.started_at) for run in runs if run.ended_at)


def _moment(time: str) -> float:
    return datetime.fromisoformat(time).timestamp()
