"""lookup, forget: whom a pseudonym stands for, and the end of all that can tell.

Decides what is shown, and who may agree that a campaign forgets: a person who types its name, or --yes.
"""

import sys
from collections.abc import Callable

import click

from worker.app import personal
from worker.app.personal import Forgetting
from worker.cli import closing
from worker.cli.approval import answered
from worker.cli.completing import campaigns
from worker.cli.flags import Given, command
from worker.cli.running import wait_for
from worker.cli.streams import say
from worker.core.lifecycle import Verdict
from worker.errors import Exit, UsageWrong


@command("lookup", "lookup spring-2026 500001", "lookup spring-2026 500001 --pseudonym-key /etc/amili/names.key")
@click.argument("campaign", shell_complete=campaigns)
@click.argument("number", metavar="CUSTOMERNO")
def lookup_command(given: Given, campaign: str, number: str) -> int:
    """Find a customer in a log that has pseudonyms.

    Prints its pseudonym with the last verdict, then its lines of the audit log. Needs pseudonym_key.
    """
    found = personal.lookup(given.load(), campaign, number)
    doubt = " (we may have deleted it)" if found.verdict == Verdict.IN_DOUBT.value else ""
    say(f"{found.ref}  {found.verdict or 'no verdict'}{doubt} {found.reason}".rstrip())
    for line in found.lines:
        say(line)
    return Exit.SETTLED


@command("forget", "forget spring-2026 --forget-after 90d", "forget spring-2026 --forget-after 90d --yes")
@click.argument("campaign", shell_complete=campaigns)
@click.option("--yes", is_flag=True, help="Do not ask. Needed where there is no terminal.")
@click.option("--unsettled", is_flag=True, help="Give up rows that are not settled: nobody can settle them later.")
def forget_command(given: Given, campaign: str, yes: bool, unsettled: bool) -> int:
    """Remove the numbers and the input of a campaign that has pseudonyms, once its time is up.

    No command can go on with it. Counts and audit log stay, and still verify. Broken off, the same line completes it.
    """
    agreed = _by_flag if yes else _by_person(given)
    done = wait_for(personal.forget(given.load(), campaign, agreed=agreed, unsettled=unsettled))
    say(f"{done.name} {'had forgotten' if done.before else 'has forgotten'} its customers, as of {done.at}.")
    say(closing.wrapped(_BESIDES))
    say()
    say(closing.line("verify", done.name, *given.place_again()))
    return Exit.SETTLED


_BESIDES = (
    "Not removed, as it is not ours: the input file, copies made with report --to, backups, other machines' files, and "
    "the key. With the key, a number can still be looked up; without it nobody can tell whom a pseudonym stands for."
)


def _by_flag(_: Forgetting) -> bool:
    return True


def _by_person(given: Given) -> Callable[[Forgetting], bool]:
    def ask(question: Forgetting) -> bool:
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            again = closing.line("forget", question.name, "--yes", *given.again())
            raise UsageWrong("forget asks first, and there is no terminal to ask on", again)
        return answered(_asked(question), "Name of the campaign: ").split() == [question.name]

    return ask


def _asked(question: Forgetting) -> str:
    """What stands above the prompt."""
    left = ", ".join(f"{verdict.value} {count}" for verdict, count in question.unsettled.items())
    doubts = " (in_doubt: we may have deleted them)" if question.unsettled.get(Verdict.IN_DOUBT) else ""
    return "\n".join(
        (
            "",
            "Numbers and input of a campaign are about to be removed. This cannot be taken back.",
            f"  campaign   {question.name}",
            f"  customers  {question.customers}",
            f"  last work  {question.last_work}",
            *([f"  unsettled  {left}{doubts}"] if left else []),
            "To agree, type the name of the campaign; anything else removes nothing.",
        )
    )
