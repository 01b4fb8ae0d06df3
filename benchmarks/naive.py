"""What many would write first: all customers at once, a semaphore, and no record of what was done.

`python -m benchmarks.naive BASE_URL CUSTOMERS AT_ONCE`. It looks at the answers and skips whoever has something
attached. It keeps to no rate, tries nothing twice and cannot be asked afterwards.
"""

import asyncio
import sys

import aiohttp

OK = 200


async def naive(base_url: str, customers: int, at_once: int) -> int:
    """How many were deleted."""
    allowed = asyncio.Semaphore(at_once)
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer a-bearer-token"}) as session:
        work = (one(session, allowed, f"{base_url}/clients/2218", 1_000_000 + place) for place in range(customers))
        return sum(await asyncio.gather(*work))


async def one(session: aiohttp.ClientSession, allowed: asyncio.Semaphore, client: str, number: int) -> bool:
    """Whether this customer was deleted."""
    async with allowed:
        async with session.get(f"{client}/customers/{number}") as response:
            if response.status != OK:
                return False
        for kind, key in (("documents", "documents"), ("aritems", "arItems")):
            async with session.get(f"{client}/{kind}", params={"customerno": number}) as response:
                if (await response.json())[key]:
                    return False
        async with session.delete(f"{client}/customers/{number}") as response:
            return response.status == OK


def main(words: list[str]) -> int:
    """Do it; 64 if the words are wrong."""
    match words:
        case [base_url, customers, at_once]:
            return asyncio.run(naive(base_url, int(customers), int(at_once))) != int(customers)
        case _:
            sys.stderr.write("BASE_URL CUSTOMERS AT_ONCE?\n")
            return 64


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
