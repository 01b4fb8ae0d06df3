"""prove: campaigns killed with SIGKILL again and again, and the account, for everybody to see.

Decides what is shown of the proof, and that a violation is 70. It reads none of the user's settings.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

import click
from rich.live import Live
from rich.text import Text

from worker.cli.flags import command
from worker.cli.running import wait_for
from worker.cli.streams import say, tell
from worker.errors import Exit, UsageWrong
from worker.observe import terminal
from worker.observe.progress import is_live
from worker.prove.account import Account
from worker.prove.child import live
from worker.prove.lives import Life
from worker.prove.proof import Plan, prove


@command("prove", "prove --kills 300", "prove --kills 50 --seed 7 --directory .", settings=False)
@click.option("--kills", type=click.IntRange(1, 100_000), default=100, show_default=True, help="How many SIGKILLs.")
@click.option("--seed", type=int, default=1, show_default=True, help="Decides customers, faults and crash points.")
@click.option(
    "--directory",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="On which disk: a new directory is made in it. Default: where temporary files are.",
)
def prove_command(*, kills: int, seed: int, directory: Path | None) -> int:
    """Kill campaigns again and again, and check every account.

    Real campaigns against sandboxes on this machine, killed with SIGKILL at random moments and at every named crash
    point, started again until they are settled, and held against the sandboxes' own journals. 0 only if nothing is
    violated.
    """
    try:
        place = Path(mkdtemp(prefix="amili-purge-prove-", dir=directory)).absolute()
    except OSError as error:
        raise UsageWrong(f"there is no writing in {directory}: {error.strerror}", "name another --directory") from error
    return carried_out(Plan(kills, seed, place))


def carried_out(plan: Plan, life: Life = live) -> int:
    """Prove it and show the account; 0, or 70 with the violations."""
    account, began = Account(), time.monotonic()
    with _shown(account, plan.kills):
        wait_for(prove(plan, account, life))
    say(account.table(time.monotonic() - began))
    say(f"\nEverything is kept in {plan.directory}")
    if not account.breaches:
        return Exit.SETTLED
    tell(f"VIOLATED. Please report this, with that directory:\n{account.worst()}")
    return Exit.BROKEN


@contextmanager
def _shown(account: Account, kills: int) -> Iterator[None]:
    """One line that moves, on a terminal; nothing elsewhere."""
    console = terminal()
    if not is_live(console):
        yield
        return
    with Live(
        console=console,
        get_renderable=lambda: Text(account.progress(kills)),
        transient=True,
        redirect_stdout=False,
    ):
        yield
