"""plan, apply, run, reconcile: the commands that work on a campaign.

Decides whether the words make sense (64) before any setting is read; the rest is `worker.app`'s.
"""

import socket
import sys
from shlex import quote

import click

from config import Loaded, mask_url
from config.values import has_user_info
from worker.app import commands, looking, shelf
from worker.app.api import user_agent
from worker.app.ending import Ending
from worker.cli import closing, last_words
from worker.cli.approval import approval
from worker.cli.closing import Typed
from worker.cli.completing import campaigns, files
from worker.cli.flags import Given, command
from worker.cli.running import face, wait_for
from worker.cli.streams import say, tell
from worker.core.values import replace
from worker.errors import CommandFailed, SettingsWrong, UsageWrong
from worker.place import checked_name
from worker.report import Notice, notice
from worker.seal import file_of
from worker.sources.queue_url import is_queue, parse_queue_url

_INPUT = click.argument("text", metavar="[INPUT]", required=False, shell_complete=files)
_CAMPAIGN = click.option(
    "--campaign",
    "name",
    metavar="NAME",
    shell_complete=campaigns,
    help="Name of the campaign. Standard input and queues need one; files have a default.",
)
_RECHECK = click.option("--recheck", is_flag=True, help="Take up settled rows too, all but deletions.")


@command(
    "plan",
    "plan customers.csv --settings staging.toml",
    "plan - --campaign spring-2026 < numbers.txt",
)
@_INPUT
@_CAMPAIGN
@_RECHECK
def plan_command(given: Given, text: str | None, name: str | None, recheck: bool) -> int:
    """Check every customer with GETs only.

    INPUT is a .csv, .txt (either may be gzipped) or .xlsx file, or - for standard input. Nothing is deleted: the
    client of this command has no method for it. Ends with a digest, and the apply line to type. The same command
    again takes up what is open; without INPUT, --campaign says which.
    """
    _judge_input(text, name, "plan")
    loaded = given.load(needs_api=True)
    work = commands.plan(loaded, text, name=name, recheck=recheck, face=face(loaded.settings), command="plan")
    typed = replace(_typed("plan", given), second=loaded.settings.require_approval)
    return _closed(wait_for(work), typed, loaded)


@command(
    "apply",
    "apply customers-3f2a",
    "apply customers-3f2a --approve DIGEST --max-deletes 100",
)
@click.argument("campaign", shell_complete=campaigns)
@click.option("--approve", "digest", metavar="DIGEST", help="The plan's digest. Needed where there is no terminal.")
def apply_command(given: Given, campaign: str, digest: str | None) -> int:
    """Delete what the plan found eligible.

    Each customer is checked again right before its DELETE. On a terminal the client number and the count must be
    typed; elsewhere --approve must name the plan's digest.
    """
    approve = approval(digest, given.place_again())
    _find(given, campaign)
    if approve is None:
        known = _digest_of(given, campaign)
        raise UsageWrong(
            "apply needs an approval, and there is no terminal to ask on",
            closing.line("apply", quote(campaign), "--approve", known or "DIGEST", *given.again()),
        )
    loaded = given.load(needs_api=True)
    shown, flags = face(loaded.settings), given.again()
    work = commands.apply(loaded, campaign, approve=approve, face=shown, command="apply", flags=flags)
    return _closed(wait_for(work), _typed("apply", given), loaded)


@command(
    "run",
    "run customers.csv --yes --max-deletes 500",
    "run --campaign customers-3f2a --yes --max-deletes 800",
)
@_INPUT
@_CAMPAIGN
@_RECHECK
@click.option("--yes", is_flag=True, help="Delete without a plan and without asking. Needed.")
def run_command(given: Given, text: str | None, name: str | None, recheck: bool, yes: bool) -> int:
    """Check and delete in one pass, customer by customer.

    For jobs: needs --yes and max_deletes. Without INPUT, --campaign says which campaign goes on. INPUT may also be a
    queue, amqp[s]://host[:port]/[VHOST/]QUEUE, with --campaign: the run stands and waits, or ends --until-empty.
    """
    _judge_input(text, name, "run")
    if not yes:
        raise UsageWrong("run deletes without asking, so it needs --yes", "or look first: amili-purge plan INPUT")
    if not _capped(given):
        raise UsageWrong("run deletes without a plan, so it needs a cap", "say how many at the most: --max-deletes N")
    loaded = given.load(needs_api=True)
    work = commands.run(loaded, text, name=name, recheck=recheck, face=face(loaded.settings), command="run")
    return _closed(wait_for(work), _typed("run", given), loaded)


@command("reconcile", "reconcile customers-3f2a", "reconcile customers-3f2a --rate 2")
@click.argument("campaign", shell_complete=campaigns)
def reconcile_command(given: Given, campaign: str) -> int:
    """Settle rows that are in_doubt (we may have deleted them) by reading only."""
    _find(given, campaign)
    loaded = given.load(needs_api=True)
    work = commands.reconcile(loaded, campaign, face=face(loaded.settings), command="reconcile")
    return _closed(wait_for(work), _typed("reconcile", given), loaded)


def _judge_queue(text: str, name: str | None, command: str) -> None:
    """Whether a queue can be meant: it has no end that a plan could be made of, and no name for its campaign."""
    address = parse_queue_url(text)
    if command == "plan":
        raise UsageWrong(
            "a queue can only be run: a plan needs a whole list, and a queue has no end",
            f"amili-purge run {address} --campaign NAME --yes --max-deletes N",
        )
    if name is None:
        raise UsageWrong("a queue has no name for its campaign", "add --campaign NAME")


def _judge_input(text: str | None, name: str | None, command: str) -> None:
    """Whether INPUT and --campaign can be meant, before anything is opened."""
    if text is None and name is None:
        raise UsageWrong("there is no INPUT", "name a file, or - with --campaign, or --campaign NAME alone to go on")
    if text is not None and has_user_info(text):
        raise UsageWrong(f"INPUT {mask_url(text)} holds user info", "others can read command lines")
    if text is not None and is_queue(text):
        _judge_queue(text, name, command)
    if text == "-" and name is None:
        raise UsageWrong("standard input has no name for its campaign", "add --campaign NAME")
    if name is not None:
        checked_name(name)


def _capped(given: Given) -> bool:
    """Whether `max_deletes` is set anywhere; wrong settings are left for the loading that shows all their faults."""
    try:
        return given.load().settings.max_deletes is not None
    except SettingsWrong:
        return True


def _find(given: Given, campaign: str) -> None:
    """`UsageWrong` if there is no such campaign, before it is asked what the API's settings lack."""
    try:
        loaded = given.load()
    except SettingsWrong:
        return  # The loading to come shows all faults.
    shelf.find(loaded.settings, campaign)


def _digest_of(given: Given, campaign: str) -> str | None:
    """The plan's digest for the line to type, if it can be had."""
    try:
        return looking.status(given.load(), campaign).summary.plan_digest
    except CommandFailed:
        return None


def _typed(name: str, given: Given) -> Typed:
    return Typed(name, given.again(), given.place_again(), asks=sys.stdout.isatty())


def _closed(ending: Ending, typed: Typed, loaded: Loaded) -> int:
    """Show the page, what went wrong, the next line, and the account for machines; the exit code is the ending's."""
    told = closing.why(ending)
    if told:
        tell(told)
    last_words.hand_over(ending, loaded.settings, typed.command)
    planned = typed.command == "plan" and ending.note.plan is not None
    say(closing.page(ending, _notice(ending, loaded) if planned else ""))
    say()
    target = loaded.settings.checkpoint_to
    say(closing.next_line(ending, replace(typed, kept=file_of(target) if target else None)))
    last_words.close(ending, loaded.settings)
    return ending.exit


def _notice(ending: Ending, loaded: Loaded) -> str:
    """What apply will take, and what to tell the API's owner."""
    settings = loaded.settings
    return notice(
        Notice(
            base_url=ending.note.base_url,
            client_no=ending.note.client_no,
            eligible=ending.note.plan.eligible if ending.note.plan else 0,
            rate=settings.rate,
            concurrency=settings.concurrency,
            verify_share=settings.verify_share,
            user_agent=user_agent(settings.api()),
            host=socket.gethostname(),
            contact=settings.contact,
            token_seconds=ending.token_seconds,
        )
    )
