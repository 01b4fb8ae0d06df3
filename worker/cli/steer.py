"""pause, resume, stop, set: a person steers a campaign, wherever its workers run.

Decides whether the words make sense. What an order changes, and that it is audited, is `worker.app`'s.
"""

import math
import re

import click

from worker.app import looking, steering
from worker.app.steering import Steered
from worker.cli import closing
from worker.cli.completing import campaigns
from worker.cli.flags import Given, command
from worker.cli.running import wait_for
from worker.cli.steps_ahead import ahead, onward
from worker.cli.streams import say
from worker.errors import Exit, UsageWrong

_CAMPAIGN = click.argument("campaign", shell_complete=campaigns)
_NO_REASONS = frozenset({"why", "text"})
_FASTEST = 10_000
_WORDS = re.compile(r"(rate|max[-_]deletes)=(\S+)")


@command("pause", "pause customers-3f2a", "pause customers-3f2a --campaigns purges", looks=True)
@_CAMPAIGN
def pause_command(given: Given, campaign: str) -> int:
    """Send nothing new until `resume`.

    All workers obey within two seconds; only what has left already is read back. A pause outlives the process.
    """
    steered = wait_for(steering.pause(given.load_to_steer(), campaign))
    say(f"{steered.name} was paused already." if steered.before.paused else f"{steered.name} is paused.")
    say()
    say(closing.line("resume", steered.name, *given.place_again()))
    return Exit.SETTLED


@command(
    "resume",
    "resume customers-3f2a",
    'resume customers-3f2a --because "the list is the right one"',
    looks=True,
)
@_CAMPAIGN
@click.option("--because", metavar="TEXT", help="Why it is safe to go on after a stop; it goes into the audit log.")
def resume_command(given: Given, campaign: str, because: str | None) -> int:
    """Lift a pause, or a stop that bars later starts.

    A stop is lifted only with --because. The reason is audited.
    """
    if because is not None and not _says_why(because):
        raise UsageWrong(f"--because {because!r} says nothing", "say why it is safe to go on: the audit log keeps it")
    loaded = given.load_to_steer()
    steered = wait_for(steering.resume(loaded, campaign, because.strip() if because else None))
    say(_lifted(steered))
    say()
    found = looking.status(loaded, campaign)
    say(onward(found.note, given, loaded.settings) if not found.working else ahead(found, given, loaded.settings))
    return Exit.SETTLED


def _says_why(because: str) -> bool:
    """Whether it is a reason, and not what stands for one in a line to type."""
    return because.strip().casefold() not in _NO_REASONS and any(map(str.isalnum, because))


def _lifted(steered: Steered) -> str:
    lines = [closing.wrapped(f"Lifted: {steered.lifted}")] if steered.lifted else []
    lines += [f"{steered.name} is no longer paused."] if steered.before.paused else []
    return "\n".join(lines) or f"{steered.name} was not stopped: there is nothing to lift."


@command("stop", "stop customers-3f2a", "stop customers-3f2a --campaigns purges", looks=True)
@_CAMPAIGN
def stop_command(given: Given, campaign: str) -> int:
    """End all workers in good order, and bar later starts.

    What has left is settled, nothing new is sent; workers end with 20. `resume --because TEXT` lifts it.
    """
    steered = wait_for(steering.stop(given.load_to_steer(), campaign))
    say(f"{steered.name} is stopped.")
    say()
    say(closing.lift(steered.name, *given.place_again()))
    return Exit.SETTLED


@command("set", "set rate=2 customers-3f2a", "set max-deletes=500 customers-3f2a", looks=True)
@click.argument("change", metavar="rate=N|max-deletes=N")
@_CAMPAIGN
def set_command(given: Given, change: str, campaign: str) -> int:
    """Change a campaign while it is worked.

    All workers obey within two seconds. A later start keeps to the smaller of this and its own setting.
    """
    name, number = _change(change)
    loaded = given.load_to_steer()
    if name == "rate":
        steered = wait_for(steering.set_rate(loaded, campaign, number))
        say(f"{steered.name}: {number:g} requests a second, at most.")
    else:
        steered = wait_for(steering.set_max_deletes(loaded, campaign, int(number)))
        say(f"{steered.name}: {int(number)} deletions over all runs, at most.")
    say()
    say(closing.line("status", steered.name, *given.place_again()))
    return Exit.SETTLED


def _change(words: str) -> tuple[str, float]:
    """What is to be set, and to which number."""
    found = _WORDS.fullmatch(words)
    if found is None:
        raise UsageWrong(f"{words!r} sets nothing", "say rate=N or max-deletes=N")
    name, text = found[1].replace("_", "-"), found[2]
    try:
        number = float(text) if name == "rate" else float(int(text))
    except ValueError:
        raise UsageWrong(f"{text!r} is no number", "say rate=N or max-deletes=N") from None
    if not math.isfinite(number) or not _within(name, number):
        raise UsageWrong(f"{name} cannot be {text}", "rate: more than 0, up to 10000; max-deletes: 0 or more")
    return name, number


def _within(name: str, number: float) -> bool:
    return 0 < number <= _FASTEST if name == "rate" else 0 <= number <= 2**53 - 1
