"""enqueue: fill a queue from any INPUT.

Decides whether the words make sense (64); what is sent is `worker.app`'s.
"""

import click

from config import mask_url
from config.values import has_user_info
from worker.app import feeding, queues
from worker.app.feeding import Fed
from worker.cli.closing import line
from worker.cli.completing import files
from worker.cli.flags import Given, command
from worker.cli.running import wait_for
from worker.cli.streams import say
from worker.errors import Exit, UsageWrong
from worker.sources.queue_url import is_queue, parse_queue_url


@command(
    "enqueue",
    "enqueue customers.csv amqps://broker.example.com/purge",
    "enqueue - amqp://localhost/arm/purge --client-no 2218 < numbers.txt",
)
@click.argument("text", metavar="INPUT", shell_complete=files)
@click.argument("url", metavar="QUEUE_URL")
def enqueue_command(given: Given, text: str, url: str) -> int:
    """Put one message for each customer of INPUT into a queue.

    QUEUE_URL is amqp[s]://host[:port]/[VHOST/]QUEUE; the queue must be there. INPUT is what plan takes. Needs no
    settings of the API; client_no goes into the messages if it is set. The same file again changes nothing.
    """
    if has_user_info(text) or is_queue(text):
        raise UsageWrong(f"INPUT {mask_url(text)} is no file", "it is enqueue INPUT QUEUE_URL")
    address = parse_queue_url(url)
    loaded = given.load()
    fed = wait_for(feeding.enqueue(loaded.settings, text, address))
    say(_page(fed))
    say()
    capped = () if loaded.settings.max_deletes is not None else ("--max-deletes", "N")
    say(line("run", str(address), "--campaign", queues.campaign_for(address), "--yes", *capped, *given.again()))
    return Exit.SETTLED


def _page(fed: Fed) -> str:
    """Counts, one a line, and where they went."""
    intake = fed.accepted.intake
    counts = {
        "enqueued": fed.published,
        "duplicate": fed.duplicates,
        "invalid": intake.invalid,
        "all rows": intake.rows,
    }
    width = max(len(str(count)) for count in counts.values())
    lines = [f"{name:<9}  {count:>{width}}" for name, count in counts.items()]
    return "\n".join((*lines, f"{'queue':<9}  {fed.address}", f"{'input':<9}  digest {intake.digest}"))
