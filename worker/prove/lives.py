"""One life as a process: forked, waited for, and killed with SIGKILL when its time is over.

Decides how processes come and go; what they do is `child`'s. They are forked from a process that has loaded
everything and done nothing: a start costs a twentieth of what it costs else, and the life is as real.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import chdir
from multiprocessing import forkserver, get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from signal import SIGKILL
from typing import Final

from worker.prove.child import Job

Life = Callable[[Job], None]
"""What a life does; see `child.live`."""
KILLED: Final = -int(SIGKILL)
_ROOT: Final = Path(__file__).resolve().parents[2]


def ready(modules: Sequence[str] = ("worker.prove.child",)) -> None:
    """Start the process from which all lives are forked; more than once does no harm."""
    get_context("forkserver").set_forkserver_preload(list(modules))
    with chdir(_ROOT):  # It would find a stranger's `config.py` in the current directory before ours.
        forkserver.ensure_running()


async def lived(life: Life, job: Job, seconds: float, born: Callable[[BaseProcess], None] | None = None) -> int:
    """Live, for so many seconds at the most; the exit code, or `KILLED`.

    `born` is handed the process, which is gone when this returns.
    """
    process = get_context("forkserver").Process(target=life, args=(job,), daemon=True)
    process.start()
    try:
        if born is not None:
            born(process)
        await _waited(process, seconds)
    finally:
        process.kill()
        process.join()
    code = process.exitcode
    process.close()
    return KILLED if code is None else code


async def _waited(process: BaseProcess, seconds: float) -> None:
    """Until it has ended, for so many seconds at the most."""
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(process.sentinel, over.set)
    try:
        async with asyncio.timeout(seconds):
            await over.wait()
    except TimeoutError:
        return
    finally:
        loop.remove_reader(process.sentinel)
