"""What goes on beside a block of work, and ends with it: a task that always has an owner.

Decides nothing. What the task fails with is its own affair: whoever must hear of that sees to it within the task.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager


@asynccontextmanager
async def beside(work: Callable[[], Coroutine[object, object, None]], name: str) -> AsyncIterator[None]:
    """For as long as the block lasts this is done as well; at its end the task is cancelled, and has ended."""
    task = asyncio.create_task(work(), name=name)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
