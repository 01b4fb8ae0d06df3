"""What can be had at most: the four requests of each customer over aiohttp, and nothing else.

`python -m benchmarks.bare BASE_URL CUSTOMERS TASKS` works off so many customers with so many tasks, on uvloop if it is
there, as the worker does. It checks nothing, records nothing and keeps to no rate. It prints its seconds.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec

import aiohttp
from yarl import URL


async def bare(base_url: str, customers: int, tasks: int) -> float:
    """Seconds for all of them."""
    numbers = iter(range(1_000_000, 1_000_000 + customers))
    headers = {"Authorization": "Bearer a-bearer-token", "Accept": "application/json"}
    connector = aiohttp.TCPConnector(limit=tasks)
    async with aiohttp.ClientSession(connector=connector, headers=headers, cookie_jar=aiohttp.DummyCookieJar()) as one:
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for _ in range(tasks):
                group.create_task(_consume(one, f"{base_url}/clients/2218", numbers))
        return time.monotonic() - began


async def _consume(session: aiohttp.ClientSession, client: str, numbers: Iterator[int]) -> None:
    for number in numbers:
        customer = URL(f"{client}/customers/{number}", encoded=True)
        for method, url in (
            ("GET", customer),
            ("GET", URL(f"{client}/documents?customerno={number}&pagesize=5", encoded=True)),
            ("GET", URL(f"{client}/aritems?customerno={number}&pagesize=5", encoded=True)),
            ("DELETE", customer),
        ):
            async with session.request(method, url) as response:
                await response.read()


def main(words: list[str]) -> int:
    """Do it; 64 if the words are wrong."""
    match words:
        case [base_url, customers, tasks]:
            loop = import_module("uvloop").new_event_loop if find_spec("uvloop") else None
            with asyncio.Runner(loop_factory=loop) as runner:
                sys.stdout.write(f"{runner.run(bare(base_url, int(customers), int(tasks)))}\n")
            return 0
        case _:
            sys.stderr.write("BASE_URL CUSTOMERS TASKS?\n")
            return 64


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
