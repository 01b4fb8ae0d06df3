"""list, status, report: what can be told of campaigns without any API.

Decides how it is shown, as text or as JSON. Changes nothing but the reports.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from shlex import quote
from typing import Final

import click

from worker.app import looking
from worker.app.approving import Signed
from worker.app.looking import Listed
from worker.cli import closing
from worker.cli.completing import campaigns
from worker.cli.flags import Given, command
from worker.cli.steps_ahead import ahead
from worker.cli.streams import say
from worker.core.forecast import about, remaining
from worker.core.lifecycle import Verdict
from worker.core.orders import Orders
from worker.core.summary import Summary
from worker.errors import Exit
from worker.ports import WorkerNote
from worker.report import advice, as_json, table

_CAMPAIGN = click.argument("campaign", shell_complete=campaigns)
_JSON = click.option("--json", "as_data", is_flag=True, help="Write JSON, for programs.")
_SILENT: Final = 5.0  # seconds without a sign of life, which comes twice a second, that are worth a word
_OPEN: Final = (Verdict.UNCHECKED, Verdict.IN_DOUBT, Verdict.NOT_REACHED)


@command("list", "list", "list --campaigns /var/lib/purge --json", looks=True)
@_JSON
def list_command(given: Given, as_data: bool) -> int:
    """Show all campaigns with their state."""
    loaded = given.load()
    found = looking.campaigns(loaded)
    if as_data:
        say(json.dumps([data(each) for each in found], ensure_ascii=False, indent=2))
    elif found:
        say("\n".join(_columns([_HEAD, *map(_row, found)])))
        if any(map(_doubts, found)):
            say("in_doubt: we may have deleted them")
        say()
        say(closing.line("status", min(found, key=_urgency).name, *given.place_again()))
    else:
        say(f"There is no campaign in {loaded.settings.campaigns}.")
        say()
        say(closing.line("plan", "INPUT", *given.again()))
    return Exit.SETTLED


@command("status", "status customers-3f2a", "status customers-3f2a --watch", looks=True)
@_CAMPAIGN
@_JSON
@click.option("--watch", is_flag=True, help="Show it again every two seconds, until interrupted.")
def status_command(given: Given, campaign: str, as_data: bool, watch: bool) -> int:
    """Show one campaign: its state, counts by verdict, its workers, pace, what holds it back, time left."""
    loaded = given.load()

    def shown() -> str:
        found = looking.status(loaded, campaign)
        if as_data:
            return json.dumps(data(found), ensure_ascii=False, indent=None if watch else 2)
        return _page(found, ahead(found, given, loaded.settings))

    if watch:
        from worker.cli.watching import again  # loads what draws on a terminal

        again(shown)
    else:
        say(shown())
    return Exit.SETTLED


def _page(found: Listed, next_line: str) -> str:
    account = table(found.summary, found.reasons)
    parts = (_about(found), account, advice(found.reasons), closing.facts(found.summary, found.directory), next_line)
    return "\n\n".join(part for part in parts if part)


@command("report", "report customers-3f2a", "report customers-3f2a --to /mnt/evidence/customers-3f2a", looks=True)
@_CAMPAIGN
@click.option("--to", type=click.Path(path_type=Path), metavar="DIR", help="Write there, the audit log too.")
def report_command(given: Given, campaign: str, to: Path | None) -> int:
    """Write report.csv, report.html and summary.json anew from the ledger, also beside a run.

    With --to the files are written to that directory, made if need be, and the campaign's own stay as they are.
    """
    loaded = given.load()
    looking.report(loaded, campaign, to)
    found = looking.status(loaded, campaign)
    say(table(found.summary, found.reasons))
    say()
    say(closing.facts(found.summary, found.directory if to is None else to))
    say()
    verified = (found.name, *given.place_again()) if to is None else (quote(str(to / "audit.jsonl")),)
    say(closing.line("verify", *verified))
    return Exit.SETTLED


def state(found: Listed) -> str:
    """Where a campaign stands, in one word."""
    if found.working:
        return "working"
    if found.note.closed_at is not None:
        return "forgotten" if found.note.forgotten_at is not None else "forgetting"
    if found.note.latch is not None:
        return "latched"
    if found.note.planning:
        return "planned" if found.note.plan else "planning"
    # A queue's campaign has no row before its broker was there: nothing open is not yet an end.
    never_fed = found.summary.rows == 0 and found.summary.exit_code != Exit.SETTLED
    return "unfinished" if never_fed or _left(found.summary) else "finished"


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
        "now": dict(found.workers[-1].pulse) or None if found.workers else None,
        "workers": [asdict(worker) for worker in found.workers],
        "pseudonym_key": note.pseudonym_key,
        "forgotten_at": note.forgotten_at,
        "approved_by": found.approval.key if isinstance(found.approval, Signed) else None,
        "paused": found.orders.paused,
        "ordered": {"rate": found.orders.rate, "max_deletes": found.orders.max_deletes},
    }


_HEAD: Final = ("campaign", "state", "client", "rows", "open", "in_doubt", "last end")


def _doubts(found: Listed) -> int:
    """Customers in doubt: we may have deleted them."""
    return found.summary.verdicts.get(Verdict.IN_DOUBT, 0)


def _urgency(found: Listed) -> tuple[bool, ...]:
    """The least comes first: what is latched, then doubts (we may have deleted them), then what was left half-done."""
    return found.note.latch is None, not _doubts(found), state(found) != "unfinished", state(found) != "planned"


def _row(found: Listed) -> tuple[str, ...]:
    summary = found.summary
    counts = (found.note.client_no, summary.rows, _left(summary), _doubts(found))
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
        lines.append(closing.wrapped(f"latched by a safety stop: {note.latch}"))
    if summary.stopped_by is not None:
        lines.append(f"the last run was stopped by {summary.stopped_by} (exit {summary.exit_code})")
    if note.planning and note.plan is not None and not note.plan.eligible:
        lines.append("there is nothing to apply: the plan found nobody who may be deleted")
    if found.approval is not None:
        lines.append(_approval(found.approval))
    lines += _ordered(found.orders)
    if found.workers:
        return "\n".join([*lines, *map(going, found.workers)])
    pace, left = _pace(summary), _seconds_left(summary)
    if pace is not None:
        lines.append(f"{pace:g} requests a second in the runs so far")
    if left:
        lines.append(f"{about(left)} left at the pace so far")
    return "\n".join(lines)


def _approval(approval: Signed | str) -> str:
    """Who has approved the plan, or why it may not be applied."""
    if isinstance(approval, str):
        return closing.wrapped(approval)
    return f"the plan is approved by {approval.key.partition('+')[0]}, at {approval.approved}"


def _ordered(orders: Orders) -> list[str]:
    """What people have ordered, as far as it is in force."""
    lines = ["paused: nothing new is sent until `resume`"] if orders.paused else []
    lines += [f"rate ordered: {orders.rate:g} requests a second"] if orders.rate is not None else []
    return lines + ([f"max_deletes ordered: {orders.max_deletes}"] if orders.max_deletes is not None else [])


def going(worker: WorkerNote) -> str:
    """How a worker is going, by what it recorded a moment ago."""
    pulse = worker.pulse
    where = f"{worker.command} on {worker.host}, process {worker.pid}"
    if worker.silent is not None and worker.silent > _SILENT:
        return closing.wrapped(f"{where}: no sign of life for {worker.silent:.0f} s")
    if not pulse:
        return closing.wrapped(f"{where}: just begun")
    left, held, oldest = (pulse.get(name) for name in ("seconds_left", "throttled_by", "oldest_in_flight"))
    parts = [f"{pulse.get('pace')} of {pulse.get('share')} requests a second", f"{pulse.get('in_flight')} in flight"]
    if isinstance(oldest, Mapping):
        parts.append(f"the oldest, {oldest.get('customer')}, for {oldest.get('seconds')} s")
    parts += [f"{about(float(left))} left"] if isinstance(left, int | float) else []
    parts += [f"held back by {held}"] if held else []
    parts += [f"slower than set because of {pulse['rate_reason']}"] if pulse.get("rate_reason") else []
    return closing.wrapped(f"{where}: {', '.join(parts)}")


def _left(summary: Summary) -> int:
    return sum(summary.verdicts.get(verdict, 0) for verdict in _OPEN)


def _pace(summary: Summary) -> float | None:
    return round(sum(summary.requests.values()) / summary.seconds, 1) if summary.seconds > 0 else None


def _seconds_left(summary: Summary) -> float | None:
    left = _left(summary)
    return remaining(left, max(0, summary.customers - left), summary.seconds)
