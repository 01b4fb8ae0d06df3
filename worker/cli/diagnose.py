"""explain and doctor: how one customer, or the whole set-up, looks. Reads only.

Decides how findings are shown. Shows statuses and key names, no record and no secret.
"""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Final

import click

from config import Loaded, shown
from config.settings import TOML_FILE
from config.writing import put
from worker.app import checkup, diagnosis
from worker.app.ending import Finding
from worker.cli.closing import line
from worker.cli.flags import Given, command
from worker.cli.group import PROGRAM
from worker.cli.running import wait_for
from worker.cli.streams import harmless, say, say_dressed, tell
from worker.cli.telling import MEANINGS, meant
from worker.errors import Exit, UsageWrong

_WORDS = {True: ("ok", "green"), False: ("FAULT", "red"), None: ("-", "")}
_MEANINGS: Final[Mapping[Exit, str]] = {
    **MEANINGS,
    Exit.SETTLED: "The API can be worked with all the same.",
    Exit.OUT_OF_REACH: "The API or its token service gives no answer that could be worked with.",
}
"""Of a look at the set-up: no rows, no budget and no later run are spoken of."""


@command("explain", "explain 543210", "explain 543210 --settings staging.toml")
@click.argument("number", metavar="CUSTOMERNO")
def explain_command(given: Given, number: str) -> int:
    """Show each check of one customer with its answer, and what a run would do. Reads only."""
    loaded = given.load(needs_api=True)
    say_dressed(findings(wait_for(diagnosis.explain(loaded, number))))
    say()
    say(line("plan", "INPUT", *given.again()))
    return Exit.SETTLED


@command(
    "doctor",
    "doctor --settings staging.toml",
    "doctor --with-items 543210 --without-items 600001 --write",
)
@click.option(
    "--with-items", metavar="NO", help="A customer that has documents and AR items: are the filters honoured?"
)
@click.option("--without-items", metavar="NO", help="A customer that has none: how is an empty list answered?")
@click.option("--write", is_flag=True, help="Put the settings lines that were found into the settings file.")
def doctor_command(given: Given, with_items: str | None, without_items: str | None, write: bool) -> int:
    """Show the settings in force, and whether the API can be worked with. Reads only.

    Secrets are masked. 0 if nothing is at fault but the clock; else 77 if our credentials are refused, 69 if nobody
    answers, 76 if the answers are not as the settings say: whatever was found first.
    """
    path = given.settings_file or Path(TOML_FILE)
    if write and not path.exists():
        raise UsageWrong(f"there is no {path} to write into", "make one: amili-purge init")
    loaded = given.load()
    say(_settings(loaded))
    loaded = given.load(needs_api=True)
    found = wait_for(checkup.doctor(loaded, with_items=with_items, without_items=without_items))
    say()
    say_dressed(findings(found))
    faults = [each for each in found if each.well is False]
    code = exit_code(found)
    if faults:
        tell(_told(faults, code))
    lines = to_set(found, loaded)
    if lines:
        say()
        say(_written(path, lines, loaded) if write else _offered(path, lines))
    say()
    say(_next_line(found, _Named(with_items, without_items), given.again()))
    return code


def exit_code(found: Iterable[Finding]) -> Exit:
    """That of the first fault that has one; a clock that is off has none."""
    return next((each.code for each in found if each.well is False and each.code), Exit.SETTLED)


def to_set(found: Sequence[Finding], loaded: Loaded) -> dict[str, str]:
    """The settings that would mend what was found; statuses of empty lists are added to those in force."""
    lines: dict[str, str] = {}
    for each in found:
        lines |= each.sets
    if "empty_list" in lines:
        seen = {status for each in found for status in each.sets.get("empty_list", "").split(",") if status}
        lines["empty_list"] = ",".join(sorted(seen | {str(one) for one in loaded.settings.empty_list}))
    return lines


def _offered(path: Path, lines: Mapping[str, str]) -> str:
    return "\n".join([f"Lines for {path} (--write puts them in):", *_toml(lines)])


def _written(path: Path, lines: Mapping[str, str], loaded: Loaded) -> str:
    put(path, lines)
    stronger = [name for name in lines if loaded.origins[name] not in ("default", str(path))]
    notes = [f"note: {name} is still taken from a stronger place: {loaded.origins[name]}" for name in stronger]
    return "\n".join([f"Written into {path}:", *_toml(lines), *notes])


def _toml(lines: Mapping[str, str]) -> list[str]:
    return [f'{name} = "{value}"' for name, value in lines.items()]


@dataclass(frozen=True, slots=True)
class _Named:
    """The two customers as they were typed."""

    with_items: str | None
    without_items: str | None

    def again(self) -> tuple[str, ...]:
        """The same two."""
        named = (("--with-items", self.with_items), ("--without-items", self.without_items))
        return tuple(word for flag, text in named if text is not None for word in (flag, quote(text)))

    def others(self) -> tuple[str, ...]:
        """Another one with items, to prove what was not; one without stays."""
        return _Named("NO", self.without_items or "NO").again()


def _told(faults: Sequence[Finding], code: Exit) -> str:
    names = "; ".join(each.what for each in faults)
    return "\n".join(
        (
            f"{PROGRAM}: doctor found faults; nothing was changed",
            meant(code, _MEANINGS),
            f"  See the lines marked FAULT: {names}.",
        )
    )


def _next_line(found: Sequence[Finding], named: _Named, flags: Sequence[str]) -> str:
    """Look again after mending a fault, or with customers that prove more; else the plan."""
    if any(each.well is False for each in found):
        return line("doctor", *named.again(), *flags)
    if any(each.well is None and each.advice for each in found):
        return line("doctor", *named.others(), *flags)
    return line("plan", "INPUT", *flags)


def findings(found: Iterable[Finding]) -> str:
    """One line a finding, and one for its advice; what servers have put into them is harmless to a terminal."""
    lines = []
    for each in found:
        word, colour = _WORDS[each.well]
        lines.append(f"{coloured(f'{word:<5}', colour)}  {harmless(f'{each.what}: {each.seen}')}")
        if each.advice:
            lines.append(f"       -> {harmless(each.advice)}")
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
