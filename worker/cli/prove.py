"""prove: campaigns killed with SIGKILL again and again, and the account, for everybody to see.

Decides what is shown of the proof, and that a violation is 70. It reads none of the user's settings; a database that
it is told to work in is reached with whatever libpq knows of passwords.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

import click
from rich.live import Live
from rich.text import Text

from config.values import has_user_info, is_postgres
from worker.cli.flags import command
from worker.cli.running import wait_for
from worker.cli.streams import say, tell
from worker.errors import Exit, UsageWrong
from worker.observe import terminal
from worker.observe.progress import is_live
from worker.prove.account import Account
from worker.prove.child import live
from worker.prove.crowd import Muster, Toll, muster
from worker.prove.judge import worst
from worker.prove.lives import Life
from worker.prove.proof import Plan, prove


@command(
    "prove",
    "prove --kills 300",
    "prove --workers 8 --ledger postgresql://localhost/amili_proof",
    settings=False,
)
@click.option("--kills", type=click.IntRange(1, 100_000), default=100, show_default=True, help="How many SIGKILLs.")
@click.option("--seed", type=int, default=1, show_default=True, help="Decides customers, faults and crash points.")
@click.option(
    "--directory",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="On which disk: a new directory is made in it. Default: where temporary files are.",
)
@click.option("--workers", type=click.IntRange(2, 64), help="So many workers on one campaign; needs --ledger.")
@click.option("--ledger", metavar="URL", help="An empty PostgreSQL database for them: postgresql://HOST/DATABASE.")
@click.option("--pauses", type=click.IntRange(0, 10_000), help="SIGSTOPs: 1 for 100 customers, at most 20.")
@click.option("--customers", type=click.IntRange(10, 1_000_000), help="Of the crowd: 1000.")
@click.option("--rate", type=click.FloatRange(1, 5_000), help="Of the crowd: 200 a second.")
def prove_command(
    *,
    kills: int,
    seed: int,
    directory: Path | None,
    workers: int | None,
    ledger: str | None,
    pauses: int | None,
    customers: int | None,
    rate: float | None,
) -> int:
    """Kill campaigns again and again, and check every account.

    Real campaigns against sandboxes on this machine, killed with SIGKILL at random moments and at every named crash
    point, started again until they are settled, and held against the sandboxes' own journals. With --workers many
    processes work one campaign in your PostgreSQL, and are killed, and frozen for longer than their lease. 0 only if
    nothing is violated; 70 if something is; 10 if the crowd's campaign was over before all blows had fallen.
    """
    if (workers is None) != (ledger is None):
        raise UsageWrong("--workers and --ledger go together", "prove --workers 8 --ledger postgresql://HOST/DATABASE")
    if ledger is not None and has_user_info(ledger):
        raise UsageWrong("--ledger holds user info: others can read flags", "say ?user=NAME, and PGPASSWORD or .pgpass")
    if ledger is not None and not is_postgres(ledger):
        raise UsageWrong("--ledger is no PostgreSQL", "it begins with postgresql://")
    if workers is None or ledger is None:
        _refuse_without_workers({"--pauses": pauses, "--customers": customers, "--rate": rate})
        return carried_out(Plan(kills, seed, _place(directory)))
    customers = customers or 1_000
    pauses = min(20, customers // 100) if pauses is None else pauses
    return besieged(Muster(ledger, _place(directory), workers, kills, pauses, customers, seed, rate or 200.0))


def _refuse_without_workers(given: dict[str, float | None]) -> None:
    """A flag that would have no effect is a misunderstanding."""
    said = [name for name, value in given.items() if value is not None]
    if said:
        raise UsageWrong(f"{' and '.join(said)}: of a crowd only", "say --workers N --ledger URL too, or leave it out")


def _place(directory: Path | None) -> Path:
    try:
        return Path(mkdtemp(prefix="amili-purge-prove-", dir=directory)).absolute()
    except OSError as error:
        raise UsageWrong(f"there is no writing in {directory}: {error.strerror}", "name another --directory") from error


def besieged(given: Muster, life: Life = live) -> int:
    """Prove it with many workers and show the account; 0, 10 if too little was struck, or 70 with the violations."""
    toll, began = Toll(), time.monotonic()
    with _shown(lambda: toll.progress(given)):
        wait_for(muster(given, toll, life))
    code = _told(toll.table(given, time.monotonic() - began), given.directory, worst(toll.breaches))
    if code == Exit.SETTLED and toll.spared(given):
        tell("Nothing is violated, but less was struck than asked for: name more --customers, or a lower --rate.")
        return Exit.UNSETTLED
    return code


def carried_out(plan: Plan, life: Life = live) -> int:
    """Prove it and show the account; 0, or 70 with the violations."""
    account, began = Account(), time.monotonic()
    with _shown(lambda: account.progress(plan.kills)):
        wait_for(prove(plan, account, life))
    return _told(account.table(time.monotonic() - began), plan.directory, account.worst())


def _told(table: str, directory: Path, breaches: str) -> int:
    say(table)
    say(f"\nEverything is kept in {directory}")
    if not breaches:
        return Exit.SETTLED
    tell(f"VIOLATED. Please report this, with that directory:\n{breaches}")
    return Exit.BROKEN


@contextmanager
def _shown(line: Callable[[], str]) -> Iterator[None]:
    """One line that moves, on a terminal; nothing elsewhere."""
    console = terminal()
    if not is_live(console):
        yield
        return
    with Live(console=console, get_renderable=lambda: Text(line()), transient=True, redirect_stdout=False):
        yield
