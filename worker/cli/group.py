"""The list of commands, in the groups of the help, each loaded only when it is typed.

Decides which commands there are and in which order they are shown. Imports none of them by itself.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Final

import click

from worker.cli.streams import say

PROGRAM: Final = "amili-purge"


@dataclass(frozen=True, slots=True)
class Entry:
    """One command: its name, its group in the help, the module that holds it, and one sentence."""

    name: str
    group: str
    module: str
    summary: str


COMMANDS: Final = (
    Entry("init", "Work", "setup", "Ask four questions, and write a settings file to begin with."),
    Entry("plan", "Work", "work", "Check every customer with GETs only, and say what apply would delete."),
    Entry("apply", "Work", "work", "Delete what a plan found eligible, once it is approved."),
    Entry("approve", "Work", "approve", "Sign a plan, so that somebody else may apply it."),
    Entry("run", "Work", "work", "Check and delete in one pass, for jobs."),
    Entry("reconcile", "Work", "work", "Settle rows in doubt (we may have deleted them) by reading only."),
    Entry("enqueue", "Work", "feed", "Fill a queue from a list, for run to take customers from."),
    Entry("list", "Look", "look", "Show all campaigns with their state."),
    Entry("status", "Look", "look", "Show one campaign: counts, pace, time left."),
    Entry("report", "Look", "look", "Write report.csv, report.html and summary.json anew from the ledger."),
    Entry("explain", "Look", "diagnose", "Show each check of one customer, and what a run would do."),
    Entry("doctor", "Look", "diagnose", "Show the settings in force, and whether the API can be worked with."),
    Entry("verify", "Evidence", "evidence", "Prove offline that the audit log is whole and the counts add up."),
    Entry("receipt", "Evidence", "evidence", "Write what proves one customer's verdict, and nothing of others."),
    Entry("keygen", "Evidence", "evidence", "Make the key that signs, or the one that makes pseudonyms."),
    Entry("lookup", "Evidence", "personal", "Find a customer in a log that has pseudonyms."),
    Entry("forget", "Evidence", "personal", "Remove a finished campaign's numbers; its log stays, and verifies."),
    Entry("pause", "Steer", "steer", "Send nothing new, wherever its workers run, until resume."),
    Entry("resume", "Steer", "steer", "Lift a pause; with a reason, a stop that bars later starts."),
    Entry("stop", "Steer", "steer", "End all workers in good order, and bar later starts."),
    Entry("set", "Steer", "steer", "Change rate or max-deletes of a campaign while it is worked."),
    Entry("sandbox", "Try", "trial", "Serve a simulated ARMrest API on this machine."),
    Entry("demo", "Try", "trial", "Sandbox, sample file, plan, apply and report in one command."),
    Entry("prove", "Try", "prove", "Kill campaigns again and again, and check every account."),
)
_BY_NAME: Final = {entry.name: entry for entry in COMMANDS}


def _show_help(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:  # of a line that is only being completed nothing may be shown
        say(ctx.get_help())
        ctx.exit()


def _show_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        say(f"{PROGRAM} {import_module('importlib.metadata').version(PROGRAM)}")
        ctx.exit()


_HELP: Final = click.Option(
    ["-h", "--help"],
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_help,
    help="Show this message and exit.",
)


class Helped(click.Command):
    """A command whose help is written as every other result is."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The words, judged; what is wrong with them is always told of this command."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as wrong:
            wrong.ctx = wrong.ctx or ctx
            raise

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """`-h` and `--help`."""
        return _HELP


class Commands(Helped, click.Group):
    """The commands by name; the help shows them in their groups."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of the help."""
        return list(_BY_NAME)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, loaded now; None if there is none."""
        entry = _BY_NAME.get(cmd_name)
        if entry is None:
            return None
        found: click.Command = getattr(import_module(f"worker.cli.{entry.module}"), f"{entry.name}_command")
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One section a group."""
        for group in dict.fromkeys(entry.group for entry in COMMANDS):
            with formatter.section(group):
                formatter.write_dl([(entry.name, entry.summary) for entry in COMMANDS if entry.group == group])


@click.group(
    cls=Commands,
    context_settings={"max_content_width": 100},
    epilog="Every command has examples of its own: amili-purge COMMAND --help. Unofficial; start on staging, limit 1.",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
def cli() -> None:
    """Delete a list of customers through the ARMrest API, and account for every one of them."""
