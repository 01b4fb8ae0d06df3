"""list, status, report, verify: what can be told of campaigns without any API.

Decides how it is shown, as text or as JSON. Changes nothing but the reports.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Final

import click

from worker import app
from worker.app import Listed
from worker.cli import closing
from worker.cli.flags import Given, command
from worker.cli.steps_ahead import ahead
from worker.cli.streams import say, tell
from worker.cli.telling import message
from worker.core.forecast import about, remaining
from worker.core.lifecycle import Verdict
from worker.core.summary import Summary
from worker.errors import Exit
from worker.report import advice, as_json, table

_CAMPAIGN = click.argument("campaign")
_JSON = click.option("--json", "as_data", is_flag=True, help="Write JSON, for programs.")
_OPEN: Final = (Verdict.UNCHECKED, Verdict.IN_DOUBT, Verdict.NOT_REACHED)


@command("list", "list", "list --campaigns /var/lib/purge --json", looks=True)
@_JSON
def list_command(given: Given, as_data: bool) -> int:
    """Show all campaigns with their state."""
    loaded = given.load()
    found = app.campaigns(loaded)
    if as_data:
        say(json.dumps([data(each) for each in found], ensure_ascii=False, indent=2))
    elif found:
        say("\n".join(_columns([_HEAD, *map(_row, found)])))
        if any(each.summary.verdicts.get(Verdict.IN_DOUBT) for each in found):
            say("in_doubt: we may have deleted them")
        say()
        urgent = next((each for each in found if each.note.latch is not None), found[0])
        say(closing.line("status", urgent.name, *given.place_again()))
    else:
        say(f"There is no campaign in {loaded.settings.campaigns}.")
        say()
        say(closing.line("plan", "INPUT", *given.again()))
    return Exit.SETTLED


@command("status", "status customers-3f2a", "status customers-3f2a --json", looks=True)
@_CAMPAIGN
@_JSON
def status_command(given: Given, campaign: str, as_data: bool) -> int:
    """Show one campaign: its state, counts by verdict, pace, time left."""
    loaded = given.load()
    found = app.status(loaded, campaign)
    if as_data:
        say(json.dumps(data(found), ensure_ascii=False, indent=2))
        return Exit.SETTLED
    say(_about(found))
    say()
    say(table(found.summary, found.reasons))
    if advice(found.reasons):
        say()
        say(advice(found.reasons))
    say()
    say(closing.facts(found.summary, found.directory))
    say()
    say(ahead(found, given, loaded.settings))
    return Exit.SETTLED


@command("report", "report customers-3f2a", "report customers-3f2a --campaigns /var/lib/purge", looks=True)
@_CAMPAIGN
def report_command(given: Given, campaign: str) -> int:
    """Write report.csv and summary.json anew from the ledger, also beside a run."""
    loaded = given.load()
    app.report(loaded, campaign)
    found = app.status(loaded, campaign)
    say(table(found.summary, found.reasons))
    say()
    say(closing.facts(found.summary, found.directory))
    say()
    say(closing.line("verify", found.name, *given.place_again()))
    return Exit.SETTLED


@command("verify", "verify customers-3f2a", "verify /mnt/evidence/audit.jsonl", looks=True)
@click.argument("what", metavar="CAMPAIGN_OR_FILE")
def verify_command(given: Given, what: str) -> int:
    """Prove offline that the audit log is whole and the counts add up.

    An argument with a / in it, or ending in .jsonl, is a file. 0 if it holds, 70 if not.
    """
    proof = app.verify(given.load(), what)
    say(f"{'ok' if proof.ok else 'FAULT'}: {proof.lines} lines, head {proof.head.hash}")
    for verdict, count in proof.verdicts.items():
        if count:
            say(f"  {verdict.value} {count}{_doubt(verdict)}")
    for note in proof.notes:
        say(f"note: {note}")
    if proof.ok:
        return Exit.SETTLED
    tell(message(f"the audit log of {what} does not verify", Exit.BROKEN, proof.problems))
    return Exit.BROKEN


def state(found: Listed) -> str:
    """Where a campaign stands, in one word."""
    if found.working:
        return "working"
    if found.note.latch is not None:
        return "latched"
    if found.note.planning:
        return "planned" if found.note.plan else "planning"
    return "unfinished" if _left(found.summary) else "finished"


def data(found: Listed) -> dict[str, object]:
    """A campaign for programs: `summary.json`'s members, and what stands around them."""
    note = found.note
    members: dict[str, object] = json.loads(as_json(found.summary))
    return {
        **members,
        "state": state(found),
        "working": found.working,
        "latch": note.latch,
        "base_url": note.base_url,
        "client_no": note.client_no,
        "directory": str(found.directory),
        "pace": _pace(found.summary),
        "seconds_left": _seconds_left(found.summary),
        "now": dict(found.pulse) or None,
    }


_HEAD: Final = ("campaign", "state", "client", "rows", "open", "in_doubt", "last end")


def _row(found: Listed) -> tuple[str, ...]:
    summary = found.summary
    doubts = summary.verdicts.get(Verdict.IN_DOUBT, 0)
    counts = (found.note.client_no, summary.rows, _left(summary), doubts)
    return (found.name, state(found), *map(str, counts), _to_the_second(summary.ended_at))


def _to_the_second(time: str | None) -> str:
    """A time of RFC 3339 without its fraction: a table has 80 columns."""
    return "-" if time is None else f"{time[:19]}Z"


def _columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _about(found: Listed) -> str:
    note, summary = found.note, found.summary
    lines = [f"{found.name}: {state(found)}", f"{note.base_url}, client {note.client_no}"]
    if note.latch is not None:
        lines.append(f"latched by a safety stop: {note.latch}")
    if summary.stopped_by is not None:
        lines.append(f"the last run was stopped by {summary.stopped_by} (exit {summary.exit_code})")
    if found.pulse:
        return "\n".join([*lines, _now(found.pulse)])
    pace, left = _pace(summary), _seconds_left(summary)
    if pace is not None:
        lines.append(f"{pace:g} requests a second in the runs so far")
    if left:
        lines.append(f"{about(left)} left at the pace so far")
    return "\n".join(lines)


def _now(pulse: Mapping[str, object]) -> str:
    """How the run is going, by what it recorded a moment ago."""
    left, held = pulse.get("seconds_left"), pulse.get("throttled_by")
    parts = [f"{pulse.get('pace')} of {pulse.get('rate')} requests a second", f"{pulse.get('in_flight')} in flight"]
    parts += [f"{about(float(left))} left"] if isinstance(left, int | float) else []
    parts += [f"held back by {held}"] if held else []
    return closing.wrapped(", ".join(parts))


def _left(summary: Summary) -> int:
    return sum(summary.verdicts.get(verdict, 0) for verdict in _OPEN)


def _pace(summary: Summary) -> float | None:
    return round(sum(summary.requests.values()) / summary.seconds, 1) if summary.seconds > 0 else None


def _seconds_left(summary: Summary) -> float | None:
    left = _left(summary)
    return remaining(left, max(0, summary.customers - left), summary.seconds)


def _doubt(verdict: Verdict) -> str:
    return " (we may have deleted them)" if verdict is Verdict.IN_DOUBT else ""
