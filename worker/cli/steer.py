"""resume: a person lifts a stop that bars later starts.

Decides only that a reason is given. What is lifted, and that it is audited, is `worker.app`'s.
"""

import click

from worker import app
from worker.cli.flags import Given, command
from worker.cli.steps_ahead import onward
from worker.cli.streams import say
from worker.errors import Exit, UsageWrong


@command(
    "resume",
    'resume customers-3f2a --because "the list is the right one"',
    'resume customers-3f2a --because "API mended" --campaigns purges',
    looks=True,
)
@click.argument("campaign")
@click.option("--because", metavar="TEXT", required=True, help="Why it is safe to go on; it goes into the audit log.")
def resume_command(given: Given, campaign: str, because: str) -> int:
    """Lift a stop that bars later starts. The reason is audited."""
    if not because.strip():
        raise UsageWrong("--because is empty", "say why it is safe to go on: the audit log keeps it")
    loaded = given.load()
    lifted = app.resume(loaded, campaign, because.strip())
    found = app.status(loaded, campaign)
    say(f"Lifted: {lifted}" if lifted else f"{found.name} was not stopped: there is nothing to lift.")
    say()
    say(onward(found.note, given, loaded.settings))
    return Exit.SETTLED
