"""sandbox and demo: try everything on this machine alone. They read none of the user's settings.

Decides how a sandbox is named on the command line and what is printed for its use.
"""

from pathlib import Path

import click

from worker.cli.closing import line
from worker.cli.demo import show
from worker.cli.flags import command
from worker.cli.running import wait_for
from worker.cli.streams import say, tell
from worker.errors import Exit, UsageWrong
from worker.sandbox.faults import Faults
from worker.sandbox.options import SandboxOptions
from worker.sandbox.server import Ready, run

_DEFAULT = SandboxOptions()
_SHARE = click.FloatRange(0, 1)


class _Faults(click.ParamType[Faults]):
    """The text of faults, judged by the sandbox itself."""

    name = "text"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Faults:
        """The faults, or wrong usage (64) that names the part that is wrong."""
        if isinstance(value, Faults):
            return value
        try:
            return Faults.parse(str(value))
        except ValueError as wrong:
            self.fail(str(wrong), param, ctx)


@command(
    "sandbox",
    "sandbox --port 8080 --sample customers.csv",
    'sandbox --customers 2000 --faults "http_500=0.02,reset_after@delete=0.01" --journal journal.jsonl',
    settings=False,
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1. Default: a free one.")
@click.option("--client-no", type=click.IntRange(1), default=_DEFAULT.client_no, show_default=True)
@click.option("--customers", type=click.IntRange(0, 1_000_000), default=_DEFAULT.customers, show_default=True)
@click.option("--seed", type=int, default=_DEFAULT.seed, show_default=True, help="Same seed, same customers.")
@click.option("--with-documents", type=_SHARE, default=_DEFAULT.with_documents, show_default=True)
@click.option("--with-ar-items", type=_SHARE, default=_DEFAULT.with_ar_items, show_default=True)
@click.option("--absent", type=_SHARE, default=_DEFAULT.absent, show_default=True, help="Share only on the list.")
@click.option(
    "--faults", type=_Faults(), default="", help="Faults of choice: NAME[@KIND][#FIRST-LAST][=RATE[:SECONDSs]], …"
)
@click.option("--token-seconds", type=float, default=_DEFAULT.token_seconds, show_default=True)
@click.option("--token-uses", type=click.IntRange(1), default=None)
@click.option("--journal", type=click.Path(path_type=Path), help="File for the sandbox's own request ledger.")
@click.option("--sample", type=click.Path(path_type=Path), help="Write a list of the customers as CSV.")
def sandbox_command(
    *,
    port: int,
    client_no: int,
    customers: int,
    seed: int,
    with_documents: float,
    with_ar_items: float,
    absent: float,
    faults: Faults,
    token_seconds: float,
    token_uses: int | None,
    journal: Path | None,
    sample: Path | None,
) -> int:
    """Serve a simulated ARMrest API on 127.0.0.1, until Ctrl-C.

    Prints the environment to use against it. Its customers are made up.
    """
    options = SandboxOptions(
        port=port,
        client_no=client_no,
        customers=customers,
        with_documents=with_documents,
        with_ar_items=with_ar_items,
        absent=absent,
        seed=seed,
        faults=faults,
        token_seconds=token_seconds,
        token_uses=token_uses,
        journal=journal,
        sample=sample,
    )
    try:
        run(options, lambda ready: _announce(ready, sample))
    except OSError as error:
        raise UsageWrong(
            f"the sandbox cannot be served so: {error.strerror or error}", "another --port or file?"
        ) from error
    return Exit.SETTLED


@command("demo", "demo", "demo 2> demo.log", settings=False)
def demo_command() -> int:
    """Sandbox, sample file, plan, apply and report in one command, in seconds.

    Everything stays on this machine, in a new directory for temporary files. 0 only if the account agrees with the
    sandbox's own journal.
    """
    return wait_for(show())


def environment(ready: Ready) -> list[str]:
    """What a shell must be told to work against this sandbox; a client's credentials, as a token would expire."""
    told = {
        "BASE_URL": ready.base_url,
        "CLIENT_NO": ready.client_no,
        "TOKEN_URL": ready.token_url,
        "OAUTH_CLIENT_ID": ready.oauth_client_id,
        "OAUTH_CLIENT_SECRET": ready.oauth_client_secret,
    }
    return [f"export AMILI_{name}={value}" for name, value in told.items()]


def _announce(ready: Ready, sample: Path | None) -> None:
    tell("A sandbox is served, on this machine only. Ctrl-C ends it. In another shell:")
    for each in environment(ready):
        say(each)
    say(line("doctor", *_known(ready)))
    say(line("plan", str(sample) if sample else "INPUT"))
    tell(f"What it holds and has done: {ready.state_url}")


def _known(ready: Ready) -> list[str]:
    """The two customers that `doctor` wants to be told, as far as there are such."""
    named = (("--with-items", ready.with_items), ("--without-items", ready.without_items))
    return [word for flag, number in named if number is not None for word in (flag, number)]
