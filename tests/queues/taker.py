"""Takes five messages, says so, and waits to be killed: `python -m tests.queues.taker URL USER PASSWORD`."""

import asyncio
import sys

from tests.queues.hand import QUICK
from worker.sources.queue_url import Credentials, parse_queue_url
from worker.sources.rabbitmq import RabbitMq


async def main(url: str, user: str, password: str) -> None:
    async with RabbitMq.open(parse_queue_url(url), Credentials(user, password), QUICK) as inbox:
        taken = 0
        while taken < 5:
            taken += len(await inbox.take(5 - taken, 5.0))
        sys.stdout.write(f"took {taken}\n")
        sys.stdout.flush()
        await asyncio.sleep(600)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
