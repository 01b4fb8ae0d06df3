"""approve: a second person signs a plan.

Decides what is shown of it, and the line that whoever applies types next.
"""

from pathlib import Path
from urllib.parse import urlsplit

import click

from worker.app import approving
from worker.cli import closing
from worker.cli.completing import campaigns
from worker.cli.flags import Given, command
from worker.cli.streams import say
from worker.errors import Exit


@command("approve", "approve customers-3f2a --key my.key", "approve customers-3f2a --key my.key --plan-max-age 86400")
@click.argument("campaign", shell_complete=campaigns)
@click.option("--key", metavar="FILE", required=True, type=click.Path(path_type=Path), help="Your own private key.")
def approve_command(given: Given, campaign: str, key: Path) -> int:
    """Sign the plan of a campaign, so that somebody else may apply it.

    Look at report.csv first: what is signed is exactly the customers that it calls eligible, under the plan's API,
    client and guard settings. Where require_approval is set, apply asks for this signature. A key that is none of
    approver_keys signs nothing.
    """
    approval = approving.approve(given.load(), campaign, key, _show).approval
    say(f"{'signed':<8}{approval.approved}")
    say()
    say(closing.line("apply", approval.campaign, "--approve", approval.plan, *given.again(without=("plan_max_age",))))
    return Exit.SETTLED


def _show(asked: approving.Approved) -> None:
    """What is about to be signed."""
    approval = asked.approval
    host = urlsplit(approval.base_url).netloc
    for name, what in (
        ("host", f"{host}  ({approval.base_url})"),
        ("client", approval.client_no),
        ("count", str(asked.customers)),
        ("plan", approval.plan),
        ("until", approval.expires),
        ("key", asked.key),
    ):
        say(f"{name:<8}{what}")
