"""explain and doctor: how one customer, or the whole set-up, looks. Reads only.

Decides how findings are shown. Shows statuses and key names, no record and no secret.
"""

import os
import sys
from collections.abc import Iterable

import click

from config import Loaded, shown
from worker import app
from worker.app import Finding
from worker.cli.closing import line
from worker.cli.flags import Given, command
from worker.cli.running import wait_for
from worker.cli.streams import say, tell
from worker.cli.telling import message
from worker.errors import Exit

_WORDS = {True: ("ok", "green"), False: ("FAULT", "red"), None: ("-", "")}


@command("explain", "explain 543210", "explain 543210 --settings staging.toml")
@click.argument("number", metavar="CUSTOMERNO")
def explain_command(given: Given, number: str) -> int:
    """Show each check of one customer with its answer, and what a run would do. Reads only."""
    loaded = given.load(needs_api=True)
    say(findings(wait_for(app.explain(loaded, number))))
    say()
    say(line("plan", "INPUT", *given.again()))
    return Exit.SETTLED


@command(
    "doctor",
    "doctor --settings staging.toml",
    "doctor --with-items 543210 --without-items 600001",
)
@click.option(
    "--with-items", metavar="NO", help="A customer that has documents and AR items: are the filters honoured?"
)
@click.option("--without-items", metavar="NO", help="A customer that has none: how is an empty list answered?")
def doctor_command(given: Given, with_items: str | None, without_items: str | None) -> int:
    """Show the settings in force, and whether the API can be worked with. Reads only.

    Secrets are masked. 0 if nothing is at fault, else 10.
    """
    loaded = given.load()
    say(_settings(loaded))
    loaded = given.load(needs_api=True)
    found = wait_for(app.doctor(loaded, with_items=with_items, without_items=without_items))
    say()
    say(findings(found))
    faults = [each.what for each in found if each.well is False]
    if faults:
        tell(message(f"doctor found fault with: {', '.join(faults)}", Exit.UNSETTLED, ["See the lines marked FAULT."]))
    say()
    say(line("doctor" if faults else "plan", *([] if faults else ["INPUT"]), *given.again()))
    return Exit.UNSETTLED if faults else Exit.SETTLED


def findings(found: Iterable[Finding]) -> str:
    """One line a finding, and one for its advice."""
    lines = []
    for each in found:
        word, colour = _WORDS[each.well]
        lines.append(f"{coloured(f'{word:<5}', colour)}  {each.what}: {each.seen}")
        if each.advice:
            lines.append(f"       -> {each.advice}")
    return "\n".join(lines)


def coloured(text: str, colour: str) -> str:
    """The text in a colour, where standard output is a terminal that bears one."""
    bears = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return click.style(text, fg=colour) if colour and bears else text


def _settings(loaded: Loaded) -> str:
    """All settings with their values and origins."""
    rows = shown(loaded)
    name, value = max(len(row.name) for row in rows), max(len(row.value) for row in rows)
    return "\n".join(f"{row.name:<{name}}  {row.value:<{value}}  {row.origin}" for row in rows)
