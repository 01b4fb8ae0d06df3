"""The sections of the report page that stand without any script: counts, runs, and the statement to sign.

Decides their words and that the counts are seen to add up. What is embedded for charts and table is `page`'s.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Final

from worker.core.checkpoint import Witnessed
from worker.core.forecast import spoken
from worker.core.lifecycle import DELETED_BY_US, Verdict
from worker.core.summary import Summary
from worker.errors import Exit
from worker.ports import CampaignNote
from worker.report.history import History, Ran
from worker.report.markup import moment, number, pairs, row, text
from worker.report.table import MEANINGS, meaning

EXCEPTIONS: Final = (Verdict.IN_DOUBT, Verdict.UNCHECKED, Verdict.REFUSED)
"""The verdicts that a person has to look at, the gravest first."""
DOUBT: Final = MEANINGS[Verdict.IN_DOUBT]
GROUPS: Final[Mapping[str, tuple[Verdict, ...]]] = {
    "deleted by us": (Verdict.DELETED, Verdict.DELETED_INFERRED),
    "may be deleted by apply": (Verdict.ELIGIBLE,),
    "left alone, or gone already": (Verdict.ALREADY_ABSENT, Verdict.INELIGIBLE, Verdict.PROTECTED),
    "to be looked at": EXCEPTIONS,
    "not reached": (Verdict.NOT_REACHED,),
    "never sent anywhere": (Verdict.INVALID, Verdict.DUPLICATE),
}
"""Every verdict stands in exactly one group, so the groups add up to the rows as well."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the page is about: the account, what it is bound to, and how it came about."""

    summary: Summary
    note: CampaignNote
    history: History
    reasons: Mapping[tuple[Verdict, str], int] = field(default_factory=dict)

    def rows(self, verdicts: Iterable[Verdict]) -> int:
        """How many rows have one of these verdicts."""
        return sum(self.summary.verdicts.get(verdict, 0) for verdict in verdicts)


def state(told: Told) -> tuple[str, str]:
    """How the campaign stands: a class for the eye (good, look, stop, busy), and the words that carry it."""
    summary = told.summary
    if not summary.adds_up:
        return "stop", "The verdicts do not add up to the rows. Do not rely on this page."
    if summary.exit_code is None:
        return "busy", "Work is going on, or was broken off: the counts are of the moment of writing."
    if told.note.latch is not None:
        return "stop", f"Stopped for safety: {told.note.latch}"
    if summary.stopped_by is not None:
        return "stop", f"The last run was stopped ({summary.stopped_by}, exit code {summary.exit_code})."
    if summary.exit_code != Exit.SETTLED:
        return (
            "look",
            "The last run came to its end; some rows are in doubt (we may have deleted them) or could not be checked.",
        )
    if told.rows((Verdict.NOT_REACHED,)):
        return "look", "The last run came to its end; some rows were left for a later one."
    if told.note.planning:
        return "good", "The plan is complete. It has deleted nothing; apply may delete what is eligible."
    return "good", "Every row is settled."


def lead(told: Told) -> str:
    """The first sentence: what happened to how many."""
    rows, gone, doubts = told.summary.rows, told.rows(DELETED_BY_US), told.rows((Verdict.IN_DOUBT,))
    said = f"Of <b>{number(rows)}</b> rows, <b>{number(gone)}</b> were deleted by this campaign"
    if told.note.planning:
        said += f" and <b>{number(told.rows((Verdict.ELIGIBLE,)))}</b> may be deleted"
    return f"{said}; <b>{number(doubts)}</b> {'is' if doubts == 1 else 'are'} in doubt ({DOUBT})."


def sums(told: Told) -> str:
    """The groups and their sum, as tiles: an equation."""
    shown = [(name, told.rows(group)) for name, group in GROUPS.items()]
    tiles = [
        f'<div class="tile {"some" if rows else "none"}" data-group="{text(name)}">'
        f"<b>{number(rows)}</b><span>{text(name)}</span></div>"
        for name, rows in shown
        if rows or name in ("deleted by us", "to be looked at")
    ]
    total = f'<div class="tile total"><b>{number(told.summary.rows)}</b><span>rows in all</span></div>'
    return '<i aria-hidden="true">+</i>'.join(tiles) + '<i aria-hidden="true">=</i>' + total


def counts(told: Told) -> str:
    """The rows of the table of verdicts, those that occurred, each with its verdict and its bare number."""
    lines = [
        f'<tr data-verdict="{verdict.value}" data-rows="{rows}"><th scope="row"><i class="dot {verdict.value}"></i>'
        f'{verdict.value}</th><td class="n">{number(rows)}</td><td>{text(meaning(verdict, told.reasons))}</td></tr>'
        for verdict, rows in told.summary.verdicts.items()
        if rows
    ]
    judgement = "they add up to the rows" if told.summary.adds_up else "THEY DO NOT ADD UP TO THE ROWS"
    total = f'<tr class="total"><th scope="row">all rows</th><td class="n">{number(told.summary.rows)}</td>'
    return "".join(lines) + f"{total}<td>{judgement}</td></tr>"


def runs(told: Told) -> str:
    """One row a run: command, time, who, approval, how it ended."""
    return "".join(row(_run(one)) for one in told.history.runs)


def _run(ran: Ran) -> tuple[str, ...]:
    end = "did not end by itself, or goes on" if ran.exit_code is None else f"exit code {ran.exit_code}"
    why = f" ({text(ran.why)})" if ran.why else ""
    return text(ran.command), moment(ran.started_at), moment(ran.ended_at), _who(ran), end + why


def _who(ran: Ran) -> str:
    subject = f", token of {text(ran.subject)}" if ran.subject else ""
    return f"{text(ran.user)} on {text(ran.host)}{subject}"


def interventions(told: Told) -> str:
    """Who steered, as a list; empty if nobody did."""
    lines = (
        f"<li>{moment(one.time)}: {text(one.action)}, by {text(one.user)}"
        + (f" with the key {_code(one.key)}" if one.key else "")
        + (f", because: {text(one.because)}" if one.because else "")
        + "</li>"
        for one in told.history.interventions
    )
    return "".join(lines)


def statement(told: Told) -> str:
    """What a person signs: everything that binds this page to the list, the plan and the audit log."""
    summary, note = told.summary, told.note
    told_of = (
        ("Campaign", text(summary.campaign)),
        ("Sent to", f"{text(note.base_url)}, client {note.client_no}"),
        ("Input digest", _code(note.input_digest)),
        ("Plan digest", _code(summary.plan_digest) if summary.plan_digest else "no plan"),
        ("Run by", _each(_who(one) for one in told.history.runs)),
        ("Approved by", _approvals(told)),
        ("First start", moment(summary.started_at)),
        ("Last end", moment(summary.ended_at)),
        ("Time worked", text(spoken(summary.seconds))),
        ("Requests", ", ".join(f"{kind} {number(sent)}" for kind, sent in summary.requests.items() if sent) or "none"),
        ("Rows", _verdicts(told)),
        ("Exceptions", _exceptions(told)),
        ("Version", _each(text(one.version) for one in told.history.runs) or text(version("amili-purge"))),
        ("Audit log", f"{number(summary.head.seq)} lines, with the head<br>{_code(summary.head.hash)}"),
        ("Signed with", _signatures(summary.witnessed)),
        ("To verify", f"{_code(f'amili-purge verify {summary.campaign}')} must print this head."),
    )
    return pairs(told_of)


def _signatures(witnessed: Witnessed | None) -> str:
    """By which key, and how far somebody elsewhere can hold us to this log."""
    if witnessed is None:
        return "nothing: no checkpoint of this log was signed"
    reach = f"the last checkpoint handed over covers {number(witnessed.covered)} of {number(witnessed.lines)} lines"
    return f"the key {_code(witnessed.key)}<br>{reach}"


def _code(word: str) -> str:
    return f"<code>{text(word)}</code>"


def _each(words: Iterable[str]) -> str:
    """Different ones, each once, in their order."""
    return "<br>".join(dict.fromkeys(words))


def _approvals(told: Told) -> str:
    """`apply` begins only under an approval, a second person's if one signed; `run` has none but its own flag."""
    said = []
    for one in told.history.runs:
        if one.approval and one.signed_by:
            said.append(f"{_signer(one, one.signed_by)}<br>plan {_code(one.approval)}, applied by {_who(one)}")
        elif one.approval:
            said.append(f"{_who(one)}, {moment(one.started_at)}<br>plan {_code(one.approval)}")
        elif one.command == "run":
            said.append(f"{_who(one)}, by run --yes without a plan")
    return _each(said) or "nobody: nothing was to be deleted"


def _signer(ran: Ran, key: str) -> str:
    """The second person by the name of the key, and whether whoever ran could have named another."""
    binds = "; advisory: the runner can write approver_keys" if ran.advisory else ""
    return f"{text(key.partition('+')[0])} (key {_code(key)}), {moment(ran.signed_at)}{binds}"


def _verdicts(told: Told) -> str:
    parts = [_with_doubt(verdict, rows) for verdict, rows in told.summary.verdicts.items() if rows]
    return f"{number(told.summary.rows)} = " + " + ".join(parts) if parts else "0"


def _exceptions(told: Told) -> str:
    return ", ".join(_with_doubt(verdict, told.rows((verdict,))) for verdict in EXCEPTIONS)


def _with_doubt(verdict: Verdict, rows: int) -> str:
    said = f"{number(rows)} {verdict.value}"
    return f"{said} ({DOUBT})" if verdict is Verdict.IN_DOUBT else said
